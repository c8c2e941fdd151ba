"""Convert condition images to tokens, and tokens to pictures: pixels, noise, VAE, packing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKL, FluxPipeline
from diffusers.image_processor import VaeImageProcessor
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from refocus.models.generative_refocus.token_grid import OPENING_PX, TOKEN_PX

PRE_DEBLURRED_OFFSET = 32
"""Offset of the column ids of a pre-deblurred picture, which distinguishes it from the photo."""
OPENING_OFFSET = -OPENING_PX // TOKEN_PX
"""Offset of the aperture's column ids: left of the photo, so that they meet those of no photo, however wide."""


_IMAGE_PROCESSOR = VaeImageProcessor(vae_scale_factor=TOKEN_PX)


@dataclass(frozen=True, slots=True, eq=False)
class PromptEmbeds:
    """An encoded prompt.

    Attributes:
        tokens: (1, 512, channels) from T5.
        pooled: (1, channels) from CLIP.
    """

    tokens: Tensor
    pooled: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition image as tokens.

    Attributes:
        tokens: (1, rows * columns, channels).
        column_offset: added to its column ids; ignored in tiles, where all branches have columns 0 to 31.
        adapter: its LoRA; None for that of the run.
        own_grid: (rows, columns) of a picture that stands beside the photo and is whole in each tile, such as the
            aperture; None for one on the photo's grid.
    """

    tokens: Tensor
    column_offset: int = 0
    adapter: str | None = None
    own_grid: tuple[int, int] | None = None


class ImageInput(NamedTuple):
    """A condition as pixels.

    Attributes:
        pixels: (1, 3, height, width) float32 in the range of its training.
        column_offset, adapter: as in `Condition`.
        beside: whether it stands beside the photo, see `Condition.own_grid`.
    """

    pixels: Tensor
    column_offset: int = 0
    adapter: str | None = None
    beside: bool = False

    @property
    def grid(self) -> tuple[int, int]:
        """Its (rows, columns) in tokens."""
        height, width = self.pixels.shape[-2:]
        return height // TOKEN_PX, width // TOKEN_PX


def photo_pixels(photo_srgb: Image.Image) -> Tensor:
    """Convert an RGB photo to (1, 3, height, width) float32 in [-1, 1]."""
    return _IMAGE_PROCESSOR.preprocess(photo_srgb)


def map_pixels(defocus: NDArray[np.float32]) -> Tensor:
    """Convert a defocus map to (1, 3, height, width) float32 in [0, 1], the range BokehNet was trained with."""
    return torch.from_numpy(defocus)[None, None].expand(1, 3, -1, -1)


def opening_pixels(opening: NDArray[np.float32]) -> Tensor:
    """Convert an aperture's opening, (256, 256) in [0, 1], to (1, 3, 256, 256) float32 in [-1, 1]."""
    return torch.from_numpy(opening * np.float32(2) - np.float32(1))[None, None].expand(1, 3, -1, -1)


def pack(latents: Tensor) -> Tensor:
    """Pack latents (1, channels, height, width) to tokens (1, height/2 * width/2, 4 * channels), one per 2x2 patch."""
    return FluxPipeline._pack_latents(latents, *latents.shape)


def encode(vae: AutoencoderKL, pixels: Tensor, generator: torch.Generator | None, device: torch.device) -> Tensor:
    """Sample the VAE's posterior, then shift, scale and pack: (1, rows * columns, channels)."""
    latents = vae.encode(pixels.to(device, vae.dtype)).latent_dist.sample(generator)
    return pack((latents - vae.config.shift_factor) * vae.config.scaling_factor)


def decode(vae: AutoencoderKL, tokens: Tensor, rows: int, columns: int) -> Tensor:
    """Decode tokens to a picture, (1, 3, 16 * rows, 16 * columns) float32 in [0, 1]."""
    latents = FluxPipeline._unpack_latents(tokens, rows * TOKEN_PX, columns * TOKEN_PX, TOKEN_PX // 2)
    latents = (latents / vae.config.scaling_factor + vae.config.shift_factor).to(vae.dtype)
    return (vae.decode(latents).sample.float() / 2 + 0.5).clamp(0, 1)


def to_pil(picture: Tensor) -> Image.Image:
    """Convert (1, 3, height, width) in [0, 1] to an 8-bit RGB image, rounded to nearest."""
    return _IMAGE_PROCESSOR.postprocess(picture, "pil", do_denormalize=[False])[0]
