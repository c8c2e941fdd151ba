"""Focal stacks as folders: frames, all-in-focus picture, disparity, video, and their description stack.json."""

import json
import shutil
import tokenize
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity, FocalStack, Origin, Progress, Scene, portion, silent
from refocus.core.numbers import check_format
from refocus.core.sizes import PILLOW_MAX_PIXELS, most_common_size
from refocus.core.user_text import json_text
from refocus.media.atomic import atomic_folder, finish_interrupted
from refocus.media.decode import decode
from refocus.media.file_digests import (
    CONTENT_SHA256,
    FILES,
    FileDigest,
    check_replaceable,
    description_digest,
    is_plain_file,
    listed_files,
    with_files,
)
from refocus.media.output_paths import STACK_JSON, AnyPath, check_output_folder, is_stack_folder
from refocus.media.stills import frame_name, save_disparity_png, save_frames, save_png
from refocus.media.video import write_frames_video, write_sweep

ALL_IN_FOCUS_PNG = "all_in_focus.png"
DISPARITY_NPY = "disparity.npy"
DISPARITY_PNG = "disparity.png"
STACK_MP4 = "stack.mp4"

STACK_FORMAT = 2
"""Format of stack.json and of settings files: 2 since K counts a radius (`refocus.results.file_format`)."""

_MAX_JSON_BYTES = 20_000_000
_MAX_FRAMES_READ = 1_000
_FRAME_NAMES = tuple(frame_name(index) for index in range(100))
_OTHER_NAMES = (ALL_IN_FOCUS_PNG, DISPARITY_NPY, DISPARITY_PNG, STACK_MP4)


def check_stack_folder(folder: AnyPath, inputs: Iterable[AnyPath] = ()) -> None:
    """Check that a stack can be written to a folder, before any work is done.

    Args:
        folder: for the stack; may be missing.
        inputs: files and folders the stack is made from.

    Raises:
        BadInput: when the folder cannot be written, contains an input, or contains files with names of a stack's files
            that are not from a stack, or were modified since; see `save_stack`.
    """
    check_output_folder(folder, inputs)
    folder = Path(folder)
    finish_interrupted(folder)
    check_replaceable(folder, (*_FRAME_NAMES, *_OTHER_NAMES, STACK_JSON), _own_files(folder))


def save_stack(
    folder: str | Path,
    stack: FocalStack,
    scene: Scene,
    metadata: Mapping[str, Any],
    *,
    bare_fps: float | None = None,
    video: Path | None = None,
    progress: Progress = silent,
) -> None:
    """Write a stack into a folder: all files or none.

    stack.json lists the other files with size and hash. The files listed by an older stack in the folder (of the format
    without a list, as many frames as it has) are replaced, or removed when they are not written now. Other files with
    names of a stack's files are never changed: the folder is refused.

    Args:
        folder: created when missing.
        stack, scene: of one size.
        metadata: further JSON values of stack.json (engine, request, seed, ...).
        bare_fps: frame rate of a video of the bare frames; None for the smooth sweep.
        video: an existing video to copy as stack.mp4 instead of encoding one.
        progress: called with the stage and the completed fraction; may raise Cancelled.

    Raises:
        BadInput: when stack and scene differ in size, or as `check_stack_folder`.
    """
    if stack.frames.shape[1:] != scene.all_in_focus.shape:
        height, width = scene.all_in_focus.shape[:2]
        raise BadInput(
            f"The stack is {stack.frames.shape[2]}x{stack.frames.shape[1]} px but its scene is {width}x{height} px."
        )
    described = _describe(stack, scene.disparity, metadata)
    check_stack_folder(folder)
    with atomic_folder(folder, own=_own_files(Path(folder)), last=STACK_JSON) as partial:
        progress("Writing the frames", 0.0)
        save_frames(partial, stack)
        save_png(partial / ALL_IN_FOCUS_PNG, scene.all_in_focus)
        np.save(partial / DISPARITY_NPY, scene.disparity.values)
        save_disparity_png(partial / DISPARITY_PNG, scene.disparity)
        progress("Writing the video", 0.4)
        _video(partial / STACK_MP4, stack, bare_fps, video, portion(progress, 0.4, 1))
        text = json_text(with_files(described, partial), indent=2)
        (partial / STACK_JSON).write_text(text + "\n", encoding="utf-8")


def holds_stack(folder: AnyPath) -> bool:
    """Whether a folder contains a focal stack. An interrupted write is completed first."""
    finish_interrupted(folder)
    return is_stack_folder(folder)


def load_stack(folder: str | Path) -> tuple[FocalStack, Scene, dict[str, Any]]:
    """Read a stack written by `save_stack`.

    Returns:
        The stack, its scene, and the contents of stack.json.

    Raises:
        BadInput: when files are missing, damaged or inconsistent; all problems in one message.
    """
    folder = Path(folder)
    finish_interrupted(folder)
    described = _read_json(folder)
    problems: list[str] = []
    focus_disparity = _focus_disparity(described, problems)
    disparity = _read_disparity(folder, described, problems)
    names = [frame_name(i) for i in range(focus_disparity.size)]
    pictures = {name: _read_picture(folder / name, problems) for name in (*names, ALL_IN_FOCUS_PNG)}
    problems += _size_problems(pictures, disparity)
    if problems or disparity is None:
        raise BadInput(
            f"The stack in {folder} cannot be loaded. {' '.join(problems)}",
            todo="Make the stack again, or choose another folder.",
        )
    all_in_focus = pictures.pop(ALL_IN_FOCUS_PNG)
    frames = np.stack([picture for picture in pictures.values() if picture is not None])
    if all_in_focus is None:
        raise RuntimeError("unreadable pictures are problems and were raised above")
    return FocalStack(frames, focus_disparity), Scene(all_in_focus, disparity), described


def _describe(stack: FocalStack, disparity: Disparity, metadata: Mapping[str, Any]) -> dict[str, Any]:
    own = {
        "format": STACK_FORMAT,
        "frames": len(stack),
        "width": stack.frames.shape[2],
        "height": stack.frames.shape[1],
        "positions": list(range(len(stack))),
        "focus_disparity": [float(value) for value in stack.focus_disparity],
        "disparity": {
            "metric": disparity.metric,
            "source": disparity.source,
            "origin": disparity.origin,
            "confidence": disparity.confidence,
            "touched_up": disparity.touched_up,
            "nearest": disparity.nearest,
            "farthest": disparity.farthest,
        },
    }
    clash = (own.keys() | {FILES, CONTENT_SHA256}) & metadata.keys()
    if clash:
        raise ValueError(f"metadata must not contain {', '.join(sorted(clash))}")
    return {**metadata, **own}


def _own_files(folder: Path) -> dict[str, FileDigest]:
    """The files in a folder that belong to its stack; none when there is no stack."""
    description = folder / STACK_JSON
    if not is_plain_file(description):
        return {}
    try:
        described = _read_json(folder)
    except BadInput:
        return {}
    count = _focus_disparity(described, []).size
    if described.get("format") not in range(1, STACK_FORMAT + 1) or count == 0:
        return {}
    names = (*_FRAME_NAMES[:count], *_OTHER_NAMES)
    if FILES in described:
        return {**listed_files(described, names), STACK_JSON: description_digest(description, described)}
    there = [name for name in (*names, STACK_JSON) if is_plain_file(folder / name)]
    return {name: FileDigest.of(folder / name) for name in there}  # the format without a list


def _video(path: Path, stack: FocalStack, bare_fps: float | None, video: Path | None, progress: Progress) -> None:
    if video is not None:
        shutil.copyfile(video, path)
    elif bare_fps is None:
        write_sweep(path, stack, progress=progress)
    else:
        write_frames_video(path, stack, fps=bare_fps, progress=progress)


def _read_json(folder: Path) -> dict[str, Any]:
    path = folder / STACK_JSON
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise BadInput(f"{path} is too large to describe a stack.", todo="Make the stack again.")
        described = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInput(
            f"{folder} holds no focal stack: there is no {STACK_JSON}.",
            todo="Choose a folder written by `refocus stack`.",
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path} cannot be read: {error}.", todo="Make the stack again.") from error
    if not isinstance(described, dict):
        raise BadInput(f"{path} is not a description of a focal stack.", todo="Make the stack again.")
    check_format(described, STACK_FORMAT, str(path))
    return described


def _focus_disparity(described: dict[str, Any], problems: list[str]) -> NDArray[np.float32]:
    try:
        values = np.asarray(described.get("focus_disparity"), dtype=np.float32)
    except (TypeError, ValueError):
        values = np.empty(0, np.float32)
    if (
        values.ndim == 1
        and 2 <= values.size <= _MAX_FRAMES_READ
        and np.isfinite(values).all()
        and (np.diff(values) <= 0).all()
    ):
        return values
    problems.append(f"{STACK_JSON} has no descending list of numbers under focus_disparity.")
    return np.empty(0, np.float32)


def _read_disparity(folder: Path, described: dict[str, Any], problems: list[str]) -> Disparity | None:
    about = described.get("disparity")
    if not isinstance(about, dict) or not isinstance(about.get("metric"), bool):
        problems.append(f"{STACK_JSON} does not say whether disparity is metric.")
        return None
    try:
        values = _read_map(folder / DISPARITY_NPY)
        return Disparity(
            values,
            metric=about["metric"],
            source=str(about.get("source", "")),
            origin=_origin(about.get("origin")),
            confidence=_confidence(about.get("confidence")),
            touched_up=about.get("touched_up") is True,
        )
    except FileNotFoundError:
        problems.append(f"{DISPARITY_NPY} is missing.")
    except BadInput as error:
        problems.append(f"{DISPARITY_NPY} cannot be used. {error.message}")
    except (OSError, ValueError, EOFError, SyntaxError, tokenize.TokenError):
        problems.append(f"{DISPARITY_NPY} is damaged.")
    return None


def _read_map(path: Path) -> NDArray[np.float32]:
    """Read an .npy file, checking its header first. Raises ValueError when it is not a map, or too large."""
    header = np.load(path, mmap_mode="r", allow_pickle=False)
    if header.ndim != 2 or header.size > PILLOW_MAX_PIXELS:
        raise ValueError(header.shape)
    return np.asarray(np.load(path, allow_pickle=False))


def _origin(value: object) -> Origin:
    """The origin; "given" for folders of the format without it."""
    return next((origin for origin in get_args(Origin) if origin == value), "given")


def _confidence(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1 else None


def _read_picture(path: Path, problems: list[str]) -> NDArray[np.uint8] | None:
    if not path.exists():
        problems.append(f"{path.name} is missing.")
        return None
    try:
        return decode(path, max_pixels=PILLOW_MAX_PIXELS, min_side_px=1).rgb
    except BadInput as error:
        problems.append(error.message)
        return None


def _size_problems(pictures: Mapping[str, NDArray[np.uint8] | None], disparity: Disparity | None) -> list[str]:
    """Pictures and maps that do not have the most common size."""
    sizes = {name: picture.shape[:2] for name, picture in pictures.items() if picture is not None}
    if disparity is not None:
        sizes[DISPARITY_NPY] = disparity.values.shape
    height, width = most_common_size(sizes.values())
    return [
        f"{name} is {shape[1]}x{shape[0]} px, not {width}x{height}."
        for name, shape in sizes.items()
        if shape != (height, width)
    ]
