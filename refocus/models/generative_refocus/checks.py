"""What a run is asked for, checked before any model runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput
from refocus.models.generative_refocus.sampling import Grid
from refocus.models.generative_refocus.sizing import TOKEN_PX, working_size
from refocus.models.generative_refocus.tiling import can_tile, tile_plan

MIN_SIDE_PX = 64

Tiled = bool | Literal["auto"]
OutputType = Literal["pil", "pt", "latent"]


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """Options both networks take.

    Attributes:
        prompt: the whole prompt, not added to.
        num_inference_steps: 1 or more.
        guidance_scale: 0 or more; FLUX.1-dev takes it as an input, no second pass is made.
        tiled: "auto" (pictures of at least 512 px a side), True (such a picture or an error) or False.
        generator: a CPU generator, or None for PyTorch's own.
        latents: (1, tokens, channels) noise to start from; drawn from the generator when None.
        output_type: "pil", "pt" or "latent".

    Raises:
        BadInput: when one of them is out of range.
    """

    prompt: str
    num_inference_steps: int
    guidance_scale: float
    tiled: Tiled
    generator: torch.Generator | None
    latents: torch.Tensor | None
    output_type: OutputType

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise BadInput(f"A prompt must be text, not {type(self.prompt).__name__}.")
        steps = self.num_inference_steps
        if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= 1000:
            raise BadInput(f"{steps!r} steps are not possible.", todo="Choose 1 to 1000 steps; 28 is usual.")
        if not (math.isfinite(self.guidance_scale) and self.guidance_scale >= 0):
            raise BadInput(f"A guidance scale of {self.guidance_scale} is not possible.", todo="Choose 0 or more.")
        if self.tiled not in (True, False, "auto"):
            raise BadInput(f"tiled={self.tiled!r} is unknown.", todo='Choose True, False or "auto".')
        if self.output_type not in ("pil", "pt", "latent"):
            raise BadInput(f"output_type={self.output_type!r} is unknown.", todo='Choose "pil", "pt" or "latent".')
        if self.generator is not None and self.generator.device.type != "cpu":
            raise BadInput(
                "The generator is not on the CPU, where noise is drawn so that a seed means the same everywhere.",
                todo='Use torch.Generator("cpu").',
            )

    def grid(self, width: int, height: int) -> Grid:
        """The token grid of a picture of this working size. Raises BadInput when tiles are demanded but do not fit."""
        rows, columns = height // TOKEN_PX, width // TOKEN_PX
        if self.tiled is True:
            tile_plan(rows, columns)
        return Grid(rows, columns, tiled=self.tiled is not False and can_tile(rows, columns))

    def check_latents(self, grid: Grid, channels: int) -> None:
        """Raise BadInput when the latents given do not fit the picture."""
        if self.latents is None:
            return
        expected = (1, grid.rows * grid.columns, channels)
        if tuple(self.latents.shape) != expected:
            raise BadInput(
                f"The latents have shape {tuple(self.latents.shape)}, but this picture needs {expected}.",
                todo="Pack them: (1, tokens, channels), a token for each 16x16 px.",
            )
        if not torch.isfinite(self.latents).all():
            raise BadInput("The latents hold values that are not finite.")


def check_photo(photo: Any, *, name: str = "photo") -> Image.Image:
    """The photo as RGB, at its own size.

    Args:
        photo: a PIL image, or (height, width, 3) uint8 sRGB.

    Raises:
        BadInput: when it is neither, or a side is under 64 px.
    """
    if isinstance(photo, np.ndarray):
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
            raise BadInput(
                f"The {name} must be (height, width, 3) in 8 bits, but has shape {photo.shape} of {photo.dtype}."
            )
        photo = Image.fromarray(photo)
    if not isinstance(photo, Image.Image):
        raise BadInput(f"The {name} must be a PIL image or an array, not {type(photo).__name__}.")
    if min(photo.size) < MIN_SIDE_PX:
        raise BadInput(
            f"The {name} is {photo.width}x{photo.height} px, too small for this model.",
            todo=f"Use a picture of at least {MIN_SIDE_PX} px a side.",
        )
    return photo.convert("RGB")


def fit_pre_deblurred(pre_deblurred: Any, size: tuple[int, int]) -> Image.Image:
    """The pre-deblurred picture as RGB, at the (width, height) the photo is computed at."""
    picture = check_photo(pre_deblurred, name="pre-deblurred picture")
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def check_map(defocus_map: Any, photo: Image.Image) -> NDArray[np.float32]:
    """The defocus map at the photo's working size.

    Args:
        defocus_map: (height, width) in [0, 1], of the photo's size or of its working size.
        photo: at its own size.

    Raises:
        BadInput: when it has another size, or values that are NaN or outside [0, 1].
    """
    values = np.asarray(defocus_map, dtype=np.float32)
    size = working_size(*photo.size)
    if values.ndim != 2 or values.shape[::-1] not in (photo.size, size):
        raise BadInput(
            f"The defocus map has shape {values.shape}, but the photo is {photo.width}x{photo.height} px.",
            todo="Make the map (height, width), of the photo's size.",
        )
    if not np.isfinite(values).all():
        raise BadInput("The defocus map holds NaN or infinity.", todo="Fill the holes of the depth map first.")
    if values.min() < 0 or values.max() > 1:
        raise BadInput(
            f"The defocus map runs from {values.min():g} to {values.max():g}, but must stay within 0 and 1.",
            todo="Make it with defocus_map(disparity, focus_disparity, k).",
        )
    if values.shape[::-1] == size:
        return np.ascontiguousarray(values)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
