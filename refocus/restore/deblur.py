"""The built-in restorer: gives back the detail that defocus took, and leaves the rest unchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.restore.blur_map import estimate_blur, padded_photo, strips_of
from refocus.restore.photo_focus import PhotoFocus, photo_focus
from refocus.restore.restoration_note import restoration_note
from refocus.restore.spectrum import CELL_PX, Floats

Restoration = Literal["off", "careful", "full"]
"""How strongly what is out of focus is sharpened: not at all, by half of the estimated detail, or by all of it."""
SHARP_BELOW_PX, BLURRED_ABOVE_PX = 1.0, 2.0
STRONG_ABOVE_PX, LOST_ABOVE_PX = 12.0, 20.0  # between them what is predicted becomes guesswork
_SHARES: dict[Restoration, float] = {"careful": 0.5, "full": 1.0}
_NOTHING = 0.75 / 255  # less detail is as often wrong as right
_RANGE_RADIUS_PX, _RANGE_MARGIN = 5, 0.05  # removes rims beside edges
_SIDE_PER_PX = 0.5  # the side of the focus is certain from 2 px of blur on

MissingDetail = Callable[[Floats, Floats, Floats], Floats]
"""Photo, blur and side to the missing detail, as `predict_missing_detail`."""


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """An all-in-focus photo.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB.
        notes: for the user, on what was restored.
        blur_px: (height / 4, width / 4), rounded up, float32: blur diameter of the original photo, in pixels of `rgb`;
            None when it was not estimated.
        focus: the lens setting the photo was taken with; None when it is not known.
    """

    rgb: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    blur_px: NDArray[np.float32] | None = None
    focus: PhotoFocus | None = None


def restore_photo(
    photo_srgb: NDArray[np.uint8],
    report: Callable[[float], None] = lambda fraction: None,
    *,
    blur_px: Floats | None = None,
    disparity: Disparity | None = None,
    restoration: Restoration = "full",
) -> Restored:
    """Sharpen what is out of focus in a photo.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, any size.
        report: called with the fraction done, in [0, 1], before each strip; may raise to stop.
        blur_px: what `estimate_blur` returns for the photo, when it has been called already.
        disparity: of the photo, of the same height and width; it tells which side of the focus everything is on.
        restoration: strength.
    """
    blur_px = estimate_blur(photo_srgb) if blur_px is None else blur_px
    focus = None if disparity is None else photo_focus(photo_srgb, disparity.values, blur_px)
    if restoration == "off":
        return Restored(photo_srgb, ("What is out of focus was not sharpened, as requested.",), blur_px, focus)
    side = np.zeros_like(blur_px) if disparity is None or focus is None else _side(disparity.values, focus, blur_px)
    restored = add_detail(photo_srgb, blur_px, side, share=_SHARES[restoration], report=report)
    return Restored(restored, (restoration_note(photo_srgb, restored, blur_px),), blur_px, focus)


def add_detail(
    photo_srgb: NDArray[np.uint8],
    blur_px: Floats,
    side: Floats,
    *,
    share: float = 1.0,
    missing_detail: MissingDetail | None = None,
    report: Callable[[float], None] = lambda fraction: None,
) -> NDArray[np.uint8]:
    """Add the missing detail to the blurred parts of a photo.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB.
        blur_px: (height / 4, width / 4), rounded up: estimated blur diameter.
        side: same shape, in [-1, 1]: 1 nearer than the focus, -1 beyond it, 0 not known.
        share: of the detail, in [0, 1].
        missing_detail: the trained network by default.
        report: as for `restore_photo`.

    Returns:
        A photo of the same shape, in which every sharp pixel is unchanged.
    """
    from refocus.models.restoration.trained_restoration import predict_missing_detail

    predict = missing_detail or predict_missing_detail
    height, width = photo_srgb.shape[:2]
    padded = padded_photo(photo_srgb)
    rows, columns = padded.shape[0] // CELL_PX, padded.shape[1] // CELL_PX
    around = (0, rows - blur_px.shape[0]), (0, columns - blur_px.shape[1])
    blur_px, side = np.pad(blur_px, around, mode="edge"), np.pad(side, around, mode="edge")
    restored = np.empty_like(padded)
    for strip in strips_of(padded.shape[0]):
        report(strip.kept.start / padded.shape[0])
        seen, cells = padded[strip.seen].astype(np.float32) / np.float32(255), strip.cells(CELL_PX)
        strip_blur_px = np.ascontiguousarray(blur_px[cells.seen])
        missing = predict(seen, strip_blur_px, np.ascontiguousarray(side[cells.seen]))
        missing = missing - np.clip(missing, -_NOTHING, _NOTHING)
        weight = _to_pixels(gate(strip_blur_px) * np.float32(share), (seen.shape[1], seen.shape[0]))
        sharper = np.rint(255 * _limited(seen + weight[..., None] * missing, seen))
        restored[strip.kept] = np.clip(sharper, 0, 255).astype(np.uint8)[strip.within]
    return restored[:height, :width]


def gate(blur_px: Floats) -> Floats:
    """Weight of the restoration: 0 where the photo is sharp, 1 where it is blurred, 0 where blur is very strong."""
    bounds = (SHARP_BELOW_PX, BLURRED_ABOVE_PX, STRONG_ABOVE_PX, LOST_ABOVE_PX)
    return np.interp(blur_px, bounds, (0.0, 1.0, 1.0, 0.0)).astype(np.float32)


def _side(disparity: Floats, focus: PhotoFocus, blur_px: Floats) -> Floats:
    """Which side of the focus each cell is on, in [-1, 1]."""
    import cv2

    cells = np.asarray(cv2.resize(disparity, blur_px.shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
    coc_px = focus.coc_px_per_disparity * (cells - focus.disparity)
    return np.clip(coc_px * _SIDE_PER_PX, -1, 1).astype(np.float32)


def _limited(restored: Floats, photo: Floats) -> Floats:
    """Clip each pixel to the range of the photo around it, plus a margin, so that edges get no rims."""
    import cv2

    window = np.ones((2 * _RANGE_RADIUS_PX + 1, 2 * _RANGE_RADIUS_PX + 1), np.uint8)
    low, high = cv2.erode(photo, window), cv2.dilate(photo, window)
    margin = np.float32(_RANGE_MARGIN) * (high - low)
    return np.asarray(np.clip(restored, low - margin, high + margin), np.float32)


def _to_pixels(cells: Floats, size: tuple[int, int]) -> Floats:
    """Interpolate values of cells to pixels, (height, width)."""
    import cv2

    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)
