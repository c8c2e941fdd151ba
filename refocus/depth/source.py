"""The contract every source of depth fulfils."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity

_LEAST_SIDE_PX = 16


class DepthSource(Protocol):
    """Anything that says how near each pixel of a photo is: a file, a network, the picture's own cues.

    A source is called with the photo and answers a map of the same height and width, whose `source`
    tells the user in plain words where it comes from. One that cannot answer raises: `BadInput` for
    a photo or file it cannot use, `EngineNotReady` when it lacks weights or a package.
    """

    def __call__(self, photo_srgb: NDArray[np.uint8], /) -> Disparity:
        """Disparity of a (height, width, 3) uint8 sRGB photo: same height and width."""
        ...


def check_photo(photo_srgb: NDArray[np.uint8]) -> None:
    """Refuse what is not a photo; the first thing each source does.

    Raises:
        BadInput: unless the array is (height, width, 3) uint8, at least 16 px a side.
    """
    if photo_srgb.ndim != 3 or photo_srgb.shape[2] != 3 or photo_srgb.dtype != np.uint8:
        raise BadInput(
            f"Depth needs a (height, width, 3) uint8 sRGB photo, not {photo_srgb.dtype} of shape {photo_srgb.shape}.",
            todo="Open the file with Photo.open.",
        )
    if min(photo_srgb.shape[:2]) < _LEAST_SIDE_PX:
        height, width = photo_srgb.shape[:2]
        raise BadInput(f"The photo is too small for depth: {width}x{height} px.", todo="Use a larger one.")
