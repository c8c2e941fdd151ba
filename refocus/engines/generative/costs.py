"""What a run of the generative model costs: operations, and the way to hold it that fits the memory. Needs no torch
until memory is estimated, which counts FLUX.1-dev's parameters on the meta device."""

from collections.abc import Sequence
from dataclasses import dataclass

from refocus.core import EngineNotReady
from refocus.models.cards import mode_named
from refocus.models.generative_refocus.memory import MODES, MemoryMode, estimate_bytes, flux_parameters
from refocus.models.generative_refocus.quantising import has_bitsandbytes
from refocus.models.generative_refocus.sizing import TOKEN_PX
from refocus.models.generative_refocus.tiling import TILE_TOKENS, can_tile, tile_plan

FLUX_PARAMETERS = 11_901_408_320
"""Of FLUX.1-dev's transformer."""
CONDITIONS = 2
"""Photo and defocus map, or photo and pre-deblurred picture."""
CPU_MODE = MemoryMode("float32", 16, "none", 2048)
"""On a processor."""

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
    return tuple(mode for mode in MODES if mode.bits == 16 or quantises)


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
    leaves = loaded and mode.offload == "none"
    waits = 0.0 if leaves or mode is CPU_MODE else _weights_bytes(mode)
    return needed_bytes(mode, width, height, lora_rank) <= room.card_bytes and waits <= room.main_bytes


def needed_bytes(mode: MemoryMode, width: int, height: int, lora_rank: int) -> float:
    """Memory on the device; in float32 all is twice as large as in bfloat16."""
    needed = estimate_bytes(mode, width, height, conditions=CONDITIONS, lora_rank=lora_rank)
    return 2.0 * needed if mode is CPU_MODE else float(needed)


def can_quantise(device_type: str) -> bool:
    """Whether weights of 8 or 4 bits can be made for a device here."""
    return device_type == "cuda" and has_bitsandbytes()


def leaner_than(mode: MemoryMode, room: Room, width: int, height: int, *, device_type: str, lora_rank: int) -> str:
    """What to do when a way to hold the model did not fit after all: the next leaner one, by name."""
    needed = {
        other.name: needed_bytes(other, width, height, lora_rank)
        for other in available_modes(room.quantises, device_type)
    }
    less = {name: count for name, count in needed.items() if count < needed.get(mode.name, 0.0)}
    choose = "Close other programs, or choose a smaller long side"
    if not less:
        return f"{choose}."
    return f"{choose}, or set REFOCUS_MEMORY to “{max(less, key=less.__getitem__)}”, the next leaner way."


def _weights_bytes(mode: MemoryMode) -> float:
    count = flux_parameters()
    return (count.transformer + count.t5) * mode.bits / 8 + 2 * (2 * count.lora + count.vae + count.clip)


def _more_room(room: Room, device_type: str) -> str:
    quantised = "" if room.quantises or device_type != "cuda" else "run pip install bitsandbytes for 4-bit weights, "
    return f"Free memory, {quantised}choose a smaller long side, or choose the thin-lens engine."
