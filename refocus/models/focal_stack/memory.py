"""Memory and arithmetic of the video model, by memory mode and working size. Needs no torch.

At 704x704 px (0.5 MP), 16 bits and 9 frames, the peaks are 13.6 GB for `fast`, 9.3 GB for `offload` and 5.5 GB for
`small`.
"""

from collections.abc import Sequence

from refocus.core import EngineNotReady
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.models.focal_stack.run_settings import DEFAULT_STEPS
from refocus.models.memory import MemoryEstimate, MemoryMode, Stage, memory_table, mode_named

UNET_PARAMETERS = 1_524_623_082
VAE_PARAMETERS = 97_742_847
VAE_ENCODER_PARAMETERS = 34_163_592
CLIP_PARAMETERS = 632_076_800
ALLOWANCE_BYTES = 1_000_000_000

_UNET_VALUES = {1: 135.0, 2: 283.6}  # activations per pixel and frame, by guidance halves in one pass
_DECODE_VALUES = 1024.0  # activations per pixel and frame of the chunk
_ENCODE_BYTES = 2560.0  # per pixel; the VAE always encodes in float32
# Per frame (and guidance half of the UNet): operations per pixel, and per pixel squared, which is attention.
_UNET_FLOPS = (3.944e7 / DEFAULT_FRAMES, 16.01 / DEFAULT_FRAMES)
_DECODE_FLOPS = (1.1476e7, 0.4998)

MODES = (
    MemoryMode("fast"),
    MemoryMode("offload", offload="model"),
    MemoryMode("small", offload="model", batch_guidance=False, decode_chunk_size=2),
)
"""On a GPU, fastest first; `fast` and `offload` give the published numbers."""

CPU_MODES = (
    MemoryMode("cpu", weight_bits=32, batch_guidance=False),
    MemoryMode("cpu-small", weight_bits=32, batch_guidance=False, decode_chunk_size=2),
)
"""On a CPU, where batching gains nothing; `cpu` gives the published numbers."""


def estimate_memory(mode: MemoryMode, width: int, height: int, frames: int = DEFAULT_FRAMES) -> MemoryEstimate:
    """Memory of a run at a working size in pixels; its stages are "encode", "denoise" and "decode"."""
    pixels, value = width * height, mode.value_bytes
    upcast_encoder = VAE_ENCODER_PARAMETERS * (4 - value)
    unet_values = _UNET_VALUES[2 if mode.batch_guidance else 1] * frames * pixels
    decode_values = _DECODE_VALUES * min(mode.decode_chunk_size, frames) * pixels
    return MemoryEstimate(
        offload=mode.offload,
        weight_bytes={
            "unet": UNET_PARAMETERS * value,
            "vae": VAE_PARAMETERS * value,
            "clip": CLIP_PARAMETERS * value,
        },
        # With model offload the VAE, which encodes first, stays on the device until it has decoded.
        stages={
            "encode": Stage(("clip", "vae"), upcast_encoder + _ENCODE_BYTES * pixels),
            "denoise": Stage(("unet", "vae"), unet_values * value),
            "decode": Stage(("vae",), decode_values * value),
        },
        allowance_bytes=ALLOWANCE_BYTES,
    )


def choose_mode(
    free_bytes: int,
    width: int,
    height: int,
    frames: int = DEFAULT_FRAMES,
    *,
    modes: Sequence[MemoryMode] = MODES,
    name: str | None = None,
) -> MemoryMode:
    """The first mode that fits into the free memory of a device, or the mode of that name.

    Raises:
        EngineNotReady: when no mode fits, or none has that name.
    """
    if name is not None:
        return mode_named(name, modes, "The video model")
    for mode in modes:
        if estimate_memory(mode, width, height, frames).peak_bytes <= free_bytes:
            return mode
    least = estimate_memory(modes[-1], width, height, frames).peak_bytes
    raise EngineNotReady(
        f"The video model needs {least / 1e9:.1f} GB at {width}x{height} px, but {free_bytes / 1e9:.1f} GB are free.",
        todo="Free memory on the device, choose a smaller photo, or choose the thin-lens engine.",
    )


def modes_table(width: int, height: int) -> str:
    """A Markdown table of the GPU modes at a working size, and the graphics cards they fit."""
    return memory_table((mode.name, estimate_memory(mode, width, height).peak_bytes) for mode in MODES)


def estimate_flops(
    width: int, height: int, *, steps: int = DEFAULT_STEPS, guided: bool = True, frames: int = DEFAULT_FRAMES
) -> float:
    """Floating-point operations of a run."""
    pixels = width * height
    unet, decode = (linear * pixels + squared * pixels**2 for linear, squared in (_UNET_FLOPS, _DECODE_FLOPS))
    return frames * (steps * (2 if guided else 1) * unet + decode)
