"""Videos that play everywhere: H.264 in MP4, 4:2:0, with colours that stay what they were."""

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, FocalStack, Progress, RefocusError, silent
from refocus.media.atomic import atomic_path
from refocus.media.moving import opened
from refocus.media.sweep import SWEEP_FPS, SWEEP_SECONDS, sweep_frames, sweep_positions

_STAGE = "Writing the video"

# "veryfast" is the knee for focus sweeps: faster presets triple the size, slower ones take up to twice the time for
# the same size and less than 1 dB. CRF 18 keeps the sharp frame at 40 dB. Threads are fixed: equal runs, equal files.
_ENCODER = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-threads", "2")

# RGB to BT.709 YCbCr in video range; rounded, because swscale's default truncates and tints.
_TO_YCBCR = "scale=in_range=full:out_range=tv:out_color_matrix=bt709:flags=accurate_rnd"

# The pixels are sRGB: BT.709 primaries and matrix, sRGB curve. Untagged, players guess BT.601 below 720 lines.
_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=iec61966-2-1"


def write_video(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: float,
    *,
    total: int | None = None,
    progress: Progress = silent,
) -> None:
    """Encode frames as they come; only a few are in memory at a time.

    Odd widths and heights gain one repeated column or row, because 4:2:0 needs even ones; nothing is rescaled.

    Args:
        path: the .mp4 file, written atomically.
        frames: each (height, width, 3) uint8 sRGB, all of one size.
        fps: frames per second.
        total: how many frames will come, for `progress`.
        progress: told "Writing the video" and the fraction done; may raise Cancelled.

    Raises:
        BadInput: when there are no frames, their sizes differ, fps is not positive, or the place cannot be written.
    """
    first, source = opened(frames, fps, kind="A video", most_fps=60)
    with atomic_path(path) as partial, _encoder(partial, first.shape, fps) as write:
        for done, frame in enumerate(source, start=1):
            if frame.shape != first.shape:
                raise BadInput(f"Frames of one video must have one size, but got {first.shape} and {frame.shape}.")
            write(_even(frame))
            progress(_STAGE, min(1.0, done / total) if total else 0.0)


def write_sweep(
    path: str | Path,
    stack: FocalStack,
    *,
    fps: float = SWEEP_FPS,
    seconds: float = SWEEP_SECONDS,
    progress: Progress = silent,
) -> None:
    """The stack as a smooth focus sweep near to far to near that loops without a seam.

    Args: as `write_video`; `seconds` is the length of one loop.
    """
    positions = sweep_positions(len(stack), fps=fps, seconds=seconds)
    write_video(path, sweep_frames(stack, positions), fps, total=len(positions), progress=progress)


def write_frames_video(path: str | Path, stack: FocalStack, *, fps: float = 5.0, progress: Progress = silent) -> None:
    """The bare frames, nearest first, once: the way focal stacks are shown in papers. Args: as `write_video`."""
    write_video(path, stack.frames, fps, total=len(stack), progress=progress)


def _even(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = frame.shape[:2]
    if height % 2 or width % 2:
        frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(frame)


@contextmanager
def _encoder(path: Path, shape: tuple[int, ...], fps: float) -> Iterator[Callable[[NDArray[np.uint8]], None]]:
    """Runs ffmpeg; yields a function that feeds it one frame. Killed when the block fails."""
    height, width = (side + side % 2 for side in shape[:2])
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-",
        "-an", "-vf", f"{_TO_YCBCR},{_TAGS}", "-pix_fmt", "yuv420p", *_ENCODER, "-movflags", "+faststart", str(path),
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


def _feed(process: subprocess.Popen[bytes], frame: NDArray[np.uint8], log: IO[bytes]) -> None:
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


def _failed(log: IO[bytes]) -> RefocusError:
    log.seek(0)
    reason = log.read().decode(errors="replace").strip().splitlines()
    return RefocusError(f"The video could not be encoded: {reason[-1] if reason else 'ffmpeg stopped'}.")
