from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from safetensors.torch import load_file, save_file

from refocus.core import BadInput, EngineNotReady, WeightsMissing
from refocus.models.generative_refocus.loading import load_components


@pytest.mark.parametrize(("name", "file"), [("transformer", "diffusion_pytorch_model"), ("text_encoder_2", "model")])
def test_weights_that_lack_a_tensor_are_refused(kit: Path, tmp_path: Path, name: str, file: str) -> None:
    for component in (kit / "model").iterdir():
        if component.name != name:
            (tmp_path / component.name).symlink_to(component)
    (tmp_path / name).mkdir()
    (tmp_path / name / "config.json").write_bytes((kit / "model" / name / "config.json").read_bytes())
    weights = load_file(kit / "model" / name / f"{file}.safetensors")
    lost = sorted(weights)[0]
    del weights[lost]
    save_file(weights, tmp_path / name / f"{file}.safetensors", {"format": "pt"})
    with pytest.raises(WeightsMissing) as caught:
        load_components(tmp_path, dtype=torch.float32)
    assert name in caught.value.message


@pytest.mark.parametrize("options", [{"dtype": torch.float16}, {"dtype": torch.float32, "bits": 2}])
def test_dtypes_and_bits_it_does_not_run_in_are_refused(kit: Path, options: Any) -> None:
    with pytest.raises(BadInput):
        load_components(kit / "model", **options)


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is a graphics card")
@pytest.mark.parametrize("bits", [8, 4])
def test_quantised_weights_need_a_package_and_a_card_and_say_so(kit: Path, bits: Literal[8, 4]) -> None:
    with pytest.raises(EngineNotReady) as caught:
        load_components(kit / "model", dtype=torch.bfloat16, bits=bits)
    assert f"{bits} bits" in caught.value.message
    assert "16 bits" in caught.value.todo
