"""Moving pictures as animated WebP: plays in browsers and chats where a video would not."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import Progress, silent
from refocus.media.atomic import atomic_path
from refocus.media.moving import opened

_STAGE = "Writing the animation"
_QUALITY = 75


def write_animation(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: float,
    *,
    total: int | None = None,
    progress: Progress = silent,
) -> None:
    """Encode frames as a WebP that plays for ever.

    Args:
        path: the .webp file, written atomically.
        frames: each (height, width, 3) uint8 sRGB, all of one size; encoded as they come.
        fps: frames per second.
        total: how many frames will come, for `progress`.
        progress: told what is done; may raise Cancelled.

    Raises:
        BadInput: when there are no frames, fps is not positive, or the place cannot be written.
    """
    _, source = opened(frames, fps, kind="An animation", most_fps=30)
    pictures = _told(source, total, progress)
    with atomic_path(path) as partial:
        next(pictures).save(
            partial,
            "WEBP",
            save_all=True,
            append_images=pictures,
            duration=round(1000 / fps),
            loop=0,
            quality=_QUALITY,
            method=0,
        )


def _told(frames: Iterable[NDArray[np.uint8]], total: int | None, progress: Progress) -> Iterator[Image.Image]:
    for done, frame in enumerate(frames):
        progress(_STAGE, min(1.0, done / total) if total else 0.0)
        yield Image.fromarray(frame)
