"""The focus of a photo: the disparity at which its estimated blur vanishes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS = 65
_SHARP_PX = 1.5  # a photo with less blur almost everywhere is sharp throughout
_MIN_BLURRED_SHARE = 0.04
_MAX_BLUR_PX = 12.0  # larger estimates are not reliable
_MOST_ERROR_OF_EVEN = 0.8  # of the error of even blur: about 0.6 where a lens blurred the photo, else above 1
_MIN_CONTRAST = 4.0  # grey levels; smooth places do not show their blur


@dataclass(frozen=True, slots=True)
class PhotoFocus:
    """The lens setting a photo was taken with.

    Attributes:
        disparity: disparity in focus.
        coc_px_per_disparity: blur diameter in pixels per unit of disparity.
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
        blur_px: (height / 4, width / 4), rounded up: blur diameter, see `Restored.blur_px`.

    Returns:
        The focus; None when the photo is sharp throughout, so that every focus fits, or when its blur does not follow
        from its disparity.
    """
    import cv2

    size = blur_px.shape[1], blur_px.shape[0]
    disparities = np.asarray(cv2.resize(disparity, size, interpolation=cv2.INTER_AREA), np.float32).ravel()
    weight = _reliability(photo_srgb, size).ravel()
    blur = np.minimum(blur_px, _MAX_BLUR_PX).ravel()
    if weight.sum() <= 0 or np.average(blur > _SHARP_PX, weights=weight) < _MIN_BLURRED_SHARE:
        return None
    low, high = np.percentile(disparities, (0.5, 99.5))
    tried = [(_fit(disparities, blur, weight, focus), float(focus)) for focus in np.linspace(low, high, _STEPS)]
    (error, slope), focus = min(tried, key=lambda entry: entry[0][0])
    even = float(np.average(np.abs(blur - np.median(blur[weight > 0])), weights=weight))
    return PhotoFocus(focus, slope) if error < _MOST_ERROR_OF_EVEN * even else None


def _fit(
    disparities: NDArray[np.float32], blur: NDArray[np.float32], weight: NDArray[np.float32], focus: float
) -> tuple[float, float]:
    """Smallest weighted mean absolute error over a few slopes, and its slope."""
    away = np.abs(disparities - focus)
    typical = np.average(blur, weights=weight) / max(float(np.average(away, weights=weight)), 1e-6)
    slopes = typical * np.array([0.5, 0.7, 1.0, 1.4, 2.0])
    errors = [
        float(np.average(np.abs(np.minimum(slope * away, _MAX_BLUR_PX) - blur), weights=weight)) for slope in slopes
    ]
    best = int(np.argmin(errors))
    return errors[best], float(slopes[best])


def _reliability(photo_srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """Weight of each place in [0, 1], from its contrast: smooth places do not show their blur."""
    import cv2

    grey = cv2.cvtColor(photo_srgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 4))
    small = cv2.resize(contrast, size, interpolation=cv2.INTER_AREA)
    return np.clip(small / _MIN_CONTRAST - 0.5, 0, 1).astype(np.float32)
