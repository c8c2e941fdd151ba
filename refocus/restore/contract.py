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
    """

    rgb: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


Restorer = Callable[[NDArray[np.uint8], Disparity], Restored]
"""restorer(photo_srgb, disparity): the photo is (height, width, 3) uint8 sRGB, the disparity of its size."""


def keep_as_taken(photo_srgb: NDArray[np.uint8], disparity: Disparity) -> Restored:
    """Use the photo itself, and say what that means: it is right for photos sharp from front to back."""
    return Restored(photo_srgb, ("The photo is used as taken: what was out of focus in it stays soft.",))
