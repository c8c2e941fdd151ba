"""A camera's own depth map brought onto the photo's outlines: phones record maps of few pixels, a little off."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.depth.fit import fit_disparity

Floats = NDArray[np.float32]

_EDGE_SHARE = 0.04  # a step above this share of the map's range is an outline
_DOUBT_PX = 5.0  # how far outlines may be off, at a long side of 1024 px
_LEAST_TRUST = 1e-4  # of values at an outline; they give way to those beside it
_REACH = 400.0  # strength of the smoothing along the photo, at a long side of 1024 px
_PHOTO_EDGE = 24  # grey levels between neighbours
_GUIDE_DELTA = 8.0  # grey levels: a smaller difference in the photo is no outline


def align_to_photo(disparity: Disparity, photo_srgb: NDArray[np.uint8]) -> Disparity:
    """The map at the photo's size, its steps where the photo has edges.

    Values close to a step are doubted and taken anew from both its sides, as far as the photo's edges let them spread
    (fast global smoother with confidence, Min et al., TIP 2014); values away from steps stay.

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
    reach_px = max(1, round(_DOUBT_PX * scale))
    doubt = _near_steps(values, reach_px, disparity)
    trust = np.where(doubt, np.float32(_LEAST_TRUST), np.float32(1))
    guide = np.asarray(cv2.bilateralFilter(photo_srgb, 5, 20, 3), np.uint8)

    def spread(what: Floats) -> Floats:
        return np.asarray(
            cv2.ximgproc.fastGlobalSmootherFilter(guide, what, _REACH * scale**2, _GUIDE_DELTA), np.float32
        )

    around = spread(trust * values) / np.maximum(spread(trust), 1e-8)
    low, high = _neighbourhood(values, 2 * reach_px)
    share = cv2.GaussianBlur((doubt & _near_photo_edges(guide, reach_px)).astype(np.float32), (0, 0), reach_px / 3)
    aligned = values + share * (np.clip(around, low, high) - values)
    return replace(disparity, values=np.asarray(aligned, np.float32))


def _near_steps(values: Floats, reach_px: int, disparity: Disparity) -> NDArray[np.bool_]:
    return _grown(_range(values, 1) > _EDGE_SHARE * (disparity.nearest - disparity.farthest), reach_px)


def _near_photo_edges(photo_srgb: NDArray[np.uint8], reach_px: int) -> NDArray[np.bool_]:
    """Where the photo has an edge sharp enough to hold an outline; the edges of what is out of focus are none."""
    return _grown(np.asarray((_range(photo_srgb, 1) > _PHOTO_EDGE).any(axis=-1)), reach_px)


def _grown(mask: NDArray[np.bool_], by_px: int) -> NDArray[np.bool_]:
    import cv2

    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by_px + 1, 2 * by_px + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)


def _range(values: NDArray[Any], reach_px: int) -> NDArray[Any]:
    low, high = _neighbourhood(values, reach_px)
    return np.asarray(high - low)


def _neighbourhood(values: NDArray[Any], reach_px: int) -> tuple[Any, Any]:
    import cv2

    square = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    return cv2.erode(values, square), cv2.dilate(values, square)
