"""The defocus map BokehNet is steered by, and the disparity it is focused on. Plain functions on arrays."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocus.core import BadInput
from refocus.core.numbers import is_number

MAX_COC_PX = 100.0
"""Blur at which the map reaches 1. Set by BokehNet's training; the map carries no larger blur."""


def defocus_map(disparity: ArrayLike, focus_disparity: float, k: float) -> NDArray[np.float32]:
    """How far out of focus each pixel is: clamp(|k (disparity - focus)| / 100, 0, 1).

    Args:
        disparity: any shape; diopters (1/m) when k is meant as in the paper.
        focus_disparity: the disparity that is sharp, same unit.
        k: blur in pixels per unit of disparity, 0 or more (the same slope as `coc_px_per_disparity` of the optics).

    Returns:
        float32 in [0, 1], same shape: 0 is sharp, 1 is a blur of `MAX_COC_PX` or more.

    Raises:
        BadInput: when k is negative, or anything is not finite.
    """
    if not (_is_finite(k) and k >= 0):
        raise BadInput(f"A blur slope k of {k} is not possible.", todo="Choose k = 0 (no blur) or more; 20 is usual.")
    values = _finite(disparity)
    if not _is_finite(focus_disparity):
        raise BadInput("The focus disparity is not a finite number.", todo="Choose a point or a disparity to focus on.")
    blur_px = np.abs(np.float32(k) * (values - np.float32(focus_disparity)))
    return np.clip(blur_px / np.float32(MAX_COC_PX), 0.0, 1.0).astype(np.float32)


def focus_disparity(
    disparity: ArrayLike,
    point: tuple[float, float] | None = None,
    mask: ArrayLike | None = None,
    *,
    point_size: tuple[int, int] | None = None,
) -> float:
    """The disparity to focus on: of a mask, else of a point, else of the picture's centre.

    Args:
        disparity: (height, width).
        point: (x, y) in pixels, clamped to the picture; ignored when a mask is given.
        mask: (rows, columns), any size (taken by nearest neighbour); values above 0 count. Its median disparity is
            used, or that of the whole picture when nothing is marked.
        point_size: (width, height) of the picture `point` was chosen in; the disparity's own size when None.

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
        raise BadInput(f"The focus point {point} is not a place in the picture.", todo="Give x and y in pixels.")
    from_width, from_height = point_size or (width, height)
    column = min(max(int(point[0] * width / from_width), 0), width - 1)
    row = min(max(int(point[1] * height / from_height), 0), height - 1)
    return float(values[row, column])


def disparity_from_depth(depth_m: ArrayLike, width: int, height: int) -> NDArray[np.float32]:
    """Disparity in diopters at the working size, from a depth map in metres of any size.

    The depth is resized first (bilinear, half-pixel centres, no antialiasing), then inverted, as BokehNet's command
    line does it; depths of 0 or less count as infinitely far.

    Returns:
        (height, width) float32.

    Raises:
        BadInput: when the map is not (rows, columns) or holds NaN.
    """
    depth = float_array("depth map", depth_m)
    if depth.ndim != 2 or depth.size == 0:
        raise BadInput(f"A depth map must be (rows, columns), but this one has shape {depth.shape}.")
    if np.isnan(depth).any():
        raise BadInput("The depth map holds NaN.", todo="Fill the holes first, or leave the map out.")
    largest = np.finfo(np.float32).max
    resized = cv2.resize(np.clip(depth, -largest, largest), (width, height), interpolation=cv2.INTER_LINEAR)
    return (1.0 / np.where(resized > 0, resized, largest)).astype(np.float32)


def float_array(name: str, values: ArrayLike) -> NDArray[np.float32]:
    """The values as float32; raises BadInput, by that name, when they are no numbers."""
    try:
        return np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"The {name} is {type(values).__name__}, not an array of numbers.", todo="Give a NumPy array."
        ) from error


def _is_finite(number: Any) -> bool:
    return is_number(number) and math.isfinite(number)


def _finite(disparity: ArrayLike) -> NDArray[np.float32]:
    values = float_array("disparity map", disparity)
    if not np.isfinite(values).all():
        raise BadInput("The disparity map holds values that are not finite (NaN or infinity).", todo="Fill them first.")
    return values


def _resize_nearest(mask: NDArray, height: int, width: int) -> NDArray:
    if mask.ndim != 2 or mask.size == 0:
        raise BadInput(f"A focus mask must be (rows, columns), but this one has shape {mask.shape}.")
    rows = ((np.arange(height) + 0.5) * mask.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * mask.shape[1] / width).astype(int)
    return mask[rows[:, None], columns[None, :]]
