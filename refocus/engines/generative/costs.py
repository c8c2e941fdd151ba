"""Operations of a run of the generative model, and the memory mode that fits. Without torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from refocus.core import EngineNotReady
from refocus.models.generative_refocus.memory import CPU_MODE, MODES, estimate_memory, has_bitsandbytes
from refocus.models.generative_refocus.token_grid import TILE_TOKENS, TOKEN_PX, Tiling, is_tiled, tile_plan
from refocus.models.memory import MemoryMode, mode_named

CONDITIONS = 2
"""Condition images of BokehNet, and the most of any run: photo and defocus map, or photo and pre-deblurred picture."""

_QUANTIZATION_HINT = "8 and 4 bits need an NVIDIA card and pip install bitsandbytes."
_TEXT_TOKENS = 512
_WIDTH = 3072
_BLOCKS = 57
_WEIGHTS_PER_TOKEN = 6.65e9  # 12 squares of the width in each block, and the LoRAs at rank 128


@dataclass(frozen=True, slots=True)
class AvailableMemory:
    """Memory that a model may use, scaled as if it were FLUX.1-dev itself.

    Attributes:
        device_bytes: on the device.
        main_bytes: in main memory.
        can_quantize: whether weights can be quantized to 8 or 4 bits for the device.
    """

    device_bytes: float
    main_bytes: float
    can_quantize: bool


def transformer_runs(width: int, height: int, steps: int, tiling: Tiling = "auto") -> int:
    """Number of runs of the transformer for one picture of this working size: one per step and tile.

    Raises:
        BadInput: when tiling is "on" and the picture is smaller than a tile.
    """
    rows, columns = height // TOKEN_PX, width // TOKEN_PX
    return steps * (len(tile_plan(rows, columns)) if is_tiled(rows, columns, tiling) else 1)


def estimate_flops(
    width: int, height: int, steps: int, *, conditions: int = CONDITIONS, tiling: Tiling = "auto"
) -> float:
    """Floating-point operations of one picture, of the transformer only: encoders and VAE take under 2 % of a run.

    Attention is counted as it is masked: text and image attend to all tokens, a condition to text, image and itself.
    """
    rows, columns = height // TOKEN_PX, width // TOKEN_PX
    tokens = TILE_TOKENS**2 if is_tiled(rows, columns, tiling) else rows * columns
    main, all_tokens = _TEXT_TOKENS + tokens, _TEXT_TOKENS + (1 + conditions) * tokens
    attention = 4 * _WIDTH * _BLOCKS * (main * all_tokens + conditions * tokens * (main + tokens))
    return transformer_runs(width, height, steps, tiling) * (2 * _WEIGHTS_PER_TOKEN * all_tokens + attention)


def available_modes(can_quantize: bool, device_type: str) -> Sequence[MemoryMode]:
    """The memory modes of a kind of device, best first."""
    if device_type == "cpu":
        return (CPU_MODE,)
    if device_type == "mps":  # its memory is the main memory: there is nowhere to offload to
        return MODES[:1]
    return tuple(mode for mode in MODES if mode.weight_bits == 16 or can_quantize)


def named_mode(name: str, *, can_quantize: bool, device_type: str) -> MemoryMode:
    """The memory mode of a name, whether it fits or not.

    Raises:
        EngineNotReady: when it is not available on this kind of device.
    """
    return mode_named(name, available_modes(can_quantize, device_type), "FLUX.1-dev", _QUANTIZATION_HINT)


def choose_mode(
    memory: AvailableMemory,
    width: int,
    height: int,
    *,
    device_type: str,
    lora_rank: int,
    tiling: Tiling = "auto",
) -> MemoryMode:
    """The first memory mode, best first, that fits.

    Args:
        memory: what is free.
        width, height: of the picture.
        device_type: "cpu", "cuda" or "mps".
        lora_rank: sum of the ranks of all LoRAs.
        tiling: whether the transformer sees tiles.

    Raises:
        EngineNotReady: when no mode fits.
    """
    modes = available_modes(memory.can_quantize, device_type)
    for mode in modes:
        if fits(mode, memory, width, height, lora_rank, tiling=tiling):
            return mode
    least = min(needed_bytes(mode, width, height, lora_rank, tiling) for mode in modes)
    install = "" if memory.can_quantize or device_type != "cuda" else "run pip install bitsandbytes for 4-bit weights, "
    raise EngineNotReady(
        f"FLUX.1-dev needs {least / 1e9:.0f} GB at {width}x{height} px ({modes[-1].name}), but "
        f"{memory.device_bytes / 1e9:.1f} GB are free on the device and {memory.main_bytes / 1e9:.1f} GB in main "
        "memory.",
        todo=f"Free memory, {install}choose a smaller long side, or choose the thin-lens engine.",
    )


def fits(
    mode: MemoryMode,
    memory: AvailableMemory,
    width: int,
    height: int,
    lora_rank: int,
    *,
    loaded: bool = False,
    tiling: Tiling = "auto",
) -> bool:
    """Whether a memory mode fits for a picture of this size.

    Weights pass through main memory when they are loaded, and stay there when they are offloaded.
    """
    estimate = estimate_memory(mode, width, height, conditions=CONDITIONS, lora_rank=lora_rank, tiling=tiling)
    on_device = mode is CPU_MODE or (loaded and mode.offload == "none")
    main_bytes = 0.0 if on_device else sum(estimate.weight_bytes.values())
    return estimate.peak_bytes <= memory.device_bytes and main_bytes <= memory.main_bytes


def needed_bytes(mode: MemoryMode, width: int, height: int, lora_rank: int, tiling: Tiling = "auto") -> int:
    """Memory on the device."""
    return estimate_memory(mode, width, height, conditions=CONDITIONS, lora_rank=lora_rank, tiling=tiling).peak_bytes


def can_quantize(device_type: str) -> bool:
    """Whether weights can be quantized to 8 or 4 bits for a device."""
    return device_type == "cuda" and has_bitsandbytes()


def out_of_memory_todo(
    mode: MemoryMode,
    width: int,
    height: int,
    *,
    modes: Sequence[MemoryMode],
    lora_rank: int,
    tiling: Tiling = "auto",
) -> str:
    """What to do when a memory mode did not fit: the largest of the modes that need less memory, by name."""
    needed = {other.name: needed_bytes(other, width, height, lora_rank, tiling) for other in modes}
    smaller = {name: count for name, count in needed.items() if count < needed.get(mode.name, 0)}
    advice = "Close other programs, or choose a smaller long side"
    return f"{advice}, or set REFOCUS_MEMORY to “{max(smaller, key=smaller.__getitem__)}”." if smaller else f"{advice}."
