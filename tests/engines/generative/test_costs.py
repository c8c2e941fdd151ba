import pytest

from refocus.core import EngineNotReady
from refocus.engines.generative.costs import (
    AvailableMemory,
    available_modes,
    choose_mode,
    estimate_flops,
    fits,
    named_mode,
    needed_bytes,
    out_of_memory_todo,
    transformer_runs,
)
from refocus.models.generative_refocus.memory import CPU_MODE, MODES

SIZE = (1024, 768)
GB = 1e9


def chosen(card_gb: float, main_gb: float = 200, *, can_quantize: bool = True, device_type: str = "cuda") -> str:
    memory = AvailableMemory(card_gb * GB, main_gb * GB, can_quantize)
    return choose_mode(memory, *SIZE, device_type=device_type, lora_rank=256).name


def test_runs_are_steps_times_tiles() -> None:
    assert transformer_runs(480, 320, 28) == 28
    assert transformer_runs(1024, 768, 10) == 10 * 3 * 2  # 64x48 tokens: columns from 0, 28, 32; rows from 0, 16


@pytest.mark.parametrize(("size", "counted_tflops"), [((512, 512), 55.263), ((256, 256), 17.965), ((640, 480), 64.625)])
def test_the_operations_are_close_to_those_counted_on_the_real_shapes(
    size: tuple[int, int], counted_tflops: float
) -> None:
    # Counted once with PyTorch's FlopCounterMode on the real model on the meta device, two conditions, rank 128.
    assert estimate_flops(*size, steps=1) / 1e12 == pytest.approx(counted_tflops, rel=0.03)


def test_more_memory_gives_a_better_mode() -> None:
    assert chosen(80) == "bf16"
    assert chosen(12) in {"4-bit, model offload", "bf16, group offload"}
    names = [mode.name for mode in MODES]
    order = [names.index(chosen(card)) for card in (80, 48, 40, 30, 24, 16, 12)]
    assert order == sorted(order)


def test_quantized_modes_need_support_for_quantization() -> None:
    for card in (80, 48, 30, 24, 16, 12):
        assert "bit" not in chosen(card, can_quantize=False)


def test_offloaded_weights_need_main_memory() -> None:
    assert chosen(12, main_gb=200, can_quantize=False) == "bf16, group offload"
    with pytest.raises(EngineNotReady) as caught:
        chosen(12, main_gb=16, can_quantize=False)
    assert "12.0 GB are free on the device and 16.0 GB in main memory" in caught.value.message
    assert "bitsandbytes" in caught.value.todo


def test_a_model_on_the_device_needs_no_main_memory() -> None:
    whole, memory = MODES[0], AvailableMemory(80 * GB, 1 * GB, can_quantize=True)
    assert fits(whole, memory, *SIZE, 256, loaded=True)
    assert not fits(whole, memory, *SIZE, 256)


def test_a_processor_has_one_mode_of_twice_the_size() -> None:
    assert available_modes(False, "cpu") == (CPU_MODE,)
    assert needed_bytes(CPU_MODE, *SIZE, 256) == 2 * needed_bytes(MODES[0], *SIZE, 256)
    assert chosen(200, device_type="cpu") == "float32"
    with pytest.raises(EngineNotReady, match="thin-lens"):
        chosen(16, device_type="cpu")


def test_a_named_mode_is_used_whether_it_fits_or_not() -> None:
    assert named_mode("4-bit", can_quantize=True, device_type="cuda").name == "4-bit"
    with pytest.raises(EngineNotReady, match="bf16, group offload"):
        named_mode("3-bit", can_quantize=True, device_type="cuda")
    with pytest.raises(EngineNotReady, match="bitsandbytes"):
        named_mode("4-bit", can_quantize=False, device_type="cuda")


def test_out_of_memory_names_a_mode_that_needs_less() -> None:
    def said(mode: str, *, can_quantize: bool = True) -> str:
        whole = next(other for other in MODES if other.name == mode)
        return out_of_memory_todo(whole, *SIZE, modes=available_modes(can_quantize, "cuda"), lora_rank=256)

    assert "REFOCUS_MEMORY to “bf16, model offload”" in said("bf16")
    assert "REFOCUS_MEMORY to “bf16, group offload”" in said("4-bit, model offload")
    assert "REFOCUS_MEMORY to “bf16, group offload”" in said("bf16, model offload", can_quantize=False)
    assert "REFOCUS_MEMORY" not in said("bf16, group offload")
