"""Aligns a disparity map with the edges of the photo; phones record small maps whose outlines are slightly off."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.depth.resample import fit_disparity

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
