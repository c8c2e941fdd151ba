"""Memory of FLUX.1-dev with its two LoRAs, by memory mode and photo size. Needs no torch.

The transformer holds about 11 activations of its width per token (rounded up to 12), the VAE 640 values per pixel when
encoding and 770 when decoding. Attention is taken to be fused.
"""

from importlib.metadata import PackageNotFoundError, version

from refocus.models.generative_refocus.token_grid import (
    OPENING_TOKENS,
    OVERLAP_TOKENS,
    TILE_TOKENS,
    TOKEN_PX,
    Tiling,
    is_tiled,
    working_size,
)
from refocus.models.memory import MemoryEstimate, MemoryMode, Stage, memory_table

CLIP_PARAMETERS = 123_060_480
T5_PARAMETERS = 4_762_310_656
TRANSFORMER_PARAMETERS = 11_901_408_320
VAE_PARAMETERS = 83_819_683
LARGEST_BLOCK_PARAMETERS = 339_831_296
OUTSIDE_BLOCKS_PARAMETERS = 64_124_992
LARGEST_T5_LAYER_PARAMETERS = 131_596_288
"""The token embedding."""
LARGEST_LINEAR_PARAMETERS = 56_623_104
"""Of the transformer; quantized weights are unpacked one layer at a time."""
LORA_PARAMETERS_PER_RANK = 3_621_952
"""Of one LoRA."""
LORA_BLOCK_PARAMETERS_PER_RANK = 64_512
"""Of one LoRA in the block that has most."""

LORA_RANK = 256
"""Of both LoRAs together, at most as published."""
MIN_BITSANDBYTES = (0, 48)
"""Older versions cannot move 8-bit weights between graphics card and main memory."""

_WEIGHT_BYTES = {32: 4.0, 16: 2.0, 8: 1.0, 4: 0.5 + 4 / 64}  # 4 bits: one float32 scale for every 64 weights
_TEXT_TOKENS = 512
_WIDTH = 3072
_WIDTHS_PER_TOKEN = 12
_CACHED_WIDTHS_PER_CONDITION_TOKEN = 4
_ENCODE_VALUES_PER_PX = 640
_DECODE_VALUES_PER_PX = 770
_ALLOWANCE_BYTES_16_BIT = 1.5 * 2**30

MODES = (
    MemoryMode("bf16"),
    MemoryMode("8-bit", weight_bits=8),
    MemoryMode("bf16, model offload", offload="model"),
    MemoryMode("8-bit, model offload", weight_bits=8, offload="model", vae_tile_px=1024),
    MemoryMode("4-bit", weight_bits=4, vae_tile_px=1024),
    MemoryMode("4-bit, model offload", weight_bits=4, offload="model", vae_tile_px=1024),
    MemoryMode("bf16, group offload", offload="group", vae_tile_px=1024),
)
"""On a GPU, most accurate and fastest first."""

CPU_MODE = MemoryMode("float32", weight_bits=32)
"""On a CPU."""


def estimate_memory(
    mode: MemoryMode,
    width: int,
    height: int,
    *,
    conditions: int = 2,
    lora_rank: int = LORA_RANK,
    tiling: Tiling = "auto",
) -> MemoryEstimate:
    """Memory of a run with all LoRAs loaded; its stages are "prompt", "encode", "denoise" and "decode".

    The tokens of an aperture, a further condition of 256x256 px, are always counted.

    Args:
        mode: how the model is held.
        width, height: of the photo.
        conditions: 2 for BokehNet and for DeblurNet with a pre-deblurred picture, else 1.
        lora_rank: sum of the ranks of all LoRAs.
        tiling: whether the transformer sees tiles.
    """
    value, weight = mode.value_bytes, _WEIGHT_BYTES[mode.weight_bits]
    unpacked = LARGEST_LINEAR_PARAMETERS if mode.weight_bits < 16 else 0
    vae_pixels = min(width, mode.vae_tile_px) * min(height, mode.vae_tile_px)
    # Group offload: the running block and the next one, which is already being loaded, and all outside the blocks.
    lora_block = LORA_BLOCK_PARAMETERS_PER_RANK * lora_rank
    two_blocks = 2 * (LARGEST_BLOCK_PARAMETERS + lora_block)
    # With model offload a model stays on the device until the next one runs.
    return MemoryEstimate(
        offload=mode.offload,
        weight_bytes={
            "clip": value * CLIP_PARAMETERS,
            "t5": weight * T5_PARAMETERS,
            "transformer": weight * TRANSFORMER_PARAMETERS,
            "loras": value * LORA_PARAMETERS_PER_RANK * lora_rank,
            "vae": value * VAE_PARAMETERS,
        },
        stages={
            "prompt": Stage(("t5",), 0, group_bytes=2 * value * LARGEST_T5_LAYER_PARAMETERS),
            "encode": Stage(("t5", "vae"), value * _ENCODE_VALUES_PER_PX * vae_pixels),
            "denoise": Stage(
                ("transformer", "loras", "vae"),
                value * (_WIDTH * _widths(width, height, conditions, tiling) + unpacked),
                group_bytes=value * (two_blocks + OUTSIDE_BLOCKS_PARAMETERS),
            ),
            "decode": Stage(("vae",), value * _DECODE_VALUES_PER_PX * vae_pixels),
        },
        allowance_bytes=_ALLOWANCE_BYTES_16_BIT * value / 2,
    )


def modes_table(width: int, height: int) -> str:
    """A Markdown table of the GPU modes for a photo of this size, and the graphics cards they fit."""
    return memory_table((mode.name, estimate_memory(mode, width, height).peak_bytes) for mode in MODES)


def has_bitsandbytes() -> bool:
    """Whether bitsandbytes is installed in a version that is new enough. Does not import it."""
    try:
        return tuple(map(int, version("bitsandbytes").split(".")[:2])) >= MIN_BITSANDBYTES
    except (PackageNotFoundError, ValueError):
        return False


def _widths(width: int, height: int, conditions: int, tiling: Tiling) -> float:
    """Vectors of the transformer's width that are alive at once."""
    working_width, working_height = working_size(width, height)
    rows, columns = working_height // TOKEN_PX, working_width // TOKEN_PX
    tiled = is_tiled(rows, columns, tiling)
    tokens = TILE_TOKENS**2 if tiled else rows * columns
    activations = _WIDTHS_PER_TOKEN * (_TEXT_TOKENS + (1 + conditions) * tokens + OPENING_TOKENS)
    # Every tile caches its own part of the conditions, the overlaps included.
    overlap = (TILE_TOKENS / (TILE_TOKENS - OVERLAP_TOKENS)) ** 2 if tiled else 1.0
    cached = conditions * rows * columns * overlap + OPENING_TOKENS
    return activations + _CACHED_WIDTHS_PER_CONDITION_TOKEN * cached
