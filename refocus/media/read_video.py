"""Videos in: the frames of a focal stack that somebody else made."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Progress, silent
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES
from refocus.core.settings import DEFAULT_MAX_STACK_PIXELS

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif")
_MOST_FRAMES = 100_000
_MOST_READ_PIXELS = 15_000_000_000
"""Of all pictures of a video: one minute of 4K at 30 a second."""
_STAGE = "Reading the video"
_LOOK_PX = 64
_RETURNS_SHARE = 0.25  # of how much the picture changes on the way; a video that differs less from its reverse loops


def read_sweep(
    path: str | Path,
    *,
    most: int = MAX_FRAMES,
    max_stack_pixels: int = DEFAULT_MAX_STACK_PIXELS,
    progress: Progress = silent,
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The frames of a video that sweeps the focus once, evenly chosen when there are many.

    A video that runs to and fro is taken up to its turning point.

    Args:
        path: anything ffmpeg reads.
        most: frames to keep.
        max_stack_pixels: of all frames that are kept; of large ones fewer are.
        progress: told at each picture; may raise `Cancelled`.

    Returns:
        (frames, height, width, 3) uint8 sRGB, at least three, and notes on how they were chosen.

    Raises:
        BadInput: when it is no video, of fewer pictures, or too large, told from its header.
    """
    path = Path(path)
    most = min(most, max_stack_pixels // _checked_frame_pixels(path, max_stack_pixels))
    looks = np.asarray([_look(frame) for frame in _frames(path, progress)], np.float32)
    if len(looks) < MIN_FRAMES:
        raise BadInput(f"{path.name} holds fewer than {MIN_FRAMES} pictures.", todo="Give a video of a focal stack.")
    notes = []
    end = len(looks)
    if _returns(looks):
        end = len(looks) // 2 + 1
        notes.append("The video runs to and fro; it was taken up to its turning point.")
    chosen = sorted({int(index) for index in np.linspace(0, end - 1, min(most, end)).round()})
    if len(chosen) < end:
        notes.append(f"{len(chosen)} of {end} pictures were used, evenly chosen.")
    wanted = set(chosen)
    return np.stack([frame for index, frame in enumerate(_frames(path, progress)) if index in wanted]), tuple(notes)


def _checked_frame_pixels(path: Path, max_stack_pixels: int) -> int:
    """Pixels of one picture, from the header. Raises BadInput when there are too many to read or to keep."""
    import imageio.v3 as iio

    try:
        about = iio.immeta(path, plugin="FFMPEG")
        width, height = (int(side) for side in about["size"])
        pictures = float(about.get("duration") or 0) * float(about.get("fps") or 0)
    except (OSError, ValueError, RuntimeError, StopIteration, KeyError, TypeError) as error:
        raise _unreadable(path) from error
    if MIN_FRAMES * width * height > max_stack_pixels:
        raise BadInput(
            f"The pictures of {path.name} are too large: {width}x{height} px.",
            todo=f"Make it smaller: {MIN_FRAMES} of them may have {max_stack_pixels / 1e6:.4g} megapixels together.",
        )
    if pictures * width * height > _MOST_READ_PIXELS:
        raise _too_long(path)
    return max(1, width * height)


def _frames(path: Path, progress: Progress) -> Iterator[NDArray[np.uint8]]:
    import imageio.v3 as iio

    try:
        for index, frame in enumerate(iio.imiter(path, plugin="FFMPEG")):
            if index >= _MOST_FRAMES or index * frame.shape[0] * frame.shape[1] > _MOST_READ_PIXELS:
                raise _too_long(path)  # its header may have said less
            progress(_STAGE, 0.0)
            yield np.asarray(frame[..., :3], np.uint8)
    except (OSError, ValueError, RuntimeError, StopIteration) as error:
        if isinstance(error, BadInput):
            raise
        raise _unreadable(path) from error


def _too_long(path: Path) -> BadInput:
    return BadInput(f"{path.name} is far too long.", todo="Cut it to one sweep of the focus.")


def _unreadable(path: Path) -> BadInput:
    return BadInput(f"{path.name} is no video that can be read.", todo="Give an MP4, or a folder of frames.")


def _look(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(frame, (_LOOK_PX, _LOOK_PX), interpolation=cv2.INTER_AREA), np.float32)


def _returns(looks: NDArray[np.float32]) -> bool:
    """Whether the second half is the first one backwards; the last picture may be the one after the first."""
    if len(looks) < 4:
        return False
    change = float(np.abs(looks[0] - looks[len(looks) // 2]).mean())
    whole = float(np.abs(looks[1:] - looks[1:][::-1]).mean())
    closed = float(np.abs(looks - looks[::-1]).mean())
    return min(whole, closed) < _RETURNS_SHARE * change
