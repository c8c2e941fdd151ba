"""Videos in: the frames of a focal stack that somebody else made."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif")
_MOST_FRAMES = 100_000
_LOOK_PX = 64
_RETURNS_SHARE = 0.25  # of how much the picture changes on the way; a video that differs less from its reverse loops


def read_sweep(path: str | Path, *, most: int = MAX_FRAMES) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The frames of a video that sweeps the focus once, evenly chosen when there are many.

    A video that runs to and fro is taken up to its turning point.

    Args:
        path: anything ffmpeg reads.
        most: frames to keep.

    Returns:
        (frames, height, width, 3) uint8 sRGB, at least three, and notes on how they were chosen.

    Raises:
        BadInput: when it is no video, or of fewer pictures.
    """
    path = Path(path)
    looks = np.asarray([_look(frame) for frame in _frames(path)], np.float32)
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
    return np.stack([frame for index, frame in enumerate(_frames(path)) if index in wanted]), tuple(notes)


def _frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    import imageio.v3 as iio

    try:
        for index, frame in enumerate(iio.imiter(path, plugin="FFMPEG")):
            if index >= _MOST_FRAMES:
                raise BadInput(f"{path.name} is far too long.", todo="Cut it to one sweep of the focus.")
            yield np.asarray(frame[..., :3], np.uint8)
    except (OSError, ValueError, RuntimeError, StopIteration) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            f"{path.name} is no video that can be read.", todo="Give an MP4, or a folder of frames."
        ) from error


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
