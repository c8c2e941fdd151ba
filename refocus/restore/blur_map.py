"""The blur of a photo, estimated from its detail, in strips with margins, which need little memory."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocus.restore.network import BlurNetwork, trained_network
from refocus.restore.spectrum import CELL_PX, Floats, detail_bands, local_spectrum

_MULTIPLE_PX = 16
_STRIP_PX, _MARGIN_PX = 768, 96  # multiples of 16


def estimate_blur(photo_srgb: NDArray[np.uint8], network: BlurNetwork | None = None) -> Floats:
    """Estimate the blur of a photo.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, any size.
        network: the trained one by default.

    Returns:
        (height / 4, width / 4), rounded up, float32: blur diameter in px.
    """
    height, width = photo_srgb.shape[:2]
    padded = padded_photo(photo_srgb)
    network = network or trained_network()
    blur_px = np.empty((padded.shape[0] // CELL_PX, padded.shape[1] // CELL_PX), np.float32)
    for strip in strips_of(padded.shape[0]):
        seen = padded[strip.seen].astype(np.float32) / np.float32(255)
        estimated = network.estimate(local_spectrum(seen, detail_bands(seen)))
        cells = strip.cells(CELL_PX)
        blur_px[cells.kept] = estimated[cells.within]
    return blur_px[: -(-height // CELL_PX), : -(-width // CELL_PX)]


def padded_photo(photo_srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A photo whose last row and column are repeated until both sides are multiples of 16 px."""
    height, width = photo_srgb.shape[:2]
    return np.pad(photo_srgb, ((0, -height % _MULTIPLE_PX), (0, -width % _MULTIPLE_PX), (0, 0)), mode="edge")


class Strip(NamedTuple):
    """Rows of a photo.

    Attributes:
        seen: rows to work on, with margins.
        kept: rows to keep of the photo, and of the strip.
        within: rows of the strip that are kept.
    """

    seen: slice
    kept: slice
    within: slice

    def cells(self, side_px: int) -> "Strip":
        """The same in rows of cells."""
        return Strip(*(slice(part.start // side_px, part.stop // side_px) for part in self))


def strips_of(height_px: int) -> Iterator[Strip]:
    """Strips that cover a photo of a height that is a multiple of 16 px, as all their bounds are."""
    for top in range(0, height_px, _STRIP_PX):
        bottom = min(top + _STRIP_PX, height_px)
        first, last = max(0, top - _MARGIN_PX), min(height_px, bottom + _MARGIN_PX)
        yield Strip(slice(first, last), slice(top, bottom), slice(top - first, bottom - first))
