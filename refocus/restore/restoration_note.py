"""What the user is told about a restoration: how much was sharpened, and where it could not be."""

import numpy as np
from numpy.typing import NDArray

from refocus.restore.spectrum import Floats

_BLURRED_PX, _STRONG_PX = 2.0, 12.0  # little detail comes back above the second
_NOTED_SHARE = 0.01
_ROWS, _COLUMNS = ("top", "", "bottom"), ("left", "", "right")


def restoration_note(photo_srgb: NDArray[np.uint8], restored_srgb: NDArray[np.uint8], blur_px: Floats) -> str:
    """A sentence or two for the user.

    Args:
        photo_srgb, restored_srgb: (height, width, 3) uint8 sRGB, before and after.
        blur_px: (height / 4, width / 4), rounded up: estimated blur diameter of the photo.
    """
    blurred = blur_px > _BLURRED_PX
    share = float(blurred.mean())
    without_detail = np.ptp(photo_srgb) == 0 or (share >= _NOTED_SHARE and np.array_equal(photo_srgb, restored_srgb))
    if without_detail:
        return "The photo has no detail that could be sharpened."
    if share < _NOTED_SHARE:
        return "The photo is sharp throughout: nothing had to be restored."
    before, after = (_contrast(picture, blurred) for picture in (photo_srgb, restored_srgb))
    gain = 100 * (after / max(before, 1e-6) - 1)
    note = (
        f"What was out of focus ({100 * share:.0f} % of the photo) was sharpened by estimate: {gain:+.0f} % contrast."
    )
    strong = blur_px > _STRONG_PX
    if strong.mean() <= _NOTED_SHARE:
        return note
    return f"{note} It stays soft where blur was strong ({100 * strong.mean():.0f} % of the photo, {_place(strong)})."


def _contrast(picture_srgb: NDArray[np.uint8], cells: NDArray[np.bool_]) -> float:
    """Mean difference of neighbouring pixels in the chosen cells."""
    import cv2

    grey = cv2.cvtColor(picture_srgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    difference = np.abs(np.diff(grey, axis=0, append=grey[-1:])) + np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    means = np.asarray(cv2.resize(difference, cells.shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
    return float(means[cells].mean())


def _place(cells: NDArray[np.bool_]) -> str:
    """Where most of the cells are, such as "mostly at the top left"."""
    places = np.argwhere(cells).mean(axis=0) / cells.shape
    row, column = (min(int(3 * place), 2) for place in places)
    words = " ".join(word for word in (_ROWS[row], _COLUMNS[column]) if word)
    return f"mostly at the {words}" if words else "around the middle"
