"""Sharpens what was out of focus by gains on the photo's own detail; leaves the rest exactly as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from refocus.restore.network import BlurNetwork, Judged, trained_network
from refocus.restore.spectrum import BANDS, CELL_PX, Floats, detail_bands, lightness_of, local_spectrum

if TYPE_CHECKING:
    from torch import Tensor

SHARP_BELOW_PX, BLURRED_ABOVE_PX = 1.5, 3.0
_STRIP_PX, _MARGIN_PX = 768, 96  # worked on in strips with margins, so that memory stays small
_AROUND_PX, _LEEWAY = 5, 0.05  # costs under 0.01 dB on crops of photographs and takes two thirds of the rims
_Values = TypeVar("_Values", Floats, "Tensor")


def _silent(fraction: float) -> None:
    """Tells nobody."""


def deblur(
    photo_srgb: NDArray[np.uint8], network: BlurNetwork | None = None, report: Callable[[float], None] = _silent
) -> tuple[NDArray[np.uint8], Floats]:
    """Restore a photo.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, any size.
        network: by default the trained one.
        report: told how much is done, in [0, 1], before each strip; may raise to stop.

    Returns:
        The photo with its blurred parts sharpened, same shape, and every other pixel exactly as it was; and the
        blur's diameter in px, (height / 4, width / 4), rounded up, float32.
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
    """Share of the restoration let through: 0 where the photo is sharp, 1 where it is clearly not."""
    return ((blur_px - SHARP_BELOW_PX) / (BLURRED_ABOVE_PX - SHARP_BELOW_PX)).clip(0, 1)


def _deblur_strip(strip_srgb: NDArray[np.uint8], network: BlurNetwork) -> tuple[NDArray[np.uint8], Floats]:
    photo = strip_srgb.astype(np.float32) / np.float32(255)
    bands = detail_bands(photo)
    judged = network.judge(local_spectrum(photo, bands))
    restored = np.rint(255 * _without_rings(photo + _missing(bands, judged), photo))
    return np.clip(restored, 0, 255).astype(np.uint8), judged.blur_px


def _missing(bands: Floats, judged: Judged) -> Floats:
    """What to add, (height, width, 3): each band by its gain, lightness and colour apart."""
    share = gate(judged.blur_px)
    size = bands.shape[2], bands.shape[1]
    added: Floats = np.zeros(bands.shape[1:], np.float32)
    for index in range(BANDS):
        lightness_gain, colour_gain = judged.lightness_gains[..., index], judged.colour_gains[..., index]
        lightness = _spread(share * (lightness_gain - colour_gain), size) * lightness_of(bands[index])
        added += _spread(share * colour_gain, size)[..., None] * bands[index] + lightness[..., None]
    return added


def _without_rings(restored: Floats, photo: Floats) -> Floats:
    """Keep each pixel within what the photo shows around it, and a little more: a blurred step gets no bright rim."""
    import cv2

    around = np.ones((2 * _AROUND_PX + 1, 2 * _AROUND_PX + 1), np.uint8)
    least, most = cv2.erode(photo, around), cv2.dilate(photo, around)
    leeway = _LEEWAY * (most - least)
    return np.asarray(np.clip(restored, least - leeway, most + leeway), np.float32)


def _spread(cells: Floats, size: tuple[int, int]) -> Floats:
    """From cells to pixels, (height, width)."""
    import cv2

    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)
