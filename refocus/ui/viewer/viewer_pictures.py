"""The pictures that the focus viewer shows, encoded: the frames, the photo and a map of where each pixel is sharp.

Does not import gradio, so that the command line can export the viewer without it.
"""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput, Disparity, FocalStack
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES
from refocus.media import encode_webp

_MAX_FRAME_PX = 1_500_000
_MAP_LONG_SIDE_PX = 512
_QUALITIES = (80, 70, 60, 50, 40)
# Nine frames, the photo and the map are under 1 MB together; other numbers of frames in proportion.
_MAX_FRAMES_BYTES = 820_000
_MAX_PHOTO_BYTES = 120_000
_MAX_ALL_IN_FOCUS_BYTES = 400_000  # previews are made of it
_USUAL_FRAMES = 9


@dataclass(frozen=True, slots=True)
class ViewerPictures:
    """A focal stack as the focus viewer shows it.

    Attributes:
        width, height: of the frames, px.
        frames: WebP files, nearest focus first; empty while there is no stack.
        photo: WebP file of the photo before refocusing, in the same size, or None.
        all_in_focus: WebP file of the picture as if all were sharp, in the same size, or None.
        sharpest: grey PNG file of the position at which each pixel is sharp, code / (255 // (frames - 1)), or None.
        position: where the slider starts, in [0, frames - 1].
    """

    width: int
    height: int
    frames: tuple[bytes, ...] = ()
    photo: bytes | None = None
    all_in_focus: bytes | None = None
    sharpest: bytes | None = None
    position: float = 0.0


def encode_stack(
    stack: FocalStack,
    disparity: Disparity | None,
    position: float | None = None,
    *,
    photo_srgb: NDArray[np.uint8] | None = None,
    all_in_focus_srgb: NDArray[np.uint8] | None = None,
) -> ViewerPictures:
    """Encode a focal stack for the focus viewer; arguments and errors as in `viewer_value`."""
    _check(stack, disparity, position)
    sharpest_position = None if disparity is None else stack.position_of(disparity.values)
    if position is None:
        position = (len(stack) - 1) / 2 if sharpest_position is None else start_position(sharpest_position)
    height, width = stack.frames.shape[1:3]
    size = _fit(width, height, _MAX_FRAME_PX)
    frames_budget = _MAX_FRAMES_BYTES * max(1.0, len(stack) / _USUAL_FRAMES)
    return ViewerPictures(
        *size,
        frames=tuple(_encode_webp_within([_resized(frame, size) for frame in stack.frames], frames_budget)),
        photo=None if photo_srgb is None else _encode_photo(photo_srgb, size),
        all_in_focus=None if all_in_focus_srgb is None else encode_all_in_focus(all_in_focus_srgb),
        sharpest=None if sharpest_position is None else _encode_map(sharpest_position, len(stack) - 1),
        position=position,
    )


def encode_depth(
    disparity: Disparity, focus_disparity: NDArray[np.float32], position: float | None
) -> tuple[bytes, float]:
    """Encode the depth of a stack to come, and choose where the slider starts.

    Args:
        disparity: of the picture.
        focus_disparity: (frames,) of the stack, descending.
        position: where the slider starts, in [0, frames - 1]; None for `start_position`.

    Returns:
        `ViewerPictures.sharpest` and `ViewerPictures.position`.
    """
    last = len(focus_disparity) - 1
    sharpest = np.interp(disparity.values, focus_disparity[::-1], np.arange(last, -1, -1))
    return _encode_map(sharpest, last), start_position(sharpest) if position is None else position


def encode_all_in_focus(all_in_focus_srgb: NDArray[np.uint8]) -> bytes:
    """(height, width, 3) uint8 as the WebP file of `ViewerPictures.all_in_focus`."""
    height, width = all_in_focus_srgb.shape[:2]
    picture = _resized(all_in_focus_srgb, _fit(width, height, _MAX_FRAME_PX))
    return _encode_webp_within([picture], _MAX_ALL_IN_FOCUS_BYTES)[0]


def encode_photo(photo_srgb: NDArray[np.uint8]) -> ViewerPictures:
    """Encode a photo alone for the focus viewer; arguments as in `photo_value`."""
    height, width = photo_srgb.shape[:2]
    size = _fit(width, height, _MAX_FRAME_PX)
    return ViewerPictures(*size, photo=_encode_photo(photo_srgb, size))


def start_position(sharpest_position: NDArray[np.floating]) -> float:
    """Where the slider starts: at the nearest large object in the middle of the picture, likely its subject.

    Args:
        sharpest_position: (height, width), the stack position at which each pixel is sharp.
    """
    height, width = sharpest_position.shape
    middle = sharpest_position[height // 4 : height - height // 4, width // 4 : width - width // 4]
    return round(float(np.percentile(middle, 25)), 3)


def _check(stack: FocalStack, disparity: Disparity | None, position: float | None) -> None:
    if not MIN_FRAMES <= len(stack) <= MAX_FRAMES:
        raise BadInput(
            f"The viewer cannot show {len(stack)} frames.", todo=f"Choose {MIN_FRAMES} to {MAX_FRAMES} frames."
        )
    if disparity is not None and disparity.values.shape != stack.frames.shape[1:3]:
        raise BadInput(
            f"The frames are {stack.frames.shape[1:3]} in size but the disparity map is {disparity.values.shape}.",
            todo="Resize the map to the frames.",
        )
    if position is not None:
        stack.disparity_at(position)  # raises when it is outside


def _fit(width: int, height: int, max_px: int) -> tuple[int, int]:
    """Width and height scaled down to at most `max_px` pixels."""
    scale = min(1.0, (max_px / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _resized(srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    picture = Image.fromarray(srgb)
    return srgb if picture.size == size else np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def _encode_photo(photo_srgb: NDArray[np.uint8], size: tuple[int, int]) -> bytes:
    return _encode_webp_within([_resized(photo_srgb, size)], _MAX_PHOTO_BYTES)[0]


def _encode_map(position: NDArray, last: int) -> bytes:
    """Positions in [0, last] as an 8-bit grey PNG; frames are exact: each has a whole number of codes."""
    codes = np.round(position * (255 // last)).astype(np.uint8)
    grey = Image.fromarray(codes)
    grey.thumbnail((_MAP_LONG_SIDE_PX, _MAP_LONG_SIDE_PX), Image.Resampling.NEAREST)  # averaging would invent planes
    buffer = io.BytesIO()
    grey.save(buffer, "PNG")
    return buffer.getvalue()


def _encode_webp_within(pictures: Sequence[NDArray[np.uint8]], budget_bytes: float) -> list[bytes]:
    """WebP files of pictures, (height, width, 3) uint8, at the best quality at which all together fit the budget.

    When none fits, they have the lowest quality.
    """
    # Two at a time: the encoder releases the interpreter lock.
    with ThreadPoolExecutor(2) as pool:
        for quality in _QUALITIES:
            encoded = list(pool.map(lambda picture, q=quality: encode_webp(picture, quality=q), pictures))
            if sum(map(len, encoded)) <= budget_bytes:
                break
    return encoded
