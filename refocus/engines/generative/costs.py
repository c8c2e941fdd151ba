"""Operations of a run of the generative model, and the memory mode that fits. Needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from refocus.core import EngineNotReady
from refocus.models.generative_refocus.memory import CPU_MODE, MODES, estimate_memory, has_bitsandbytes
from refocus.models.generative_refocus.token_grid import TILE_TOKENS, TOKEN_PX, can_tile, tile_plan
from refocus.models.memory import MemoryMode, mode_named

CONDITIONS = 2
"""Photo and defocus map, or photo and pre-deblurred picture."""

_NAMED_MORE = "8 and 4 bits need an NVIDIA card and pip install bitsandbytes."
_TEXT_TOKENS = 512
_WIDTH = 3072
_BLOCKS = 57
_WEIGHTS_PER_TOKEN = 6.65e9  # 12 squares of the width in each block, and the LoRAs at rank 128


@dataclass(frozen=True, slots=True)
class Room:
    """Memory a model may take, as if it were FLUX.1-dev itself.

    Attributes:
        card_bytes: on the device.
        main_bytes: in main memory.
        quantises: whether weights of 8 or 4 bits can be made there.
    """

    card_bytes: float
    main_bytes: float
    quantises: bool


def transformer_runs(width: int, height: int, steps: int) -> int:
    """How often the transformer runs for one picture of this working size: once a step, and for each tile."""
    rows, columns = height // TOKEN_PX, width // TOKEN_PX
    return steps * (len(tile_plan(rows, columns)) if can_tile(rows, columns) else 1)


def estimate_flops(width: int, height: int, steps: int) -> float:
    """Floating-point operations of one picture. The transformer alone: encoders and VAE take under 2 % of a run.

    Attention is counted as it is masked: text and image see all, a condition sees text, image and itself.
    """
    rows, columns = height // TOKEN_PX, width // TOKEN_PX
    tokens = TILE_TOKENS**2 if can_tile(rows, columns) else rows * columns
    main, all_tokens = _TEXT_TOKENS + tokens, _TEXT_TOKENS + (1 + CONDITIONS) * tokens
    attention = 4 * _WIDTH * _BLOCKS * (main * all_tokens + CONDITIONS * tokens * (main + tokens))
    return transformer_runs(width, height, steps) * (2 * _WEIGHTS_PER_TOKEN * all_tokens + attention)


def available_modes(quantises: bool, device_type: str) -> Sequence[MemoryMode]:
    """The ways a kind of device allows, best first."""
    if device_type == "cpu":
        return (CPU_MODE,)
    if device_type == "mps":  # its memory is the main memory: there is nowhere to offload to
        return MODES[:1]
    return tuple(mode for mode in MODES if mode.weight_bits == 16 or quantises)


def choose_mode(
    room: Room, width: int, height: int, *, device_type: str, lora_rank: int, asked: str | None = None
) -> MemoryMode:
    """The first way, best first, that fits; or the one asked for, whether it fits or not.

    Args:
        room: what is free.
        width, height: of the picture.
        device_type: "cpu", "cuda" or "mps".
        lora_rank: of the LoRAs.
        asked: a mode's name.

    Raises:
        EngineNotReady: when none fits, or the one asked for cannot be had here.
    """
    modes = available_modes(room.quantises, device_type)
    if asked is not None:
        return mode_named(asked, modes, "FLUX.1-dev", _NAMED_MORE)
    for mode in modes:
        if fits(mode, room, width, height, lora_rank):
            return mode
    least = min(needed_bytes(mode, width, height, lora_rank) for mode in modes)
    raise EngineNotReady(
        f"FLUX.1-dev needs {least / 1e9:.0f} GB at {width}x{height} px ({modes[-1].name}), but "
        f"{room.card_bytes / 1e9:.1f} GB are free on the device and {room.main_bytes / 1e9:.1f} GB in main memory.",
        todo=_more_room(room, device_type),
    )


def fits(mode: MemoryMode, room: Room, width: int, height: int, lora_rank: int, *, loaded: bool = False) -> bool:
    """Whether a way to hold the model fits a picture of this size into the memory.

    Weights pass through main memory when they are loaded, and wait there when they are offloaded.
    """
    estimate = estimate_memory(mode, width, height, conditions=CONDITIONS, lora_rank=lora_rank)
    on_device = mode is CPU_MODE or (loaded and mode.offload == "none")
    main_bytes = 0.0 if on_device else sum(estimate.weight_bytes.values())
    return estimate.peak_bytes <= room.card_bytes and main_bytes <= room.main_bytes


def needed_bytes(mode: MemoryMode, width: int, height: int, lora_rank: int) -> int:
    """Memory on the device."""
    return estimate_memory(mode, width, height, conditions=CONDITIONS, lora_rank=lora_rank).peak_bytes


def can_quantise(device_type: str) -> bool:
    """Whether weights of 8 or 4 bits can be made for a device here."""
    return device_type == "cuda" and has_bitsandbytes()


def leaner_than(mode: MemoryMode, room: Room, width: int, height: int, *, device_type: str, lora_rank: int) -> str:
    """What to do when a way to hold the model did not fit after all: the next leaner one, by name."""
    needed = {
        other.name: needed_bytes(other, width, height, lora_rank)
        for other in available_modes(room.quantises, device_type)
    }
    less = {name: count for name, count in needed.items() if count < needed.get(mode.name, 0)}
    choose = "Close other programs, or choose a smaller long side"
    if not less:
        return f"{choose}."
    return f"{choose}, or set REFOCUS_MEMORY to “{max(less, key=less.__getitem__)}”, the next leaner way."


def _more_room(room: Room, device_type: str) -> str:
    quantised = "" if room.quantises or device_type != "cuda" else "run pip install bitsandbytes for 4-bit weights, "
    return f"Free memory, {quantised}choose a smaller long side, or choose the thin-lens engine."
