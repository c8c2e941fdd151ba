"""Finding the video model's folders in either layout, and refusing what is not whole."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from refocus.core import WeightsMissing
from refocus.models import FocalStackPipeline
from refocus.models.focal_stack.checkpoint import (
    FocalStackFolders,
    check_folders,
    find_focal_stack,
)
from tests.reference import reference

WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture
def model(tiny_video_model: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(tiny_video_model, tmp_path / "model"))


def as_root(model: Path, root: Path, *, base: str, unet: str) -> Path:
    """Lay the model out as two downloads below a root."""
    (root / unet).parent.mkdir(parents=True)
    shutil.move(model / "unet", root / unet)
    shutil.copytree(model, root / base)
    return root


def test_a_complete_pipeline_folder(model: Path) -> None:
    folders = find_focal_stack(model)
    assert folders == FocalStackFolders(base=model, unet=model / "unet")
    check_folders(folders)


@pytest.mark.parametrize(
    ("base", "unet"),
    [
        ("stabilityai/stable-video-diffusion-img2vid", "tedlasai/learn2refocus/checkpoint-200000/unet"),
        ("stabilityai/stable-video-diffusion-img2vid", "checkpoint-200000/unet"),
        ("stable-video-diffusion-img2vid", "learn2refocus/checkpoint-200000/unet"),
        (
            "models--stabilityai--stable-video-diffusion-img2vid/snapshots/abc",
            "models--tedlasai--learn2refocus/snapshots/def/checkpoint-200000/unet",
        ),
        (
            "hub/models--stabilityai--stable-video-diffusion-img2vid/snapshots/abc",
            "hub/models--tedlasai--learn2refocus/snapshots/def/checkpoint-200000/unet",
        ),
    ],
)
def test_a_root_of_downloads(model: Path, tmp_path: Path, base: str, unet: str) -> None:
    root = as_root(model, tmp_path / "root", base=base, unet=unet)
    folders = find_focal_stack(root)
    assert folders == FocalStackFolders(base=root / base, unet=root / unet)
    check_folders(folders)


def test_the_checkpoint_wins_over_the_stock_unet(model: Path) -> None:
    shutil.copytree(model / "unet", model / "checkpoint-200000" / "unet")
    assert find_focal_stack(model).unet == model / "checkpoint-200000" / "unet"


def test_both_layouts_load_the_same_model(tiny_video_model: Path, model: Path, tmp_path: Path) -> None:
    root = as_root(
        model,
        tmp_path / "root",
        base="stabilityai/stable-video-diffusion-img2vid",
        unet="tedlasai/learn2refocus/checkpoint-200000/unet",
    )
    one = FocalStackPipeline.from_folders(find_focal_stack(tiny_video_model))
    for other in (FocalStackPipeline.from_folders(find_focal_stack(root)), FocalStackPipeline.from_pretrained(root)):
        for part in ("unet", "vae", "image_encoder"):
            for first, second in zip(getattr(one, part).parameters(), getattr(other, part).parameters(), strict=True):
                assert torch.equal(first, second)
        assert isinstance(other, FocalStackPipeline)
    assert FocalStackPipeline.from_pretrained(root, torch_dtype=torch.bfloat16).unet.dtype == torch.bfloat16


def test_fp16_files_load_where_the_plain_ones_are_absent(model: Path) -> None:
    for part, stem in (("vae", "diffusion_pytorch_model"), ("image_encoder", "model")):
        (model / part / f"{stem}.safetensors").rename(model / part / f"{stem}.fp16.safetensors")
    pipe = FocalStackPipeline.from_folders(find_focal_stack(model), dtype=torch.bfloat16)
    assert pipe.vae.dtype == pipe.unet.dtype == pipe.image_encoder.dtype == torch.bfloat16
    loaded = FocalStackPipeline.from_pretrained(model)
    assert torch.equal(loaded.vae.quant_conv.weight.bfloat16(), pipe.vae.quant_conv.weight)
    with pytest.raises(WeightsMissing, match="fp16"):
        FocalStackPipeline.from_pretrained(model, variant="fp16")  # the UNet has plain weights only


@pytest.mark.parametrize("absent", ["stabilityai/stable-video-diffusion-img2vid", "tedlasai/learn2refocus"])
def test_a_root_without_one_part_names_it(model: Path, tmp_path: Path, absent: str) -> None:
    root = as_root(
        model,
        tmp_path / "root",
        base="stabilityai/stable-video-diffusion-img2vid",
        unet="tedlasai/learn2refocus/checkpoint-200000/unet",
    )
    shutil.rmtree(root / absent)
    with pytest.raises(WeightsMissing, match=absent) as caught:
        find_focal_stack(root)
    assert f"https://huggingface.co/{absent}" in caught.value.todo


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_no_weights_at_all(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsMissing, match=place):
        find_focal_stack(tmp_path / place)


@pytest.mark.parametrize("path", ["/nowhere/model", "./nowhere", "nowhere", "a/b/c"])
def test_a_path_to_nothing_is_not_asked_of_the_hub(path: str) -> None:
    with pytest.raises(WeightsMissing, match="There is no folder"):
        FocalStackPipeline.from_pretrained(path)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def cut_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [truncate, cut_header, empty, Path.unlink])
@pytest.mark.parametrize("file", [f"unet/{WEIGHTS}", f"vae/{WEIGHTS}", "image_encoder/model.safetensors"])
def test_damaged_weights(model: Path, file: str, damage: Callable[[Path], None]) -> None:
    damage(model / file)
    for load in (
        FocalStackPipeline.from_pretrained,
        lambda folder: FocalStackPipeline.from_folders(find_focal_stack(folder)),
    ):
        with pytest.raises(WeightsMissing) as caught:
            load(model)
        assert file in str(caught.value)
        assert caught.value.todo


@pytest.mark.parametrize(
    "config", ["unet/config.json", "scheduler/scheduler_config.json", "feature_extractor/preprocessor_config.json"]
)
def test_a_missing_config(model: Path, config: str) -> None:
    (model / config).unlink()
    with pytest.raises(WeightsMissing, match=config):
        FocalStackPipeline.from_pretrained(model)


def edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("config", "values", "word"),
    [
        ("model_index.json", {"_class_name": "FluxPipeline"}, "FluxPipeline"),
        ("unet/config.json", {"_class_name": "UNet2DConditionModel"}, "UNet2DConditionModel"),
        ("unet/config.json", {"in_channels": 4}, "in_channels"),
        ("unet/config.json", {"block_out_channels": [32, 64]}, "unet"),
        ("vae/config.json", {"_class_name": "AutoencoderKL"}, "AutoencoderKL"),
        ("vae/config.json", {"layers_per_block": 2}, "vae"),
        ("image_encoder/config.json", {"hidden_size": 32}, "image_encoder"),
        ("scheduler/scheduler_config.json", {"prediction_type": "epsilon"}, "prediction_type"),
    ],
)
def test_another_model(model: Path, config: str, values: dict[str, object], word: str) -> None:
    edit(model / config, **values)
    with pytest.raises(WeightsMissing, match=word):
        FocalStackPipeline.from_pretrained(model)


def test_the_other_engines_model() -> None:
    with pytest.raises(WeightsMissing, match="FluxPipeline"):
        FocalStackPipeline.from_pretrained(reference("parity/genfocus/model"))


def test_components_given_by_the_caller_are_not_looked_for(model: Path) -> None:
    pipe = FocalStackPipeline.from_pretrained(model)
    shutil.rmtree(model / "unet")
    assert check_folders(find_focal_stack(model), given={"unet"}) == 0
    assert FocalStackPipeline.from_pretrained(model, unet=pipe.unet).unet is pipe.unet
