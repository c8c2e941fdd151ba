"""Sizes of pictures in pixels: fitted to a long side, and agreed on by several pictures."""

from collections.abc import Iterable

Size = tuple[int, int]
"""Two sides in pixels. The functions work on (width, height) as on (height, width)."""


def fitted_size(size: Size, long_side_px: int, *, min_side_px: int = 1) -> Size:
    """The size with its longer side reduced to at most `long_side_px`, in the same proportions; never enlarged.

    Args:
        size: both sides in pixels, in either order.
        long_side_px: upper limit of the longer side.
        min_side_px: lower limit of each side of the result.
    """
    scale = min(1.0, long_side_px / max(size))
    return max(min_side_px, round(size[0] * scale)), max(min_side_px, round(size[1] * scale))


def most_common_size(sizes: Iterable[Size]) -> Size:
    """The size that occurs most often; (0, 0) when there is none."""
    listed = list(sizes)
    return max(set(listed), key=listed.count, default=(0, 0))
