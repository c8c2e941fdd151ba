"""Checks that a focal stack is not too large, before anything of it is made."""

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from refocus.core import BadInput, StackTooLarge
from refocus.core.focal_stack import DEFAULT_FRAMES, MIN_FRAMES
from refocus.core.sizes import fitted_size, megapixels
from refocus.media.decode import upright_size
from refocus.results.request import RefocusRequest

MIN_ADVISED_PX = 64
_MIN_SHORT_SIDE_PX = 16  # depth is estimated from no less


def check_files(paths: Sequence[Path], most_pixels: int, *, long_side: int | None = None) -> None:
    """As `check_stack_size` for the frames in picture files, from their headers; each counts as the largest of them.

    Args:
        paths: unreadable files are skipped; opening them raises the error.
        most_pixels: of all frames together.
        long_side: px they will be reduced to; None for their own size.
    """
    sizes = []
    for path in paths:
        with suppress(BadInput):
            size = upright_size(path)
            sizes.append(size if long_side is None else fitted_size(size, long_side))
    if sizes:
        check_stack_size(len(paths), max(sizes, key=math.prod), most_pixels, smaller=long_side is not None)


def check_stack_size(
    frames: int, size: tuple[int, int], most_pixels: int, *, fewer_frames: bool = True, smaller: bool = True
) -> None:
    """Refuse a stack that is too large, and say which would not be.

    Args:
        frames: of the stack.
        size: width and height of each, px.
        most_pixels: of all frames together.
        fewer_frames, smaller: what the user can change.

    Raises:
        StackTooLarge: with the most frames at this size, and the largest long side at this number of frames.
    """
    width, height = size
    if frames * width * height <= most_pixels:
        return
    most_frames = most_pixels // (width * height)
    long_side = math.floor(math.sqrt(most_pixels / (frames * width * height)) * max(size))
    # Both sides are rounded, so the last pixel may be one too many.
    while long_side > 1 and frames * math.prod(fitted_size(size, long_side)) > most_pixels:
        long_side -= 1
    allowed = []
    if fewer_frames and most_frames >= MIN_FRAMES:
        allowed.append(f"at most {most_frames} frames of this size")
    if smaller and long_side >= MIN_ADVISED_PX:
        allowed.append(f"a long side of at most {long_side} px with {frames} frames")
    own, most = megapixels(frames * width * height, most_pixels)
    raise StackTooLarge(
        f"{frames} frames of {width}x{height} px are {own} megapixels, but a focal stack may have at most {most}.",
        todo=f"Choose {', or '.join(allowed)}." if allowed else "Choose a smaller photo.",
    )


def check_request_size(
    photo_size: tuple[int, int], request: RefocusRequest, options: frozenset[str], most_pixels: int
) -> None:
    """As `check_stack_size` for the stack a request asks of a photo.

    Args:
        photo_size: width and height of the photo, px.
        request: what to make.
        options: those that the engine uses (`EngineSpec.options`).
        most_pixels: of all frames together.
    """
    full_size = request.full_size and "full_size" in options
    if "long_side" not in options and not full_size:
        return  # the engine works at sizes of its own
    if not full_size:
        _check_short_side(photo_size, request.long_side)
    check_stack_size(
        request.frames if "frames" in options else DEFAULT_FRAMES,
        photo_size if full_size else fitted_size(photo_size, request.long_side),
        most_pixels,
        fewer_frames="frames" in options,
        smaller=not full_size,
    )


def _check_short_side(photo_size: tuple[int, int], long_side: int) -> None:
    """Refuse a long side at which the photo is too thin, and say which is enough."""
    width, height = fitted_size(photo_size, long_side)
    if min(width, height) >= _MIN_SHORT_SIDE_PX:
        return
    enough = math.ceil(_MIN_SHORT_SIDE_PX * max(photo_size) / min(photo_size))
    raise BadInput(
        f"At a long side of {long_side} px this photo is too thin: {width}x{height} px.",
        todo=f"Choose a long side of at least {enough} px.",
    )
