"""Matches predicted stacks with ground truth on disk, and lists all problems in one error.

The truth is one stack or a folder of scenes, each a stack. A stack is a folder of pictures in order of focus (the
published data set has nine JPEGs a scene), a folder that `refocus stack` wrote, or a ray-traced .npz. The predicted
folder has the same scenes. A predicted scene is a stack, or has one stack for each input position, in folders named
after the input picture of the truth (`000`) or ending in its number (`input_0`). Folders of input positions may also
contain the scenes.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from refocus.core import BadInput
from refocus.evaluate.frames import Frames, PictureFrames, RenderedScene, TracedScene, is_traced
from refocus.media.output_paths import STACK_JSON
from refocus.media.photo_files import natural_key, picture_files
from refocus.media.stack_files import holds_stack

_MAX_LISTED_PROBLEMS = 20
_PROPORTIONS_TOLERANCE = 0.02
_PREDICTED_TAGS = ("blur", "blurred", "input", "predicted", "pred", "restored", "deblurred", "output")
_TRUTH_TAGS = ("sharp", "target", "truth", "gt", "reference")


@dataclass(frozen=True, slots=True)
class Run:
    """One predicted stack.

    Attributes:
        input_position: index of the input among the frames of the truth; None when it is not known.
        frames: as many as the truth has.
        k: K of these frames, in a series of K (`refocus.evaluate.k_series`); None elsewhere.
    """

    input_position: int | None
    frames: Frames
    k: float | None = None


@dataclass(frozen=True, slots=True)
class SceneTask:
    """One scene: its true stack and the predicted ones."""

    name: str
    truth: Frames
    runs: tuple[Run, ...]


def find_scenes(predicted: Path, truth: Path, *, any_size: bool = False) -> tuple[SceneTask, ...]:
    """Match predicted stacks with true ones.

    Args:
        predicted, truth: folders or files as described above.
        any_size: whether sizes may differ if the proportions are equal.

    Raises:
        BadInput: listing missing scenes, missing frames and sizes that differ.
    """
    _check_exists(predicted, truth)
    truths = _truths(truth)
    problems: list[str] = []
    tasks = []
    for name, true_frames in truths.items():
        place = predicted if _as_stack(truth) is not None else predicted / name
        runs = _runs(place, predicted, name, true_frames)
        if not runs:
            problems.append(f"Scene {name}: nothing is in {place}.")
        tasks.append(SceneTask(name, true_frames, tuple(runs)))
    problems += _unmatched(predicted, truth, truths)
    problems += [problem for task in tasks for problem in _task_problems(task, any_size)]
    _raise_all(problems, predicted, truth)
    return tuple(tasks)


def find_pairs(predicted: Path, truth: Path, *, any_size: bool = False) -> tuple[SceneTask, ...]:
    """Match single pictures by name without suffixes such as _blur and _sharp. Each pair is a scene of one frame.

    Args: as `find_scenes`; both may be the same folder, or two files.

    Raises:
        BadInput: listing pictures without a partner and sizes that differ.
    """
    _check_exists(predicted, truth)
    if predicted.is_file() and truth.is_file():
        predictions, truths = {truth.stem: predicted}, {truth.stem: truth}
    else:
        predictions = _by_key(predicted, own=_PREDICTED_TAGS, other=_TRUTH_TAGS)
        truths = _by_key(truth, own=_TRUTH_TAGS, other=_PREDICTED_TAGS)
    problems = [f"{name} has no partner in {truth}." for name in sorted(predictions.keys() - truths.keys())]
    problems += [f"{name} has no partner in {predicted}." for name in sorted(truths.keys() - predictions.keys())]
    if not predictions and not truths:
        problems.append("There are no pictures.")
    tasks = tuple(
        SceneTask(name, PictureFrames((truths[name],)), (Run(None, PictureFrames((predictions[name],))),))
        for name in sorted(predictions.keys() & truths.keys())
    )
    problems += [problem for task in tasks for problem in _task_problems(task, any_size)]
    _raise_all(problems, predicted, truth)
    return tasks


def find_rendered(truth: Path) -> tuple[SceneTask, ...]:
    """Ray-traced scenes, each with our rendering as the prediction.

    Raises:
        BadInput: when there is none.
    """
    _check_exists(truth)
    traced = {name: frames.path for name, frames in _truths(truth).items() if isinstance(frames, TracedScene)}
    if not traced:
        raise BadInput(f"{truth} holds no ray-traced scene.", todo="Give a .npz with stack, aif, depth and meta.")
    return tuple(SceneTask(name, TracedScene(path), (Run(None, RenderedScene(path)),)) for name, path in traced.items())


def _check_exists(*places: Path) -> None:
    missing = [str(place) for place in places if not place.exists()]
    if missing:
        raise BadInput(f"There is no {' and no '.join(missing)}.", todo="Check the name.")


def _truths(truth: Path) -> dict[str, Frames]:
    """The true frames of each scene, by name."""
    single = _as_stack(truth)
    if single is not None:
        return {truth.resolve().stem: single}
    scenes = {folder.name: _as_stack(folder) for folder in _folders(truth)}
    found = {name: frames for name, frames in scenes.items() if frames is not None}
    if not found:
        raise BadInput(
            f"{truth} holds no focal stack.", todo="Give a folder of pictures in order of focus, or a folder of such."
        )
    return found


def _as_stack(place: Path) -> Frames | None:
    """The frames of a folder or file if it is one stack, else None."""
    if place.is_file():
        return TracedScene(place) if place.suffix == ".npz" and is_traced(place) else None
    if not place.is_dir():
        return None
    if holds_stack(place):
        return PictureFrames(tuple(sorted(place.glob("frame_[0-9][0-9].png"))))
    traced = next((path for path in sorted(place.glob("*.npz")) if is_traced(path)), None)
    if traced is not None:
        return TracedScene(traced)
    pictures = picture_files(place)
    holds_stacks = any(_holdspicture_files(folder) for folder in _folders(place))
    return PictureFrames(tuple(pictures)) if len(pictures) >= 2 and not holds_stacks else None


def _runs(place: Path, predicted: Path, name: str, truth: Frames) -> list[Run]:
    """The predicted stacks of one scene."""
    if place.exists():
        single = _as_stack(place)
        if single is not None:
            return [Run(_described_input(place, truth), single)]
        return _by_input({folder.name: folder for folder in _folders(place)}, truth)
    outside = {folder.name: folder / name for folder in _folders(predicted) if (folder / name).is_dir()}
    return _by_input(outside, truth)


def _by_input(folders: dict[str, Path], truth: Frames) -> list[Run]:
    stacks = {label: _as_stack(folder) for label, folder in folders.items()}
    return [Run(_input_position(label, truth), frames) for label, frames in stacks.items() if frames is not None]


def _input_position(label: str, truth: Frames) -> int | None:
    """The index of the true frame with that name, or the number at the end of the label."""
    if label in truth.names:
        return truth.names.index(label)
    number = re.search(r"(\d+)$", label)
    position = int(number.group(1)) if number else None
    return position if position is not None and position < len(truth.names) else None


def _described_input(place: Path, truth: Frames) -> int | None:
    """The input position according to stack.json."""
    try:
        described = json.loads((place / STACK_JSON).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    names = truth.names
    photo = described.get("photo")
    if photo in names:
        return names.index(photo)
    position = (described.get("request") or {}).get("input_position")
    return position if isinstance(position, int) and position < len(names) else None


def _unmatched(predicted: Path, truth: Path, truths: dict[str, Frames]) -> list[str]:
    if _as_stack(truth) is not None or not any((predicted / name).exists() for name in truths):
        return []
    extra = [folder.name for folder in _folders(predicted) if folder.name not in truths]
    return [f"Scene {name}: there is no truth for it in {truth}." for name in extra]


def _task_problems(task: SceneTask, any_size: bool) -> list[str]:
    problems = [f"Scene {task.name}: {problem}" for problem in task.truth.problems()]
    several = len(task.runs) > 1
    for run in task.runs:
        where = f"Scene {task.name}" + (f", input {run.input_position}" if several else "")
        problems += [f"{where}: {problem}" for problem in run.frames.problems()]
        have, need = len(run.frames.names), len(task.truth.names)
        if have != need:
            problems.append(f"{where}: {have} predicted frames, but the truth has {need}.")
        problems += [f"{where}: {problem}" for problem in _size_problem(run.frames, task.truth, any_size)]
    inputs = [run.input_position for run in task.runs]
    if several and (None in inputs or len(set(inputs)) < len(inputs)):
        problems.append(f"Scene {task.name}: the names of its folders do not end in different input positions.")
    return problems


def _size_problem(predicted: Frames, truth: Frames, any_size: bool) -> list[str]:
    (width, height), (true_width, true_height) = predicted.size(), truth.size()
    if (width, height) == (true_width, true_height) or 0 in (width, true_width):
        return []
    sizes = f"predicted {width}x{height} px, truth {true_width}x{true_height} px"
    proportions = width / height * true_height / true_width
    if abs(proportions - 1) > _PROPORTIONS_TOLERANCE:
        return [f"{sizes}: the proportions differ."]
    return [] if any_size else [f"{sizes}; add --resize to bring the predicted frames to the truth's size."]


def _raise_all(problems: Sequence[str], predicted: Path, truth: Path) -> None:
    if not problems:
        return
    named = " ".join(problems[:_MAX_LISTED_PROBLEMS])
    more = f" And {len(problems) - _MAX_LISTED_PROBLEMS} more problems." if len(problems) > _MAX_LISTED_PROBLEMS else ""
    raise BadInput(
        f"{predicted} and {truth} do not fit together. {named}{more}", todo="Correct these, then evaluate again."
    )


def _folders(place: Path) -> list[Path]:
    if not place.is_dir():
        return []
    return sorted((path for path in place.iterdir() if path.is_dir() and path.name[0] != "."), key=natural_key)


def _holdspicture_files(folder: Path) -> bool:
    return len(picture_files(folder)) >= 2


def _by_key(place: Path, *, own: Sequence[str], other: Sequence[str]) -> dict[str, Path]:
    """Pictures by name without one of the suffixes `own`; those with a suffix of `other` are left out."""
    paths = [place] if place.is_file() else picture_files(place)
    found = {}
    for path in paths:
        stem, _, tag = path.stem.rpartition("_")
        tag = tag.lower()
        if stem and tag in other:
            continue
        found[stem if stem and tag in own else path.stem] = path
    return found
