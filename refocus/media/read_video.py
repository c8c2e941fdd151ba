"""Read the frames of a focal stack from a video of a focus sweep."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from refocus.core import BadInput, Progress, silent
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES
from refocus.core.sizes import DEFAULT_MAX_STACK_PIXELS
from refocus.media.odd_files import DECODING_ERRORS

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif")
_MAX_FRAMES_READ = 100_000
_MAX_PIXELS_READ = 15_000_000_000
"""Of all frames together: one minute of 4K at 30 frames per second."""
_STAGE = "Reading the video"
_THUMBNAIL_PX = 64
_RETURN_TOLERANCE = 0.5  # difference of a loop from its reverse, relative to the change on the way
_MIDDLE_SLACK = 0.06  # of the number of frames
_GIF = ".gif"
_DAMAGED = (*DECODING_ERRORS, StopIteration, Image.DecompressionBombError)


def read_sweep(
    path: str | Path,
    *,
    most: int = MAX_FRAMES,
    max_stack_pixels: int = DEFAULT_MAX_STACK_PIXELS,
    progress: Progress = silent,
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Read the frames of a focus sweep, selected evenly when there are many.

    Of a video that returns to its beginning only the first half is used.

    Args:
        path: any format ffmpeg reads.
        most: maximum number of frames to keep.
        max_stack_pixels: maximum pixels of all kept frames; fewer large ones are kept.
        progress: called at each frame; may raise `Cancelled`.

    Returns:
        (frames, height, width, 3) uint8 sRGB, at least three; and notes on the selection.

    Raises:
        BadInput: when it is not a video, has too few frames, or is too large by its header.
    """
    path = Path(path)
    most = min(most, max_stack_pixels // _checked_frame_pixels(path, max_stack_pixels))
    thumbnails = np.asarray([_thumbnail(frame) for frame in _frames(path, progress)], np.float32)
    if len(thumbnails) < MIN_FRAMES:
        raise BadInput(f"{path.name} has fewer than {MIN_FRAMES} frames.", todo="Give a video of a focal stack.")
    notes = []
    turn = _turning_point(thumbnails)
    end = len(thumbnails) if turn is None else turn
    if turn is not None:
        notes.append("The video returns to its beginning; its first half was used.")
    chosen = sorted({int(index) for index in np.linspace(0, end - 1, min(most, end)).round()})
    if len(chosen) < end:
        notes.append(f"{len(chosen)} of {end} frames were used, evenly selected.")
    wanted = set(chosen)
    return np.stack([frame for index, frame in enumerate(_frames(path, progress)) if index in wanted]), tuple(notes)


def _checked_frame_pixels(path: Path, max_stack_pixels: int) -> int:
    """Pixels per frame from the header. Raises BadInput when there are too many to read or to keep."""
    import imageio.v3 as iio

    try:
        if path.suffix.lower() == _GIF:
            with Image.open(path, formats=("GIF",)) as gif:
                about: dict[str, Any] = {"size": gif.size, "duration": getattr(gif, "n_frames", 1), "fps": 1}
        else:
            about = iio.immeta(path.absolute(), plugin="FFMPEG")
        width, height = (int(side) for side in about["size"])
        pictures = float(about.get("duration") or 0) * float(about.get("fps") or 0)
    except _DAMAGED as error:
        raise _unreadable(path) from error
    if MIN_FRAMES * width * height > max_stack_pixels:
        raise BadInput(
            f"The frames of {path.name} are too large: {width}x{height} px.",
            todo=f"Make it smaller: {MIN_FRAMES} of them may have {max_stack_pixels / 1e6:.4g} megapixels together.",
        )
    if pictures * width * height > _MAX_PIXELS_READ:
        raise _too_long(path)
    return max(1, width * height)


def _frames(path: Path, progress: Progress) -> Iterator[NDArray[np.uint8]]:
    import imageio.v3 as iio

    try:
        is_gif = path.suffix.lower() == _GIF
        frames = _gif_frames(path) if is_gif else iio.imiter(path.absolute(), plugin="FFMPEG")
        size: tuple[int, ...] = ()
        for index, frame in enumerate(frames):
            size = size or frame.shape
            if frame.shape != size:
                raise _unreadable(path)
            if index >= _MAX_FRAMES_READ or index * frame.shape[0] * frame.shape[1] > _MAX_PIXELS_READ:
                raise _too_long(path)  # the header may be wrong
            progress(_STAGE, 0.0)
            yield np.asarray(frame[..., :3], np.uint8)
    except _DAMAGED as error:
        if isinstance(error, BadInput):
            raise
        raise _unreadable(path) from error


def _gif_frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    with Image.open(path, formats=("GIF",)) as gif:
        for frame in ImageSequence.Iterator(gif):
            yield np.asarray(frame.convert("RGB"))


def _too_long(path: Path) -> BadInput:
    return BadInput(f"{path.name} is far too long.", todo="Cut it to one sweep of the focus.")


def _unreadable(path: Path) -> BadInput:
    return BadInput(f"{path.name} is not a video that can be read.", todo="Give an MP4, or a folder of frames.")


def _thumbnail(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(frame, (_THUMBNAIL_PX, _THUMBNAIL_PX), interpolation=cv2.INTER_AREA), np.float32)


def _turning_point(thumbnails: NDArray[np.float32]) -> int | None:
    """Number of frames up to where a video begins to run back to its beginning; None when it does not.

    Encoders of messengers repeat and drop frames, so the middle is looked for nearby. What runs one way differs from
    its reverse as much as its beginning from its middle.
    """
    count = len(thumbnails)
    if count < 4:
        return None
    change = float(np.abs(thumbnails[0] - thumbnails[count // 2]).mean())
    slack = max(1, round(_MIDDLE_SLACK * count))
    differences = {}
    for mirrored in range(count - 1 - slack, count + slack):  # the sum of the indices of two equal frames
        first = np.arange(max(0, mirrored - count + 1), min(count - 1, mirrored) + 1)
        differences[mirrored] = float(np.abs(thumbnails[first] - thumbnails[mirrored - first]).mean())
    best = min(differences, key=lambda mirrored: differences[mirrored])
    return best // 2 + 1 if differences[best] < _RETURN_TOLERANCE * change else None
