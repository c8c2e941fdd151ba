"""How much memory and arithmetic the video model takes, by mode and size. Needs no torch.

The constants are counts of the real model on the meta device (`accounting`); a test counts again. They cover weights
and the activations alive at once; what the device itself needs is `ALLOWANCE_BYTES`, an allowance and not a count.
At 704x704 px (0.5 MP), 16 bits, 9 frames, peaks are 13.6 GB for `fast`, 9.3 GB for `offload` and 5.5 GB for `small`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from refocus.core import EngineNotReady
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.models.cards import memory_table, mode_named
from refocus.models.focal_stack.settings import DEFAULT_DECODE_CHUNK, DEFAULT_STEPS

UNET_PARAMETERS = 1_524_623_082
VAE_PARAMETERS = 97_742_847
VAE_ENCODER_PARAMETERS = 34_163_592
CLIP_PARAMETERS = 632_076_800
ALLOWANCE_BYTES = 1_000_000_000
"""For the device's context and the working memory of its kernels."""

_UNET_VALUES = {1: 135.0, 2: 283.6}  # alive at once a pixel and frame, by halves in the pass
_DECODE_VALUES = 1024.0  # a pixel and frame of the chunk
_ENCODE_BYTES = 2560.0  # a pixel; always float32
_UNET_FLOPS = (3.944e7 / DEFAULT_FRAMES, 16.01 / DEFAULT_FRAMES)  # a frame and half: times pixels, times pixels squared
_DECODE_FLOPS = (1.1476e7, 0.4998)  # a frame: the same; the squared part is attention


@dataclass(frozen=True, slots=True)
class MemoryMode:
    """A way to run the model.

    Attributes:
        name: for settings and messages.
        offload: keep on the device only the model at work (`enable_model_cpu_offload`).
        batch_guidance: both halves in one UNet pass.
        decode_chunk_size: frames decoded together; other than 8 the frames differ a little from the published ones.
        value_bytes: 2 for float16 and bfloat16, 4 for float32.
    """

    name: str
    offload: bool
    batch_guidance: bool
    decode_chunk_size: int = DEFAULT_DECODE_CHUNK
    value_bytes: int = 2


MODES = (
    MemoryMode("fast", offload=False, batch_guidance=True),
    MemoryMode("offload", offload=True, batch_guidance=True),
    MemoryMode("small", offload=True, batch_guidance=False, decode_chunk_size=2),
)
"""From fastest to smallest; `offload` and `fast` give the published numbers."""

CPU_MODES = (
    MemoryMode("cpu", offload=False, batch_guidance=False, value_bytes=4),
    MemoryMode("cpu-small", offload=False, batch_guidance=False, decode_chunk_size=2, value_bytes=4),
)
"""The same for a processor, where passes gain nothing from being batched; `cpu` gives the published numbers."""


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes on the device in each part of a run, the allowance included."""

    encode_bytes: int
    denoise_bytes: int
    decode_bytes: int

    @property
    def peak_bytes(self) -> int:
        """The most of the three."""
        return max(self.encode_bytes, self.denoise_bytes, self.decode_bytes)


def estimate_memory(mode: MemoryMode, width: int, height: int, frames: int = DEFAULT_FRAMES) -> MemoryEstimate:
    """Memory of a mode at a working size in pixels (`working_size`)."""
    pixels, value = width * height, mode.value_bytes
    unet, vae, clip = (count * value for count in (UNET_PARAMETERS, VAE_PARAMETERS, CLIP_PARAMETERS))
    resident = unet + vae + clip
    upcast = VAE_ENCODER_PARAMETERS * (4 - value)
    activations = _UNET_VALUES[2 if mode.batch_guidance else 1] * value * frames * pixels
    decoding = _DECODE_VALUES * value * min(mode.decode_chunk_size, frames) * pixels
    # With offload the VAE, which encoded, stays beside the next model until it is its turn again.
    encode = (clip + vae if mode.offload else resident) + upcast + _ENCODE_BYTES * pixels
    denoise = (unet + vae if mode.offload else resident) + activations
    decode = (vae if mode.offload else resident) + decoding
    return MemoryEstimate(*(int(part) + ALLOWANCE_BYTES for part in (encode, denoise, decode)))


def choose_mode(
    free_bytes: int,
    width: int,
    height: int,
    frames: int = DEFAULT_FRAMES,
    *,
    modes: Sequence[MemoryMode] = MODES,
    asked: str | None = None,
) -> MemoryMode:
    """The first of the modes, fastest first, that fits into the free memory of a device; or the one asked for.

    Raises:
        EngineNotReady: when none fits, or the one asked for is none of them.
    """
    if asked is not None:
        return mode_named(asked, modes, "The video model")
    for mode in modes:
        if estimate_memory(mode, width, height, frames).peak_bytes <= free_bytes:
            return mode
    least = estimate_memory(modes[-1], width, height, frames).peak_bytes
    raise EngineNotReady(
        f"The video model needs {least / 1e9:.1f} GB at {width}x{height} px, but {free_bytes / 1e9:.1f} GB are free.",
        todo="Free memory on the device, choose a smaller photo, or choose the thin-lens engine.",
    )


def modes_table(width: int, height: int) -> str:
    """A Markdown table for people: each mode's estimate at a working size, and the cards it fits."""
    return memory_table((mode.name, estimate_memory(mode, width, height).peak_bytes / 2**30) for mode in MODES)


def estimate_flops(
    width: int, height: int, *, steps: int = DEFAULT_STEPS, guided: bool = True, frames: int = DEFAULT_FRAMES
) -> float:
    """Floating-point operations of a run: divided by what a device does in a second, its time."""
    pixels = width * height
    unet, decode = (linear * pixels + squared * pixels**2 for linear, squared in (_UNET_FLOPS, _DECODE_FLOPS))
    return frames * (steps * (2 if guided else 1) * unet + decode)
