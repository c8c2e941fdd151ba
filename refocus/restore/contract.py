"""What every way of making an all-in-focus photo promises."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """An all-in-focus photo.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB.
        notes: what was done or left undone, in words a user reads.
        blur_px: (height / 4, width / 4), rounded up, float32: the diameter of the blur the photo had, in pixels of
            `rgb`; None when nobody looked.
    """

    rgb: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    blur_px: NDArray[np.float32] | None = None


Restorer = Callable[[NDArray[np.uint8], Disparity], Restored]
"""restorer(photo_srgb, disparity): the photo is (height, width, 3) uint8 sRGB, the disparity of its size."""
