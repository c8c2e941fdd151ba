"""The built-in restorer: amplifies the photo's own detail where it is out of focus, and leaves the rest unchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from refocus.restore.network import BlurEstimate, BlurNetwork, trained_network
from refocus.restore.spectrum import BANDS, CELL_PX, Floats, detail_bands, lightness_of, local_spectrum

if TYPE_CHECKING:
    from torch import Tensor

SHARP_BELOW_PX, BLURRED_ABOVE_PX = 1.5, 3.0
_STRIP_PX, _MARGIN_PX = 768, 96  # strips with margins keep the memory small
_RANGE_RADIUS_PX, _RANGE_MARGIN = 5, 0.05  # costs under 0.01 dB on crops, and removes two thirds of the bright rims
_NOTED_BLUR_PX, _STRONG_BLUR_PX = 2.0, 12.0  # little detail can be restored above the second
_NOTED_SHARE = 0.01
_Values = TypeVar("_Values", Floats, "Tensor")


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """An all-in-focus photo.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB.
        notes: for the user, on what was restored.
        blur_px: (height / 4, width / 4), rounded up, float32: blur diameter of the original photo, in pixels of `rgb`;
            None when it was not estimated.
    """

    rgb: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    blur_px: NDArray[np.float32] | None = None


def restore_photo(photo_srgb: NDArray[np.uint8], report: Callable[[float], None]) -> Restored:
    """Sharpen what is out of focus in a photo, without a map of its disparity.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, any size.
        report: called with the fraction done, in [0, 1]; may raise to stop.
    """
    restored_srgb, blur_px = deblur(photo_srgb, report=report)
    if np.array_equal(restored_srgb, photo_srgb) and float(blur_px.mean()) > _NOTED_BLUR_PX:
        return Restored(restored_srgb, ("The photo has no detail that could be sharpened.",), blur_px)
    return Restored(restored_srgb, (_restoration_note(blur_px),), blur_px)


def _restoration_note(blur_px: Floats) -> str:
    blurred = float((blur_px > _NOTED_BLUR_PX).mean())
    if blurred < _NOTED_SHARE:
        return "The photo is sharp throughout: nothing had to be restored."
    strong = bool((blur_px > _STRONG_BLUR_PX).mean() > _NOTED_SHARE)
    rest = " Where blur was strong it stays soft." if strong else ""
    return f"What was out of focus ({100 * blurred:.0f} % of the photo) was sharpened by estimate.{rest}"


def deblur(
    photo_srgb: NDArray[np.uint8],
    network: BlurNetwork | None = None,
    report: Callable[[float], None] = lambda fraction: None,
) -> tuple[NDArray[np.uint8], Floats]:
    """Sharpen the blurred parts of a photo, and estimate their blur.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, any size.
        network: the trained one by default.
        report: called with the fraction done, in [0, 1], before each strip; may raise to stop.

    Returns:
        The restored photo, of the same shape, in which every sharp pixel is unchanged; and the blur diameter in pixels,
        (height / 4, width / 4), rounded up, float32.
    """
    network = network or trained_network()
    height, width = photo_srgb.shape[:2]
    padded = np.pad(photo_srgb, ((0, -height % CELL_PX), (0, -width % CELL_PX), (0, 0)), mode="edge")
    restored = np.empty_like(padded)
    blur_px = np.empty((padded.shape[0] // CELL_PX, padded.shape[1] // CELL_PX), np.float32)
    for top in range(0, padded.shape[0], _STRIP_PX):
        report(top / padded.shape[0])
        first, last = max(0, top - _MARGIN_PX), min(padded.shape[0], top + _STRIP_PX + _MARGIN_PX)
        strip, strip_blur_px = _deblur_strip(padded[first:last], network)
        bottom = min(top + _STRIP_PX, padded.shape[0])
        restored[top:bottom] = strip[top - first : bottom - first]
        blur_px[top // CELL_PX : bottom // CELL_PX] = strip_blur_px[
            (top - first) // CELL_PX : (bottom - first) // CELL_PX
        ]
    return restored[:height, :width], blur_px


def gate(blur_px: _Values) -> _Values:
    """Weight of the restoration: 0 where the photo is sharp, 1 where it is clearly blurred."""
    return ((blur_px - SHARP_BELOW_PX) / (BLURRED_ABOVE_PX - SHARP_BELOW_PX)).clip(0, 1)


def _deblur_strip(strip_srgb: NDArray[np.uint8], network: BlurNetwork) -> tuple[NDArray[np.uint8], Floats]:
    photo = strip_srgb.astype(np.float32) / np.float32(255)
    bands = detail_bands(photo)
    estimate = network.estimate(local_spectrum(photo, bands))
    restored = np.rint(255 * _limited(photo + _missing_detail(bands, estimate), photo))
    return np.clip(restored, 0, 255).astype(np.uint8), estimate.blur_px


def _missing_detail(bands: Floats, estimate: BlurEstimate) -> Floats:
    """Detail to add, (height, width, 3): each band times its gain, for lightness and colour separately."""
    weight = gate(estimate.blur_px)
    size = bands.shape[2], bands.shape[1]
    added: Floats = np.zeros(bands.shape[1:], np.float32)
    for index in range(BANDS):
        lightness_gain, colour_gain = estimate.lightness_gains[..., index], estimate.colour_gains[..., index]
        lightness = _to_pixels(weight * (lightness_gain - colour_gain), size) * lightness_of(bands[index])
        added += _to_pixels(weight * colour_gain, size)[..., None] * bands[index] + lightness[..., None]
    return added


def _limited(restored: Floats, photo: Floats) -> Floats:
    """Clip each pixel to the range of the photo around it, plus a margin, so that edges get no bright rims."""
    import cv2

    window = np.ones((2 * _RANGE_RADIUS_PX + 1, 2 * _RANGE_RADIUS_PX + 1), np.uint8)
    low, high = cv2.erode(photo, window), cv2.dilate(photo, window)
    margin = _RANGE_MARGIN * (high - low)
    return np.asarray(np.clip(restored, low - margin, high + margin), np.float32)


def _to_pixels(cells: Floats, size: tuple[int, int]) -> Floats:
    """Interpolate values of cells to pixels, (height, width)."""
    import cv2

    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)
