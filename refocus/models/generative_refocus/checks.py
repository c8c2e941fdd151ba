"""What a run is asked for, checked before any model runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput
from refocus.core.numbers import one_of, real, whole
from refocus.models.generative_refocus.defocus import float_array
from refocus.models.generative_refocus.sampling import Grid
from refocus.models.generative_refocus.sizing import TOKEN_PX, working_size
from refocus.models.generative_refocus.tiling import can_tile, tile_plan
from refocus.models.noise import check_generator, check_latents
from refocus.models.photos import photo_srgb8

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
            raise BadInput(f"A prompt must be text, not {type(self.prompt).__name__}.", todo="Give one text.")
        object.__setattr__(self, "num_inference_steps", whole("num_inference_steps", self.num_inference_steps, 1, 1000))
        object.__setattr__(self, "guidance_scale", real("guidance_scale", self.guidance_scale, 0.0, 100.0))
        if not isinstance(self.tiled, bool) and self.tiled != "auto":
            raise BadInput(f"tiled is {self.tiled!r}.", todo='Choose True, False or "auto".')
        one_of("output_type", self.output_type, get_args(OutputType))
        check_generator(self.generator)

    def grid(self, width: int, height: int) -> Grid:
        """The token grid of a picture of this working size. Raises BadInput when tiles are demanded but do not fit."""
        rows, columns = height // TOKEN_PX, width // TOKEN_PX
        if self.tiled is True:
            tile_plan(rows, columns)
        return Grid(rows, columns, tiled=self.tiled is not False and can_tile(rows, columns))

    def check_latents(self, grid: Grid, channels: int) -> None:
        """Raise BadInput when the latents given do not fit the picture."""
        check_latents(self.latents, (1, grid.rows * grid.columns, channels))


def check_photo(photo: Any, *, name: str = "photo") -> Image.Image:
    """The photo as RGB, at its own size.

    Args:
        photo: upright sRGB in any form `photo_srgb8` takes.

    Raises:
        BadInput: when it is none of them, or a side is under 64 px.
    """
    picture = Image.fromarray(photo_srgb8(photo, name=name))
    if min(picture.size) < MIN_SIDE_PX:
        raise BadInput(
            f"The {name} is {picture.width}x{picture.height} px, too small for this model.",
            todo=f"Use a picture of at least {MIN_SIDE_PX} px a side.",
        )
    return picture


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
    values = float_array("defocus map", defocus_map)
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
