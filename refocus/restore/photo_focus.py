"""Where a photo was focused: the disparity at which its own blur, as found by restoring it, vanishes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS = 65
_SHALLOW_PX = 1.5  # a photo with less blur than this almost everywhere is sharp throughout
_LEAST_BLURRED_SHARE = 0.04
_LARGEST_PX = 12.0  # above this the blur found says only "much"
_DETAIL = 4.0  # grey levels of contrast from which a place shows how blurred it is


@dataclass(frozen=True, slots=True)
class PhotoFocus:
    """The lens setting a photo was taken with.

    Attributes:
        disparity: what was in focus.
        coc_px_per_disparity: how fast its blur grows away from there, pixels of diameter.
    """

    disparity: float
    coc_px_per_disparity: float


def photo_focus(
    photo_srgb: NDArray[np.uint8], disparity: NDArray[np.float32], blur_px: NDArray[np.float32]
) -> PhotoFocus | None:
    """Estimate the focus of a photo by fitting |coc| = slope * |disparity - focus| to its blur.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, as taken.
        disparity: (height, width), larger is nearer.
        blur_px: (height / 4, width / 4), rounded up: the blur's diameter, as `Restored.blur_px`.

    Returns:
        The focus; None when the photo is sharp throughout, so that any focus matches it.
    """
    import cv2

    size = blur_px.shape[1], blur_px.shape[0]
    nearness = np.asarray(cv2.resize(disparity, size, interpolation=cv2.INTER_AREA), np.float32).ravel()
    weight = _telling(photo_srgb, size).ravel()
    blur = np.minimum(blur_px, _LARGEST_PX).ravel()
    if weight.sum() <= 0 or np.average(blur > _SHALLOW_PX, weights=weight) < _LEAST_BLURRED_SHARE:
        return None
    low, high = np.percentile(nearness, (0.5, 99.5))
    tried = [(_fit(nearness, blur, weight, focus), float(focus)) for focus in np.linspace(low, high, _STEPS)]
    (_, slope), focus = min(tried, key=lambda entry: entry[0][0])
    return PhotoFocus(focus, slope)


def _fit(
    nearness: NDArray[np.float32], blur: NDArray[np.float32], weight: NDArray[np.float32], focus: float
) -> tuple[float, float]:
    """Weighted mean absolute error of the best slope of a few, and that slope."""
    away = np.abs(nearness - focus)
    typical = np.average(blur, weights=weight) / max(float(np.average(away, weights=weight)), 1e-6)
    slopes = typical * np.array([0.5, 0.7, 1.0, 1.4, 2.0])
    errors = [
        float(np.average(np.abs(np.minimum(slope * away, _LARGEST_PX) - blur), weights=weight)) for slope in slopes
    ]
    best = int(np.argmin(errors))
    return errors[best], float(slopes[best])


def _telling(photo_srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """How much each place says about blur: its contrast, at most 1; smooth places say nothing."""
    import cv2

    grey = cv2.cvtColor(photo_srgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 4))
    small = cv2.resize(contrast, size, interpolation=cv2.INTER_AREA)
    return np.clip(small / _DETAIL - 0.5, 0, 1).astype(np.float32)
