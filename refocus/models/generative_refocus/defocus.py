"""The defocus map, which is the second input of BokehNet, and the disparity to focus on."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocus.core import BadInput
from refocus.core.numbers import is_number

MAX_BLUR_RADIUS_PX = 100.0
"""Blur radius at which the map reaches 1, from BokehNet's training; larger blur is clipped."""


def defocus_map(disparity: ArrayLike, focus_disparity: float, k: float) -> NDArray[np.float32]:
    """Defocus of each pixel: clamp(|k (disparity - focus)| / 100, 0, 1).

    Args:
        disparity: any shape; in diopters (1/m) for k as in the paper.
        focus_disparity: the disparity in focus, same unit.
        k: blur radius in pixels per unit of disparity, 0 or more: half of the optics' `coc_px_per_disparity`, which is
            a diameter (`refocus.optics.k_radius_px_from_coc_px`). Eq. 2 of the paper.

    Returns:
        float32 in [0, 1], same shape: 0 is sharp, 1 is a blur radius of `MAX_BLUR_RADIUS_PX` or more.

    Raises:
        BadInput: when k is negative, or anything is not finite.
    """
    if not (_is_finite(k) and k >= 0):
        raise BadInput(f"k is {k!r}.", todo="Choose k = 0 (no blur) or more; 20 is typical.")
    values = _finite(disparity)
    if not _is_finite(focus_disparity):
        raise BadInput("The focus disparity is not a finite number.", todo="Choose a point or a disparity to focus on.")
    blur_radius_px = np.abs(np.float32(k) * (values - np.float32(focus_disparity)))
    return np.clip(blur_radius_px / np.float32(MAX_BLUR_RADIUS_PX), 0.0, 1.0).astype(np.float32)


def focus_disparity(
    disparity: ArrayLike,
    point: tuple[float, float] | None = None,
    mask: ArrayLike | None = None,
    *,
    point_size: tuple[int, int] | None = None,
) -> float:
    """The disparity to focus on: that of a mask, else of a point, else of the picture's centre.

    Args:
        disparity: (height, width).
        point: (x, y) in pixels, clamped to the picture; ignored when there is a mask.
        mask: (rows, columns) of any size, resized by nearest neighbour. The median disparity of its values above 0 is
            used, or that of the whole picture when there are none.
        point_size: (width, height) of the picture that `point` refers to; the disparity's own size when None.

    Raises:
        BadInput: on wrong shapes, or values or coordinates that are not finite.
    """
    values = _finite(disparity)
    if values.ndim != 2 or values.size == 0:
        raise BadInput(f"A disparity map must be (height, width), but this one has shape {values.shape}.")
    height, width = values.shape
    if mask is not None:
        marked = _resize_nearest(np.asarray(mask), height, width) > 0
        return float(np.median(values[marked] if marked.any() else values))
    if point is None:
        return float(values[height // 2, width // 2])
    if len(point) != 2 or not all(map(_is_finite, point)):
        raise BadInput(f"The focus point is {point!r}.", todo="Pass x and y in pixels.")
    from_width, from_height = point_size or (width, height)
    column = min(max(int(point[0] * width / from_width), 0), width - 1)
    row = min(max(int(point[1] * height / from_height), 0), height - 1)
    return float(values[row, column])


def float_array(name: str, values: ArrayLike) -> NDArray[np.float32]:
    """Convert to float32. Raises BadInput with that name when the values are not numbers."""
    try:
        return np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"The {name} is {type(values).__name__}, not an array of numbers.", todo="Pass a NumPy array."
        ) from error


def _is_finite(number: Any) -> bool:
    return is_number(number) and math.isfinite(number)


def _finite(disparity: ArrayLike) -> NDArray[np.float32]:
    values = float_array("disparity map", disparity)
    if not np.isfinite(values).all():
        raise BadInput("The disparity map contains NaN or infinity.", todo="Fill the holes first.")
    return values


def _resize_nearest(mask: NDArray, height: int, width: int) -> NDArray:
    if mask.ndim != 2 or mask.size == 0:
        raise BadInput(f"A focus mask must be (rows, columns), but this one has shape {mask.shape}.")
    rows = ((np.arange(height) + 0.5) * mask.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * mask.shape[1] / width).astype(int)
    return mask[rows[:, None], columns[None, :]]
