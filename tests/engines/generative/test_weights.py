import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from refocus.core import WeightsMissing
from refocus.engines import GenerativeEngine
from refocus.engines.generative.weights import GenerativeFiles, ModelSize, check_headers, find_files


def move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target, dirs_exist_ok=True)


def kit(tiny: Path, root: Path) -> Path:
    move(tiny, root)
    return root


def pipeline_beside_its_loras(tiny: Path, root: Path) -> Path:
    move(tiny, root)
    return root / "model"


def pipeline_with_loras_inside(tiny: Path, root: Path) -> Path:
    move(tiny / "model", root)
    move(tiny / "lora", root)
    return root


def hub_names(tiny: Path, root: Path) -> Path:
    move(tiny / "model", root / "black-forest-labs" / "FLUX.1-dev")
    move(tiny / "lora", root / "nycu-cplab" / "Genfocus-Model")
    return root


def pipeline_under_its_hub_name(tiny: Path, root: Path) -> Path:
    return hub_names(tiny, root) / "black-forest-labs" / "FLUX.1-dev"


def hub_cache(tiny: Path, root: Path) -> Path:
    move(tiny / "model", root / "models--black-forest-labs--FLUX.1-dev" / "snapshots" / "abc")
    move(tiny / "lora", root / "models--nycu-cplab--Genfocus-Model" / "snapshots" / "def")
    return root


@pytest.fixture
def copy(tiny_flux: Path, tmp_path: Path) -> Path:
    return kit(tiny_flux, tmp_path / "copy")


@pytest.mark.parametrize(
    "layout",
    [
        kit,
        pipeline_beside_its_loras,
        pipeline_with_loras_inside,
        hub_names,
        pipeline_under_its_hub_name,
        hub_cache,
    ],
    ids=lambda layout: layout.__name__,
)
def test_each_layout_is_found(layout: Callable[[Path, Path], Path], tiny_flux: Path, tmp_path: Path) -> None:
    files = find_files(layout(tiny_flux, tmp_path / "weights"))
    assert (files.flux / "model_index.json").is_file()
    assert files.deblur_lora.name == "deblurNet.safetensors"
    assert files.bokeh_lora.name == "bokehNet.safetensors"
    assert check_headers(files).lora_rank == 4


def test_the_size_is_that_of_the_transformer(tiny_flux: Path) -> None:
    shapes = load_file(tiny_flux / "model" / "transformer" / "diffusion_pytorch_model.safetensors")
    assert check_headers(find_files(tiny_flux)) == ModelSize(sum(weight.numel() for weight in shapes.values()), 4)


def test_what_is_missing_is_named_with_what_to_do(tiny_flux: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="no folder") as caught:
        find_files(tmp_path / "nowhere")
    with pytest.raises(WeightsMissing, match=r"has no black-forest-labs/FLUX\.1-dev") as caught:
        find_files(tmp_path)
    for said in ("Accept the FLUX.1 [dev] Non-Commercial License", "hf auth login", "--download generative"):
        assert said in caught.value.todo
    move(tiny_flux / "model", tmp_path / "model")
    with pytest.raises(WeightsMissing, match=r"deblurNet\.safetensors is not in") as caught:
        find_files(tmp_path)
    assert "nycu-cplab/Genfocus-Model" in caught.value.todo


def test_without_a_folder_and_without_a_download_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    state = GenerativeEngine().readiness()
    assert not state.ready
    assert "35 GB" in state.why
    assert "REFOCUS_MODELS" in state.todo


def change_lora(files: GenerativeFiles, change: Callable[[dict], None]) -> None:
    halves = load_file(files.bokeh_lora)
    change(halves)
    save_file(halves, files.bokeh_lora)


@pytest.mark.parametrize(
    "change",
    [
        lambda halves: halves.pop("transformer.x_embedder.lora_A.weight"),
        lambda halves: halves.pop("transformer.single_transformer_blocks.0.proj_out.lora_B.weight"),
        lambda halves: halves.update(
            {"transformer.x_embedder.lora_B.weight": halves["transformer.x_embedder.lora_B.weight"][1:]}
        ),
    ],
    ids=["half missing", "layer missing", "other shape"],
)
def test_a_lora_that_would_not_load_fully_is_found_from_its_header(copy: Path, change: Callable[[dict], None]) -> None:
    files = find_files(copy)
    change_lora(files, change)
    with pytest.raises(WeightsMissing, match="does not fit this FLUX"):
        check_headers(files)
    assert "does not fit this FLUX" in GenerativeEngine(models=copy, device="cpu").readiness().why


def test_the_checked_layers_are_those_the_loras_adapt(tiny_flux: Path) -> None:
    files = find_files(tiny_flux)
    layers = {name.rsplit(".lora_", 1)[0] for name in load_file(files.bokeh_lora)}  # written from the model's own list
    for layer in sorted(layers):
        halves = load_file(files.bokeh_lora)
        halves.pop(f"{layer}.lora_A.weight")
        assert _refused(files, halves), layer


def _refused(files: GenerativeFiles, halves: dict) -> bool:
    other = files.bokeh_lora.with_name("other.safetensors")
    save_file(halves, other)
    try:
        check_headers(GenerativeFiles(files.flux, files.deblur_lora, other))
    except WeightsMissing:
        return True
    finally:
        other.unlink()
    return False


def test_another_model_s_folder_is_refused(tiny_video_model: Path, tmp_path: Path, tiny_flux: Path) -> None:
    move(tiny_video_model, tmp_path)
    move(tiny_flux / "lora", tmp_path / "lora")
    with pytest.raises(WeightsMissing, match="StableVideoDiffusionPipeline"):
        check_headers(find_files(tmp_path))
