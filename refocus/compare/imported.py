"""Imports stacks made elsewhere: a folder of frames, a video, or a saved result."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.compare.captions import entry_of
from refocus.compare.variants import Entry
from refocus.core import BadInput, FocalStack, Progress, silent
from refocus.core.focal_stack import MAX_FRAMES, MIN_FRAMES
from refocus.core.sizes import DEFAULT_MAX_STACK_PIXELS, most_common_size
from refocus.media.decode import decode
from refocus.media.photo_files import natural_key, photos_in
from refocus.media.read_video import VIDEO_ENDINGS, read_sweep
from refocus.media.stack_files import holds_stack
from refocus.results.saved import load_refocused
from refocus.results.stack_size import check_files


def load_imported(
    path: str | Path | Sequence[Path],
    label: str = "",
    *,
    far_first: bool = False,
    max_stack_pixels: int = DEFAULT_MAX_STACK_PIXELS,
    progress: Progress = silent,
) -> Entry:
    """An entry for a stack made elsewhere, nearest focus first.

    Args:
        path: a folder of frames in the order of their names, the frames themselves, a video of one focus sweep, or a
            folder that `stack` wrote.
        label: its heading; by default the file name.
        far_first: whether the first frame has the farthest focus.
        max_stack_pixels: limit for all frames together, checked against the file headers.
        progress: called while files are read; may raise `Cancelled`.

    Raises:
        BadInput: when there are fewer than three frames, they differ in size, or are too large. The message lists all
            problems.
    """
    inputs = (Path(path),) if isinstance(path, str | Path) else tuple(path)
    return replace(_loaded(path, label, far_first, max_stack_pixels, progress), inputs=inputs)


def _loaded(
    path: str | Path | Sequence[Path],
    label: str,
    far_first: bool,
    max_stack_pixels: int,
    progress: Progress,
) -> Entry:
    if not isinstance(path, str | Path):
        frames, notes = _frames(sorted(path, key=natural_key), "the imported files", max_stack_pixels, progress)
        return _entry(frames, notes, "pictures", label or "imported frames", far_first)
    path = Path(path)
    label = label or path.resolve().stem
    if holds_stack(path):
        return entry_of(load_refocused(path, max_stack_pixels=max_stack_pixels), label)
    if path.is_dir():
        return _entry(*_frames(photos_in(path), str(path), max_stack_pixels, progress), "a folder", label, far_first)
    if path.suffix.lower() in VIDEO_ENDINGS and path.exists():
        sweep = read_sweep(path, max_stack_pixels=max_stack_pixels, progress=progress)
        return _entry(*sweep, "a video", label, far_first)
    if not path.exists():
        raise BadInput(f"There is no {path}.", todo="Check the name.")
    raise BadInput(f"{path.name} cannot be compared with.", todo="Give a folder of frames, a video, or a saved stack.")


def _entry(frames: NDArray[np.uint8], notes: tuple[str, ...], kind: str, label: str, far_first: bool) -> Entry:
    height, width = frames.shape[1:3]
    ordered = np.ascontiguousarray(frames[::-1] if far_first else frames)
    stack = FocalStack(ordered, np.linspace(1, 0, len(frames), dtype=np.float32))
    return Entry(label, (f"imported: {len(frames)} frames of {kind}, {width}x{height} px", *notes), stack)


def _frames(
    paths: Sequence[Path], place: str, max_stack_pixels: int, progress: Progress
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    if len(paths) < MIN_FRAMES:
        raise BadInput(
            f"There are fewer than {MIN_FRAMES} pictures in {place}.", todo="Give the frames of a focal stack."
        )
    selected = [paths[int(index)] for index in np.linspace(0, len(paths) - 1, min(MAX_FRAMES, len(paths))).round()]
    check_files(selected, max_stack_pixels)
    frames: dict[Path, NDArray[np.uint8]] = {}
    problems = []
    for path in selected:
        progress("Opening the photos", 0.0)
        try:
            frames[path] = decode(path, min_side_px=1).rgb
        except BadInput as error:
            problems.append(error.message)
    size = most_common_size(frame.shape[:2] for frame in frames.values())
    problems += [
        f"{path.name} is {frame.shape[1]}x{frame.shape[0]} px, unlike the others."
        for path, frame in frames.items()
        if frame.shape[:2] != size
    ]
    if problems:
        raise BadInput(
            f"The frames of {place} do not fit together. {' '.join(problems)}", todo="Correct or remove these frames."
        )
    if len(selected) == len(paths):
        return np.stack(list(frames.values())), ()
    return np.stack(list(frames.values())), (f"{len(selected)} of {len(paths)} frames were used",)
