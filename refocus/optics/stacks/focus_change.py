"""Whether the focus changes from photo to photo, as in a focal stack, or not, as in a burst or an exposure bracket."""

import numpy as np
from numpy.typing import NDArray

from refocus.core.focal_stack import check_frames
from refocus.core.sizes import fitted_size

_LONG_SIDE_PX = 512
_CELLS = 24  # along the long side
_FINE_SIGMA_PX, _COARSE_SIGMA_PX = 1.5, 6.0
_TEXTURED = 25.0  # variance of coarse detail in 8-bit codes, in every photo
_MIN_CELLS = 8
_PERCENTILE = 75.0

CHANGES, SAME = 0.8, 0.3
"""`focus_change` of focal stacks is above the first (1.9 and more of seven real ones; 0.6 of an exposure bracket), that
of photos of one focus below the second (0.14 of a burst, 0.27 of one photo with strong noise)."""


def focus_change(frames_srgb: NDArray[np.uint8]) -> float | None:
    """How much fine detail comes and goes: the range of its logarithm, in the quarter of the picture that changes most.

    Fine detail is taken relative to coarser detail at the same place, which hardly depends on exposure.

    Args:
        frames_srgb: (frames, height, width, 3) uint8, at least two, aligned.

    Returns:
        0 for equal photos, and for photos without any texture; None when too little of the picture has texture in all
        of them, as when one is black.

    Raises:
        BadInput: on another shape.
    """
    check_frames(frames_srgb)
    fine, coarse = (np.stack(detail) for detail in zip(*map(_detail, frames_srgb), strict=True))
    textured = coarse.min(axis=0) > _TEXTURED
    if textured.sum() < _MIN_CELLS:
        return None if (coarse.max(axis=0) > _TEXTURED).sum() >= _MIN_CELLS else 0.0
    sharpness = np.log((fine + 1) / (coarse + 1))[:, textured]
    return float(np.percentile(np.ptp(sharpness, axis=0), _PERCENTILE))


def _detail(frame_srgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Variance of fine and of coarser detail in cells of a photo, in 8-bit codes."""
    import cv2

    height, width = frame_srgb.shape[:2]
    small = cv2.resize(frame_srgb, fitted_size((width, height), _LONG_SIDE_PX), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    blurred = cv2.GaussianBlur(grey, (0, 0), _FINE_SIGMA_PX)
    cells = fitted_size((width, height), _CELLS)
    fine, coarse = grey - blurred, blurred - cv2.GaussianBlur(grey, (0, 0), _COARSE_SIGMA_PX)
    means = (cv2.resize(band * band, cells, interpolation=cv2.INTER_AREA) for band in (fine, coarse))
    first, second = (np.asarray(mean, np.float32) for mean in means)
    return first, second
