"""Weights of 8 and 4 bits, made with bitsandbytes' kernels for processors: diffusers itself demands a card."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from refocus.models import GenerativeRefocusPipeline
from refocus.models.generative_refocus import loading, memory
from tests.models.generative_refocus.recorded_case import Case


def installed(monkeypatch: Any, installed_version: Any) -> Any:
    monkeypatch.setattr(memory, "version", lambda name: installed_version)
    return memory.has_bitsandbytes()


@pytest.mark.parametrize(
    ("installed_version", "enough"), [("0.48.0", True), ("1.0", True), ("0.47.9", False), ("unknown", False)]
)
def test_bitsandbytes_must_be_new_enough_to_move_its_weights(
    monkeypatch: pytest.MonkeyPatch, installed_version: str, enough: bool
) -> None:
    assert installed(monkeypatch, installed_version) is enough


@pytest.fixture
def without_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets diffusers quantise on a processor."""
    pytest.importorskip("bitsandbytes")
    from diffusers.quantizers.bitsandbytes import bnb_quantizer

    monkeypatch.setattr(loading, "_check_quantization", lambda bits: None)
    for quantizer in (bnb_quantizer.BnB4BitDiffusersQuantizer, bnb_quantizer.BnB8BitDiffusersQuantizer):
        monkeypatch.setattr(quantizer, "validate_environment", lambda self, *args, **options: None)
        monkeypatch.setattr(quantizer, "update_device_map", lambda self, device_map: device_map or {"": "cpu"})


@pytest.mark.parametrize(("bits", "closeness"), [(8, 0.003), (4, 0.04)])
@pytest.mark.parametrize("offload", ["none", "model"])
def test_fewer_bits_stay_close(
    without_a_card: Any,
    load_case: Callable[[str], Case],
    kit: Path,
    bits: Literal[8, 4],
    closeness: float,
    offload: Literal["none", "model"],
) -> None:
    case = load_case("deblur_small")
    pipeline = GenerativeRefocusPipeline.from_pretrained(
        kit / "model", deblur_lora=kit / "lora", dtype=torch.float32, bits=bits
    ).place("cpu", offload=offload)
    kinds = {type(layer).__name__ for layer in pipeline.transformer.modules()}
    assert {8: "Linear8bitLt", 4: "Linear4bit"}[bits] in kinds
    assert (case.run(pipeline) - case.tensors["image"]).abs().mean() < closeness
