"""Checks of the pictures passed to the generative pipeline, and their conversion to the working size."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput
from refocus.core.sizes import CROPPED_TOLERANCE, check_aspect
from refocus.models.generative_refocus.defocus import float_array
from refocus.models.generative_refocus.token_grid import OPENING_PX, working_size
from refocus.models.inputs import photo_srgb8

MIN_SIDE_PX = 64


def check_photo(photo: Any, *, name: str = "photo") -> Image.Image:
    """Convert a photo to RGB at its own size.

    Args:
        photo: upright sRGB in any form that `photo_srgb8` takes.
        name: for error messages.

    Raises:
        BadInput: when it is not a photo, or a side is below 64 px.
    """
    picture = Image.fromarray(photo_srgb8(photo, name=name))
    if min(picture.size) < MIN_SIDE_PX:
        raise BadInput(
            f"The {name} is {picture.width}x{picture.height} px, too small for this model.",
            todo=f"Use a picture with sides of at least {MIN_SIDE_PX} px.",
        )
    return picture


def fit_pre_deblurred(pre_deblurred: Any, photo: Image.Image) -> Image.Image:
    """Convert the pre-deblurred picture to RGB at the working size of a photo.

    Raises:
        BadInput: as `check_photo`, and when it has other proportions.
    """
    picture = check_photo(pre_deblurred, name="pre-deblurred picture")
    check_aspect(
        (picture.height, picture.width),
        (photo.height, photo.width),
        "The pre-deblurred picture",
        tolerance=CROPPED_TOLERANCE,
    )
    size = working_size(*photo.size)
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def check_opening(opening: Any) -> NDArray[np.float32]:
    """Convert an aperture's opening. Raises BadInput unless (256, 256) in [0, 1] and open somewhere."""
    values = float_array("aperture's opening", opening)
    if values.shape != (OPENING_PX, OPENING_PX):
        raise BadInput(
            f"The aperture's opening has shape {values.shape}, but it must be ({OPENING_PX}, {OPENING_PX}).",
            todo="Take it from Aperture.opening().",
        )
    if not (np.isfinite(values).all() and values.min() >= 0 and 0 < values.max() <= 1):
        raise BadInput("The aperture's opening has values outside 0 to 1.", todo="Take it from Aperture.opening().")
    return values


def check_map(defocus_map: Any, photo: Image.Image) -> NDArray[np.float32]:
    """Convert the defocus map to the photo's working size.

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
            todo="Pass a map (height, width) of the photo's size.",
        )
    if not np.isfinite(values).all():
        raise BadInput("The defocus map contains NaN or infinity.", todo="Fill the holes of the depth map first.")
    if values.min() < 0 or values.max() > 1:
        raise BadInput(
            f"The defocus map has values from {values.min():g} to {values.max():g}, outside 0 to 1.",
            todo="Compute it with defocus_map(disparity, focus_disparity, k).",
        )
    if values.shape[::-1] == size:
        return np.ascontiguousarray(values)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
