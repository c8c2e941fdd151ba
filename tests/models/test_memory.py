"""Memory modes, their estimates, and the error when memory runs out."""

import pytest
import torch

from refocus.core import EngineNotReady, RefocusError
from refocus.models.focal_stack.memory import MODES
from refocus.models.memory import (
    MemoryEstimate,
    MemoryMode,
    Offload,
    Stage,
    explain_out_of_memory,
    memory_table,
    mode_named,
)

GIB = 2**30


@pytest.mark.parametrize(
    ("offload", "encode", "denoise"),
    [("none", 100 + 10 + 1 + 5, 100 + 10 + 20 + 5), ("model", 10 + 1 + 5, 100 + 20 + 5), ("group", 1 + 5, 7 + 20 + 5)],
)
def test_an_estimate_by_hand(offload: Offload, encode: int, denoise: int) -> None:
    estimate = MemoryEstimate(
        offload=offload,
        weight_bytes={"unet": 100, "vae": 10},
        stages={"encode": Stage(("vae",), 1), "denoise": Stage(("unet",), 20, group_bytes=7)},
        allowance_bytes=5,
    )
    assert [estimate.stage_bytes(name) for name in ("encode", "denoise")] == [encode, denoise]
    assert estimate.peak_bytes == denoise


@pytest.mark.parametrize(("weight_bits", "value_bytes"), [(32, 4), (16, 2), (8, 2), (4, 2)])
def test_activations_take_16_bits_except_in_float32(weight_bits: int, value_bytes: int) -> None:
    assert MemoryMode("", weight_bits=weight_bits).value_bytes == value_bytes


def test_the_table_says_which_card_each_mode_fits() -> None:
    *_, lean, large = memory_table([("lean", round(11.94 * GIB)), ("large", 30 * GIB)]).splitlines()
    assert lean == "| lean | 11.9 | yes | yes | yes | yes |"
    assert large == "| large | 30.0 | no | no | no | yes |"


def test_a_mode_is_found_by_name_or_the_names_are_told() -> None:
    assert mode_named("offload", MODES, "It") is MODES[1]
    with pytest.raises(EngineNotReady, match="It has no memory mode 'tiny'") as caught:
        mode_named("tiny", MODES, "It")
    assert "fast; offload; small" in caught.value.todo


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        RuntimeError("MPS backend out of memory"),
    ],
    ids=["cuda", "cpu", "mps"],
)
def test_out_of_memory_says_what_to_do(error: RuntimeError) -> None:
    with pytest.raises(EngineNotReady) as caught, explain_out_of_memory("Choose less."):
        raise error
    assert caught.value.todo == "Choose less."
    assert caught.value.__cause__ is error


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes") as caught, explain_out_of_memory("Choose less."):
        raise RuntimeError("shapes differ")
    assert not isinstance(caught.value, RefocusError)
