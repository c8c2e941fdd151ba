"""Videos (H.264 in MP4, 4:2:0, colours tagged) and animated WebP from frames."""

import errno
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput, FocalStack, Progress, RefocusError, silent
from refocus.media.atomic import atomic_path
from refocus.media.sweep import SWEEP_FPS, SWEEP_SECONDS, sweep_frames, sweep_positions

_DISK_FULL = os.strerror(errno.ENOSPC)  # as ffmpeg says it
Frame = NDArray[np.uint8]
_WEBP_QUALITY = 75

# "veryfast" suits focus sweeps: faster presets triple the size, slower ones take up to twice the time for the same size
# and less than 1 dB. CRF 18 keeps the sharp frame at 40 dB. Threads are fixed, so that equal runs give equal files.
_ENCODER = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-threads", "2")

# RGB to BT.709 YCbCr in video range; accurate rounding, because swscale truncates by default, which tints.
_TO_YCBCR = "scale=in_range=full:out_range=tv:out_color_matrix=bt709:flags=accurate_rnd"

# The pixels are sRGB: BT.709 primaries and matrix, sRGB curve. Untagged, players guess BT.601 below 720 lines.
_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=iec61966-2-1"


def write_video(
    path: str | Path,
    frames: Iterable[Frame],
    fps: float,
    *,
    total: int | None = None,
    progress: Progress = silent,
) -> None:
    """Encode frames as MP4 one by one, so that only a few are in memory at a time.

    Odd sides are padded by a repeated row or column, because 4:2:0 needs even ones.

    Args:
        path: the .mp4 file, written atomically.
        frames: each (height, width, 3) uint8 sRGB, all of one size.
        fps: frames per second.
        total: number of frames, for `progress`.
        progress: called with the stage and the completed fraction; may raise Cancelled.

    Raises:
        BadInput: when there are no frames, their sizes differ, fps is not positive, or the place cannot be written.
    """
    first, checked = _checked_frames(frames, fps, total, progress, kind="video", max_fps=60)
    with atomic_path(path) as partial, _encoder(partial, first.shape, fps) as write:
        for frame in checked:
            write(_even(frame))


def write_sweep(
    path: str | Path,
    stack: FocalStack,
    *,
    fps: float = SWEEP_FPS,
    seconds: float = SWEEP_SECONDS,
    progress: Progress = silent,
) -> None:
    """Write a stack as a smooth focus sweep from near to far to near, which loops without a seam.

    Args: as `write_video`; `seconds` is the length of one loop.
    """
    positions = sweep_positions(len(stack), fps=fps, seconds=seconds)
    write_video(path, sweep_frames(stack, positions), fps, total=len(positions), progress=progress)


def write_frames_video(path: str | Path, stack: FocalStack, *, fps: float = 5.0, progress: Progress = silent) -> None:
    """Write the frames of a stack, nearest first, without frames in between. Args: as `write_video`."""
    write_video(path, stack.frames, fps, total=len(stack), progress=progress)


def write_animation(
    path: str | Path,
    frames: Iterable[Frame],
    fps: float,
    *,
    total: int | None = None,
    progress: Progress = silent,
) -> None:
    """Encode frames as an animated WebP in an endless loop, for places that do not play videos.

    Args: as `write_video`; `path` is the .webp file.

    Raises:
        BadInput: as `write_video`.
    """
    _, checked = _checked_frames(frames, fps, total, progress, kind="animation", max_fps=30)
    pictures = map(Image.fromarray, checked)
    with atomic_path(path) as partial:
        next(pictures).save(
            partial,
            "WEBP",
            save_all=True,
            append_images=pictures,
            duration=round(1000 / fps),
            loop=0,
            quality=_WEBP_QUALITY,
            method=0,
        )


def convert_to_animation(video: Path, path: str | Path, *, progress: Progress = silent) -> None:
    """Write an MP4 file of this app as an animated WebP, with every other frame. Raises as `write_animation`."""
    import imageio.v3 as iio

    fps, frames = iio.immeta(video)["fps"], iio.imiter(video, plugin="FFMPEG")
    write_animation(path, islice(frames, 0, None, 2), fps / 2, progress=progress)


def _checked_frames(
    frames: Iterable[Frame], fps: float, total: int | None, progress: Progress, *, kind: str, max_fps: int
) -> tuple[Frame, Iterator[Frame]]:
    """The first frame; and an iterator over all frames, the first included, that checks sizes and reports progress.

    Args:
        frames, fps, total, progress: as in `write_video`.
        kind: "video" or "animation", for errors and progress.
        max_fps: recommended upper limit in errors.
    """
    if not fps > 0:
        raise BadInput(f"A rate of {fps:g} frames per second is not possible.", todo=f"Choose 1 to {max_fps}.")
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise BadInput(f"The {kind} needs at least one frame.")

    def checked() -> Iterator[Frame]:
        for done, frame in enumerate(chain([first], rest), start=1):
            if frame.shape != first.shape:
                raise BadInput(f"The {kind} needs frames of one size, but got {first.shape} and {frame.shape}.")
            yield frame
            progress(f"Writing the {kind}", min(1.0, done / total) if total else 0.0)

    return first, checked()


def _even(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    if height % 2 or width % 2:
        frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(frame)


@contextmanager
def _encoder(path: Path, shape: tuple[int, ...], fps: float) -> Iterator[Callable[[Frame], None]]:
    """Run ffmpeg; yields a function that writes one frame. It is killed when the block fails."""
    height, width = (side + side % 2 for side in shape[:2])
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-",
        "-an", "-vf", f"{_TO_YCBCR},{_TAGS}", "-pix_fmt", "yuv420p", *_ENCODER, "-movflags", "+faststart",
        str(path.absolute()),  # what comes before a colon in a relative one would be a protocol
    ]  # fmt: skip
    with tempfile.TemporaryFile() as log:  # a file, because a full pipe would stall ffmpeg
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log)
        try:
            yield lambda frame: _feed(process, frame, log)
            if process.stdin is not None:
                process.stdin.close()
            if process.wait() != 0:
                raise _failed(log)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdin is not None and not process.stdin.closed:
                _close_broken(process.stdin)


def _feed(process: subprocess.Popen[bytes], frame: Frame, log: IO[bytes]) -> None:
    if process.stdin is None:
        raise RuntimeError("ffmpeg was started without a pipe")
    try:
        process.stdin.write(frame.data)
    except BrokenPipeError as error:
        process.wait()
        raise _failed(log) from error


def _close_broken(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return


def _failed(log: IO[bytes]) -> RefocusError | OSError:
    log.seek(0)
    reason = log.read().decode(errors="replace").strip().splitlines()
    if any(_DISK_FULL in line for line in reason):
        return OSError(errno.ENOSPC, _DISK_FULL)
    return RefocusError(f"The video could not be encoded: {reason[-1] if reason else 'ffmpeg stopped'}.")
