"""The working size of a photo: the size at which the video model processes it. Needs no torch."""

import math

from refocus.core import BadInput

MULTIPLE_PX = 64
MAX_PIXELS = 500_000
_STEP = 0.01
_MAX_SIDE_PX = MAX_PIXELS // MULTIPLE_PX // MULTIPLE_PX * MULTIPLE_PX
MAX_ASPECT = _MAX_SIDE_PX / MULTIPLE_PX
"""Largest ratio of the long side to the short side that a working size can approximate."""


def working_size(width_px: int, height_px: int) -> tuple[int, int]:
    """The size to which a photo is resized for the model.

    The published rule: scale both sides and floor them to multiples of 64, where the scale starts at 1 and decreases
    by 0.01 until the area is at most 500,000 px. The scale is decremented in double precision as published, since
    1 - 0.01 n gives other sizes for some photos. Where this rule gives no usable size (a side below 64 px, or a photo
    with a side above 70,000 px), the largest size that fits and keeps the proportions is taken.

    Args:
        width_px, height_px: of the photo.

    Returns:
        (width, height), multiples of 64, at least 64 each, at most 500,000 px in area.

    Raises:
        BadInput: when the photo has no pixels, or one side is more than 122 times the other.
    """
    if width_px < 1 or height_px < 1:
        raise BadInput(f"A photo of {width_px}x{height_px} px has no pixels.", todo="Choose another photo.")
    if max(width_px, height_px) > MAX_ASPECT * min(width_px, height_px):
        raise BadInput(
            f"A photo of {width_px}x{height_px} px is too thin for the video model: "
            f"its long side may be at most {MAX_ASPECT:.0f} times its short side.",
            todo="Crop it, or choose the thin-lens engine.",
        )
    width, height = _published_size(width_px, height_px)
    if min(width, height) >= MULTIPLE_PX:
        return width, height
    return _fitting_size(width_px, height_px)


def chosen_size(
    photo_size: tuple[int, int], width: int | None, height: int | None, *, multiple_px: int
) -> tuple[int, int]:
    """The (width, height) passed by the caller, or the photo's `working_size` when both are None.

    Args:
        photo_size: (width, height) of the photo.
        width, height: passed by the caller; both or neither.
        multiple_px: both sides must be multiples of it.

    Raises:
        BadInput: when the size passed is not usable.
    """
    if width is None and height is None:
        return working_size(*photo_size)
    return _checked_side("width", width, multiple_px), _checked_side("height", height, multiple_px)


def _checked_side(name: str, side_px: int | None, multiple_px: int) -> int:
    if not isinstance(side_px, int) or side_px < MULTIPLE_PX or side_px % multiple_px:
        raise BadInput(
            f"{name} is {side_px!r}.",
            todo=f"Pass both width and height as multiples of {multiple_px}, at least {MULTIPLE_PX}, or neither.",
        )
    return side_px


def _published_size(width_px: int, height_px: int) -> tuple[int, int]:
    scale = 1.0
    while True:
        width, height = _floor(width_px * scale), _floor(height_px * scale)
        if width * height <= MAX_PIXELS:
            return width, height
        scale -= _STEP


def _fitting_size(width_px: int, height_px: int) -> tuple[int, int]:
    scale = min(1.0, math.sqrt(MAX_PIXELS / (width_px * height_px)))
    scale = max(scale, MULTIPLE_PX / min(width_px, height_px))
    width, height = max(_floor(width_px * scale), MULTIPLE_PX), max(_floor(height_px * scale), MULTIPLE_PX)
    return min(width, _MAX_SIDE_PX), min(height, _MAX_SIDE_PX)


def _floor(side_px: float) -> int:
    return math.floor(side_px / MULTIPLE_PX) * MULTIPLE_PX
