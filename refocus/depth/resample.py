"""Disparity maps at another size, also with holes, and aligned to the photo's edges."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.core.sizes import check_aspect

_OUTLINE_SHARE = 0.02  # a step below this share of the map's range is noise


def fit_disparity(disparity: Disparity, size: tuple[int, int]) -> Disparity:
    """Resize a disparity map to (height, width); outlines stay sharp.

    Raises:
        BadInput: when its proportions differ from those of `size` by more than 2 %.
    """
    check_aspect(disparity.values.shape, size, "The disparity map")
    return replace(disparity, values=enlarge(shrink(disparity.values, size), size))


def shrink(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Average the known values under each new pixel.

    Args:
        values: (height, width) float32, NaN where unknown.
        size: the new (height, width); a side that would grow keeps its length.

    Returns:
        The smaller map, NaN where nothing was known.
    """
    import cv2

    height, width = (min(new, old) for new, old in zip(size, values.shape, strict=True))
    if (height, width) == values.shape:
        return values
    known = np.isfinite(values)
    share = cv2.resize(known.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(known, values, np.float32(0)), (width, height), interpolation=cv2.INTER_AREA)
    return np.where(share > 0.25, total / np.maximum(share, 0.25), np.float32(np.nan)).astype(np.float32)


def fill(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill each unknown (NaN) pixel with the nearest known value; at least one must be known."""
    from scipy.ndimage import distance_transform_edt

    unknown = np.isnan(values)
    if not unknown.any():
        return values
    rows, columns = distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return values[rows, columns]


def enlarge(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Interpolate slopes and keep steps: across an outline each pixel takes one side's value, none between.

    Args:
        values: (height, width) float32, finite.
        size: the new (height, width), each side at least the old one.
    """
    import cv2

    height, width = size
    if size == values.shape:
        return values

    def resize(a: NDArray[Any], interpolation: int) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(a, (width, height), interpolation=interpolation), dtype=np.float32)

    square = np.ones((3, 3), np.uint8)
    framed = np.pad(values, 1, mode="reflect", reflect_type="odd")  # extrapolate slopes beyond the border
    low, high = cv2.erode(framed, square)[1:-1, 1:-1], cv2.dilate(framed, square)[1:-1, 1:-1]
    one_sided = abs(2 * values - low - high) > (high - low) / 2  # on a slope the value is halfway between both
    outline = one_sided & (high - low > _OUTLINE_SHARE * float(np.ptp(values)))
    smooth = resize(values, cv2.INTER_LINEAR)
    low, high = resize(low, cv2.INTER_NEAREST), resize(high, cv2.INTER_NEAREST)
    snapped = np.where(2 * smooth > low + high, high, low)
    return np.where(resize(outline.astype(np.uint8), cv2.INTER_NEAREST) > 0, snapped, smooth)


Floats = NDArray[np.float32]

_EDGE_SHARE = 0.04  # a step above this share of the map's range is an outline
_MAX_OFFSET_PX = 5.0  # of outlines, at a long side of 1024 px
_MIN_CONFIDENCE = 1e-4  # of values at an outline, relative to 1 elsewhere
_SMOOTHING = 400.0  # strength, at a long side of 1024 px
_PHOTO_EDGE = 24  # grey levels between neighbours
_GUIDE_DELTA = 8.0  # grey levels: smaller differences in the photo are no outlines


def align_to_photo(disparity: Disparity, photo_srgb: NDArray[np.uint8]) -> Disparity:
    """Resize a map to the photo and move its steps to the edges of the photo.

    Values close to a step are replaced by values from both sides, smoothed within the edges of the photo (fast global
    smoother with confidence, Min et al., TIP 2014). Other values are unchanged.

    Args:
        disparity: a map of the whole photo, of any size.
        photo_srgb: (height, width, 3) uint8 sRGB.

    Raises:
        BadInput: when the proportions differ by more than 2 %.
    """
    import cv2

    height, width = photo_srgb.shape[:2]
    values = fit_disparity(disparity, (height, width)).values
    scale = max(height, width) / 1024
    reach_px = max(1, round(_MAX_OFFSET_PX * scale))
    square = np.ones((3, 3), np.uint8)
    steps = cv2.morphologyEx(values, cv2.MORPH_GRADIENT, square)
    uncertain = _dilated(steps > _EDGE_SHARE * (disparity.nearest - disparity.farthest), reach_px)
    confidence = np.where(uncertain, np.float32(_MIN_CONFIDENCE), np.float32(1))
    guide = np.asarray(cv2.bilateralFilter(photo_srgb, 5, 20, 3), np.uint8)

    def smooth(image: Floats) -> Floats:
        return np.asarray(
            cv2.ximgproc.fastGlobalSmootherFilter(guide, image, _SMOOTHING * scale**2, _GUIDE_DELTA), np.float32
        )

    around = smooth(confidence * values) / np.maximum(smooth(confidence), 1e-8)
    window = np.ones((4 * reach_px + 1, 4 * reach_px + 1), np.uint8)
    low, high = cv2.erode(values, window), cv2.dilate(values, window)
    edges = _dilated((cv2.morphologyEx(guide, cv2.MORPH_GRADIENT, square) > _PHOTO_EDGE).any(axis=-1), reach_px)
    share = cv2.GaussianBlur((uncertain & edges).astype(np.float32), (0, 0), reach_px / 3)
    aligned = values + share * (np.clip(around, low, high) - values)
    return replace(disparity, values=np.asarray(aligned, np.float32))


def _dilated(mask: Any, by_px: int) -> NDArray[np.bool_]:
    import cv2

    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by_px + 1, 2 * by_px + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)
