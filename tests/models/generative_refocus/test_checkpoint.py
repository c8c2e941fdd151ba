import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from refocus.core import WeightsMissing
from refocus.models.generative_refocus.checkpoint import check_flux_folder, find_flux, find_lora
from tests.reference import reference


@pytest.fixture
def model(kit: Path, tmp_path: Path) -> Any:
    for file in (kit / "model").rglob("*"):
        target = tmp_path / "model" / file.relative_to(kit / "model")
        if file.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return tmp_path / "model"


def silent(download: Any) -> None:
    raise AssertionError(f"nothing may be downloaded: {download}")


def test_a_whole_folder_is_found(model: Path) -> None:
    assert find_flux(model, silent) == model
    assert find_flux(str(model), silent) == model


@pytest.mark.parametrize("missing", ["model_index.json", "vae", "tokenizer_2", "transformer/config.json"])
def test_what_is_missing_is_named(model: Path, missing: str) -> None:
    path = model / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(WeightsMissing) as caught:
        check_flux_folder(model)
    assert missing.split("/")[0] in caught.value.message


@pytest.mark.parametrize("component", ["transformer", "vae"])
def test_truncated_weights_are_refused(model: Path, component: str) -> None:
    file = model / component / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(WeightsMissing) as caught:
        check_flux_folder(model)
    assert str(file) in caught.value.message


def test_a_flux_without_guidance_is_another_model(model: Path) -> None:
    config = model / "transformer" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"guidance_embeds": False}))
    with pytest.raises(WeightsMissing):
        check_flux_folder(model)


def test_another_pipeline_is_refused() -> None:
    with pytest.raises(WeightsMissing) as caught:
        check_flux_folder(reference("parity/learn2refocus/model"))
    assert "FluxPipeline" in caught.value.message


@pytest.mark.parametrize("name", ["/no/such/folder", "./here", "no_slash"])
def test_a_folder_that_is_not_there_is_not_looked_up_on_the_hub(name: str) -> None:
    with pytest.raises(WeightsMissing):
        find_flux(name, silent)
    with pytest.raises(WeightsMissing):
        find_lora(name, "deblurNet.safetensors", silent)


def test_a_lora_by_file_or_by_folder(kit: Path) -> None:
    file = kit / "lora" / "bokehNet.safetensors"
    assert find_lora(file, "bokehNet.safetensors", silent) == file
    assert find_lora(kit / "lora", "bokehNet.safetensors", silent) == file
    with pytest.raises(WeightsMissing):
        find_lora(kit / "lora" / "other.safetensors", "bokehNet.safetensors", silent)
    with pytest.raises(WeightsMissing):
        find_lora(kit / "cases", "bokehNet.safetensors", silent)
