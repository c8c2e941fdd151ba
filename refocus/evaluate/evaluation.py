"""A whole evaluation: every scene measured once, by however many processes, then brought together."""

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refocus.batch import Failure, Outcome, Processes, run_items
from refocus.core import BadInput, Progress, silent
from refocus.evaluate.dataset_layout import SceneTask
from refocus.evaluate.frames import Frames
from refocus.evaluate.grid import Grid, rows_csv, summarize
from refocus.evaluate.heatmap import draw_heatmap
from refocus.evaluate.measure import EvaluationOptions, Row, SceneResult, measure_scene
from refocus.evaluate.networks import MetricSet
from refocus.media import atomic_folder, atomic_path, check_output_folder, save_png
from refocus.media.atomic import finish_interrupted
from refocus.media.file_digests import (
    FILES,
    FileDigest,
    check_replaceable,
    description_digest,
    is_plain_file,
    listed_files,
    with_files,
)

SCENES = "scenes"
EVALUATION_JSON, FRAMES_CSV, GRID_CSV, GRID_PNG = "evaluation.json", "frames.csv", "grid.csv", "grid.png"
_TABLES = (FRAMES_CSV, GRID_CSV, GRID_PNG)
_FEATURES = {"features", "true_features"}


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What came out.

    Attributes:
        grid: all numbers brought together; None when no scene could be measured.
        results: scene by scene.
        outcome: which scenes were measured now, which before, and which could not be.
    """

    grid: Grid | None
    results: tuple[SceneResult, ...]
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        """What `evaluate` prints and writes: plain JSON values."""
        return {
            **({} if self.grid is None else self.grid.to_json()),
            "failed": {failure.name: failure.why for failure in self.outcome.failed},
        }


def evaluate(
    tasks: Sequence[SceneTask],
    meters: MetricSet,
    how: EvaluationOptions | None = None,
    *,
    out: Path | None = None,
    force: bool = False,
    processes: Processes | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Measure scenes and bring the numbers together; a scene that fails does not stop the others.

    Args:
        tasks: from `find_scenes`, `find_pairs` or `find_rendered`.
        meters: from `load_metrics`.
        how: how frames are prepared.
        out: folder for the numbers and the heat map. Scenes measured there before are not measured again, and
            several processes share the work.
        force: replace numbers in `out` that came from other files or settings; other files are never replaced.
        processes: who shares the work; needs `out`.
        progress: told scene and fraction.

    Raises:
        BadInput: when `out` holds other numbers and `force` is not given, a file that is compared, or other files in
            the names of the results; or several processes have no `out`.
        Cancelled: from `progress`.
    """
    how = how or EvaluationOptions()
    processes = processes or Processes()
    if out is None:
        if processes.count > 1:
            raise BadInput("Several processes need a place to meet.", todo="Add --out DIR.")
        return _in_memory(tasks, meters, how, progress)
    check_evaluation_folder(out, tasks)
    questions = {task.name: _question(task, meters, how) for task in tasks}
    if not force:
        _refuse_others(out, questions)

    def work(name: str, report: Progress) -> None:
        task = next(task for task in tasks if task.name == name)
        _save(out, measure_scene(task, how, meters, report), questions[name])

    outcome = run_items(
        list(questions),
        work,
        done=lambda name: _answered(out, name) == questions[name],
        folder=out,
        processes=processes,
        progress=progress,
    )
    found = tuple(_load(out, name) for name in questions if _answered(out, name) == questions[name])
    whole = Evaluation(summarize(found, meters.left_out) if found else None, found, outcome)
    if processes.is_first and whole.grid is not None:
        _write(out, whole)
    return whole


def check_evaluation_folder(out: Path, tasks: Sequence[SceneTask]) -> None:
    """Refuse a folder that the numbers cannot go to, before there is work to lose.

    Args:
        out: need not exist.
        tasks: what will be measured.

    Raises:
        BadInput: when the place cannot be written, holds a file that is compared, or holds files in the names of the
            results that no evaluation wrote or that were changed since.
    """
    for folder in (out, out / SCENES):
        check_output_folder(folder, [path for task in tasks for path in _files_of(task)])
    finish_interrupted(out)
    check_replaceable(out, (EVALUATION_JSON, *_TABLES), _own_files(out))
    written = [
        path for task in tasks for path in (_json_of(out, task.name), _json_of(out, task.name).with_suffix(".npz"))
    ]
    strange = [path.name for path in written if os.path.lexists(path) and not _is_own(path)]
    if strange:
        raise BadInput(
            f"Files in {out / SCENES} are in the way: {', '.join(strange)}.",
            todo="Choose another folder, or move them away.",
        )


def _files_of(task: SceneTask) -> tuple[Path, ...]:
    return (*task.truth.paths, *(path for run in task.runs for path in run.frames.paths))


def _is_own(path: Path) -> bool:
    """Whether a scene's file is one that `_save` writes."""
    if not is_plain_file(path):
        return False
    if path.suffix == ".json":
        return _question_in(path) is not None
    try:
        with np.load(path) as data:
            return set(data.files) == _FEATURES
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile):
        return False


def _own_files(out: Path) -> dict[str, FileDigest]:
    """The files of the numbers in a folder that an earlier evaluation wrote."""
    description = out / EVALUATION_JSON
    try:
        described = json.loads(description.read_text(encoding="utf-8")) if is_plain_file(description) else None
    except (OSError, ValueError, RecursionError):
        described = None
    if not isinstance(described, dict):
        return {}
    if FILES in described:
        return {**listed_files(described, _TABLES), EVALUATION_JSON: description_digest(description, described)}
    if "failed" not in described or not any(_question_in(path) for path in (out / SCENES).glob("*.json")):
        return {}
    there = [name for name in (EVALUATION_JSON, *_TABLES) if is_plain_file(out / name)]
    return {name: FileDigest.of(out / name) for name in there}  # from before files were listed


def _in_memory(tasks: Sequence[SceneTask], meters: MetricSet, how: EvaluationOptions, progress: Progress) -> Evaluation:
    results, failed = [], []
    for index, task in enumerate(tasks):

        def report(stage: str, fraction: float, name: str = task.name, begun: int = index) -> None:
            progress(f"{name}: {stage}", (begun + fraction) / len(tasks))

        try:
            results.append(measure_scene(task, how, meters, report))
        except BadInput as error:
            failed.append(Failure(task.name, str(error), bad_input=True))
    grid = summarize(results, meters.left_out) if results else None
    return Evaluation(grid, tuple(results), Outcome(tuple(result.name for result in results), (), tuple(failed)))


def _question(task: SceneTask, meters: MetricSet, how: EvaluationOptions) -> str:
    """The same for the same files and settings, wherever they lie."""
    asked = {
        "how": asdict(how),
        "metrics": meters.names,
        "truth": _fingerprint(task.truth),
        "runs": [[run.input_position, type(run.frames).__name__, _fingerprint(run.frames)] for run in task.runs],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _fingerprint(frames: Frames) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in frames.paths]


def _refuse_others(out: Path, questions: dict[str, str]) -> None:
    """Numbers of other files or settings stay; half-finished ones of this question are gone on with."""
    folder = out / SCENES
    held = sorted(path.stem for path in folder.glob("*.json")) if folder.is_dir() else []
    others = [name for name in held if _answered(out, name) != questions.get(name)]
    if not others and not held and (out / EVALUATION_JSON).exists():
        others = [EVALUATION_JSON]
    if others:
        raise BadInput(
            f"{out} holds numbers from other files or settings: {', '.join(others)}.",
            todo="Choose another folder, or add --force to replace them.",
        )


def _answered(out: Path, name: str) -> str | None:
    """The question that a scene's saved numbers answer."""
    return _question_in(_json_of(out, name))


def _question_in(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["question"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _json_of(out: Path, name: str) -> Path:
    return out / SCENES / f"{name}.json"


def _save(out: Path, result: SceneResult, question: str) -> None:
    """The JSON comes last: a scene that has it is complete."""
    if result.features is not None and result.true_features is not None:
        with atomic_path(_json_of(out, result.name).with_suffix(".npz")) as partial:
            np.savez(partial, features=result.features, true_features=result.true_features)
    text = json.dumps({**result.to_json(), "question": question}, indent=1, allow_nan=False)
    with atomic_path(_json_of(out, result.name)) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def _load(out: Path, name: str) -> SceneResult:
    saved = json.loads(_json_of(out, name).read_text(encoding="utf-8"))
    rows = tuple(
        Row(row.pop("input"), row.pop("output"), {metric: float(value) for metric, value in row.items()})
        for row in saved["rows"]
    )
    features = _json_of(out, name).with_suffix(".npz")
    if not features.exists():
        return SceneResult(name, rows, notes=tuple(saved["notes"]))
    with np.load(features) as data:
        return SceneResult(name, rows, data["features"], data["true_features"], tuple(saved["notes"]))


def _write(out: Path, whole: Evaluation) -> None:
    if whole.grid is None:
        raise ValueError("nothing was measured")
    with atomic_folder(out, own=_own_files(out), last=EVALUATION_JSON) as partial:
        (partial / FRAMES_CSV).write_text(rows_csv(whole.results), encoding="utf-8")
        (partial / GRID_CSV).write_text(whole.grid.to_csv(), encoding="utf-8")
        save_png(partial / GRID_PNG, draw_heatmap(whole.grid))
        text = json.dumps(with_files(whole.to_json(), partial), indent=1, allow_nan=False, ensure_ascii=False)
        (partial / EVALUATION_JSON).write_text(text + "\n", encoding="utf-8")
