"""The built-in restorer: deblurring, and what it did in words."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.restore.contract import Restored
from refocus.restore.deblur import deblur

_SOFT_PX = 2.0
_NOTEWORTHY_SHARE = 0.01
_STRONG_PX = 12.0  # above it little comes back


def restore_photo(
    photo_srgb: NDArray[np.uint8], disparity: Disparity, report: Callable[[float], None] | None = None
) -> Restored:
    """Sharpen what was out of focus; a `Restorer`. Blur is found in the picture itself, so disparity is not needed.

    `report` is told how much is done, in [0, 1]; it may raise to stop.
    """
    restored_srgb, blur_px = deblur(photo_srgb) if report is None else deblur(photo_srgb, report=report)
    return Restored(restored_srgb, (_account(blur_px),), blur_px)


def _account(blur_px: NDArray[np.float32]) -> str:
    soft = float((blur_px > _SOFT_PX).mean())
    if soft < _NOTEWORTHY_SHARE:
        return "The photo is sharp throughout: nothing had to be restored."
    strong = bool((blur_px > _STRONG_PX).mean() > _NOTEWORTHY_SHARE)
    rest = " Where blur was strong it stays soft." if strong else ""
    return f"What was out of focus ({100 * soft:.0f} % of the photo) was sharpened by estimate.{rest}"
