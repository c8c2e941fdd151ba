"""Sizes of pictures in pixels: limits, sizes fitted to a long side, and the most common size of several pictures."""

from collections.abc import Iterable

MIN_SIDE_PX = 64
"""Photos with a shorter side are refused."""
DEFAULT_MAX_PIXELS = 50_000_000
"""Photos, maps and masks with more pixels are refused."""
DEFAULT_MAX_STACK_PIXELS = 120_000_000
"""Nine frames of 13 megapixels; on two CPU cores that is a minute and a half, and about 2 GB."""
PILLOW_MAX_PIXELS = 178_000_000
"""Pillow refuses to decode pictures with more pixels."""

Size = tuple[int, int]
"""Two sides in pixels, in either order."""


def fitted_size(size: Size, long_side_px: int, *, min_side_px: int = 1) -> Size:
    """The size with its longer side reduced to at most `long_side_px`, in the same proportions; never enlarged.

    Args:
        size: both sides in pixels.
        long_side_px: upper limit of the longer side.
        min_side_px: lower limit of each side of the result.
    """
    scale = min(1.0, long_side_px / max(size))
    return max(min_side_px, round(size[0] * scale)), max(min_side_px, round(size[1] * scale))


def most_common_size(sizes: Iterable[Size]) -> Size:
    """The size that occurs most often; (0, 0) when there is none."""
    listed = list(sizes)
    return max(set(listed), key=listed.count, default=(0, 0))


def megapixels(pixels: int) -> str:
    """A number of pixels in megapixels, with two digits, or whole from ten on."""
    return f"{pixels / 1e6:.0f}" if pixels >= 10_000_000 else f"{pixels / 1e6:.2g}"
