"""The working size of a photo: what the video model sees. Needs no torch."""

import math

from refocus.core import BadInput

MULTIPLE_PX = 64
MAX_PIXELS = 500_000
_STEP = 0.01
_LONGEST_PX = MAX_PIXELS // MULTIPLE_PX // MULTIPLE_PX * MULTIPLE_PX
MAX_ASPECT = _LONGEST_PX / MULTIPLE_PX
"""Longest possible side over shortest: beyond it no working size resembles the photo."""


def working_size(width_px: int, height_px: int) -> tuple[int, int]:
    """The size a photo is resized to before the model sees it.

    The published rule: both sides are the photo's times a scale, floored to a multiple of 64; the scale starts at 1
    and loses 0.01 until the area is at most 500,000 px. It is summed up in double precision, since 1 - 0.01 n chooses
    other sizes for some photos. Where the rule ends at no usable size (a side below 64 px, or a photo of over
    70,000 px a side) the largest size that fits and keeps the proportions is taken.

    Args:
        width_px, height_px: the photo's.

    Returns:
        (width, height), multiples of 64, at least 64 each, at most 500,000 px together.

    Raises:
        BadInput: on a photo without pixels, or one more than 122 times as long as it is wide.
    """
    if width_px < 1 or height_px < 1:
        raise BadInput(f"A photo of {width_px}x{height_px} px has no pixels.", todo="Choose another photo.")
    if max(width_px, height_px) > MAX_ASPECT * min(width_px, height_px):
        raise BadInput(
            f"A photo of {width_px}x{height_px} px is too thin for the video model, "
            f"which takes up to {MAX_ASPECT:.0f} times as long as wide.",
            todo="Crop it, or choose the thin-lens engine.",
        )
    width, height = _published_size(width_px, height_px)
    if min(width, height) >= MULTIPLE_PX:
        return width, height
    return _fitting_size(width_px, height_px)


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
    return min(width, _LONGEST_PX), min(height, _LONGEST_PX)


def _floor(side_px: float) -> int:
    return math.floor(side_px / MULTIPLE_PX) * MULTIPLE_PX
