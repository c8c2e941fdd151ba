"""Sizes of pictures in pixels: limits, sizes fitted to a long side, and the most common size of several pictures."""

from collections.abc import Iterable

from refocus.core.errors import BadInput

MIN_SIDE_PX = 64
"""Photos with a shorter side are refused."""
DEFAULT_MAX_PIXELS = 65_000_000
"""Photos, maps and masks with more pixels are refused; phones take photos of 64 megapixels."""
DEFAULT_MAX_STACK_PIXELS = 120_000_000
"""Nine frames of 13 megapixels; on two CPU cores that is a minute and a half, and about 2 GB."""
PILLOW_MAX_PIXELS = 178_000_000
"""Pillow refuses to decode pictures with more pixels."""

_ASPECT_TOLERANCE = 0.02
CROPPED_TOLERANCE = 0.05
"""Allowed difference in proportions of a picture from a network, which may crop to multiples of some pixels."""

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


def megapixels(pixels: int, limit: int) -> tuple[str, str]:
    """A number of pixels and a limit below it in megapixels, with as many decimals as it takes to tell them apart."""
    for decimals in range(7):
        both = f"{pixels / 1e6:.{decimals}f}", f"{limit / 1e6:.{decimals}f}"
        if both[0] != both[1] and both[1] != "0":
            return both
    return f"{pixels / 1e6:g}", f"{limit / 1e6:g}"


def check_aspect(
    map_size: tuple[int, ...], size: tuple[int, int], name: str, *, tolerance: float = _ASPECT_TOLERANCE
) -> None:
    """Raise BadInput when the proportions of a map and of its photo, both (height, width), differ by over 2 %.

    Args:
        map_size, size: of the map and the photo.
        name: of the map, for the message.
        tolerance: another share than 2 %.
    """
    (map_height, map_width), (height, width) = map_size, size
    if abs(map_width * height / (map_height * width) - 1) > tolerance:
        turned = abs(map_height * height / (map_width * width) - 1) <= tolerance
        raise BadInput(
            f"{name} is {map_width}x{map_height} px and the photo {width}x{height} px, so they do not match.",
            todo="Rotate it like the photo." if turned else "Give one of the whole photo, uncropped.",
        )


def check_photo_size(name: str, size: Size, max_pixels: int, min_side_px: int = MIN_SIDE_PX) -> None:
    """Raise BadInput when a photo of (width, height) has too many pixels, or a side that is too short."""
    width, height = size
    if width * height > max_pixels:
        own, most = megapixels(width * height, max_pixels)
        raise BadInput(
            f"{name} is too large: {width}x{height} px are {own} megapixels, but at most {most} are taken.",
            todo="Make it smaller first.",
        )
    if min(width, height) < min_side_px:
        raise BadInput(
            f"{name} is too small: {width}x{height} px, but each side needs at least {min_side_px} px.",
            todo="Choose a larger photo.",
        )
