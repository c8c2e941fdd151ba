"""Confidence of a disparity map, from its origin and from the agreement of its steps with the photo's edges."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, Origin
from refocus.core.sizes import fitted_size

_BY_ORIGIN: dict[Origin, float] = {"given": 1.0, "recorded": 0.8, "model": 0.9, "built-in": 0.6, "stack": 0.8}
_LONG_SIDE_PX = 512  # edges are compared at this size
_STEP_SHARE = 0.08  # a step between neighbours above this share of the map's range is an outline
_PHOTO_EDGE = 16.0  # grey levels between neighbours
_NEAR_PX = 2
_UNALIGNED = 0.6  # factor of the confidence when no outline is on an edge
_WORDS = ((0.85, "sure"), (0.65, "fairly sure"), (0.45, "roughly right"), (0.0, "a guess"))


def with_confidence(disparity: Disparity, photo_srgb: NDArray[np.uint8]) -> Disparity:
    """The map with its confidence; a map from the user is returned unchanged.

    Args:
        disparity: a map; a confidence it has replaces that of its origin.
        photo_srgb: (height, width, 3) uint8 sRGB of the same size.
    """
    if disparity.origin == "given":
        return disparity
    base = _BY_ORIGIN[disparity.origin] if disparity.confidence is None else disparity.confidence
    share = aligned_share(disparity.values, photo_srgb)
    return replace(disparity, confidence=round(base * (_UNALIGNED + (1 - _UNALIGNED) * share), 2))


def format_confidence(disparity: Disparity) -> str:
    """The confidence for messages: "fairly sure (0.81 of 1)"; empty when it is unknown."""
    if disparity.confidence is None:
        return ""
    words = next(words for least, words in _WORDS if disparity.confidence >= least)
    return f"{words} ({disparity.confidence:.2f} of 1)"


def depth_note(disparity: Disparity) -> str:
    """A note for the user on the source of the depth and its confidence."""
    sure = format_confidence(disparity)
    return f"Depth: {disparity.description}{f'; {sure}' if sure else ''}."


def aligned_share(values: NDArray[np.float32], photo_srgb: NDArray[np.uint8]) -> float:
    """Share of the map's outlines within 2 px of an edge of the photo, at a long side of 512 px; 1 without outlines.

    Args:
        values: (height, width) float32.
        photo_srgb: (height, width, 3) uint8 sRGB.
    """
    import cv2

    height, width = values.shape
    size = fitted_size((width, height), _LONG_SIDE_PX, min_side_px=8)
    small = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)
    photo = cv2.resize(photo_srgb, size, interpolation=cv2.INTER_AREA)
    square = np.ones((3, 3), np.uint8)
    steps = np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, square))
    outline = steps > _STEP_SHARE * float(np.ptp(values))
    if not outline.any():
        return 1.0
    edge = (np.asarray(cv2.morphologyEx(photo, cv2.MORPH_GRADIENT, square)) > _PHOTO_EDGE).any(axis=-1)
    near = cv2.dilate(np.asarray(edge, np.uint8), np.ones((2 * _NEAR_PX + 1, 2 * _NEAR_PX + 1), np.uint8)) > 0
    return float(near[outline].mean())
