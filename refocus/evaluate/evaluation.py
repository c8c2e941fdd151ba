"""Evaluates scenes: each is measured once among all processes, and the results are averaged and written."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from refocus.batch import Outcome, Processes, run_items
from refocus.core import BadInput, Progress, silent
from refocus.core.user_text import json_text
from refocus.evaluate.dataset_layout import SceneTask
from refocus.evaluate.frames import Frames
from refocus.evaluate.grid import Grid, rows_csv, summarize
from refocus.evaluate.heatmap import draw_heatmap
from refocus.evaluate.k_series import measure_series
from refocus.evaluate.measure import EvaluationOptions, Row, SceneResult, json_numbers, measure_scene
from refocus.evaluate.networks import MetricSet
from refocus.evaluate.protocols import PROTOCOLS, ProtocolName
from refocus.evaluate.published import comparison_rows
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
_FEATURE_ARRAYS = {"features", "true_features"}


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The result of an evaluation.

    Attributes:
        grid: the metrics over all scenes; None when no scene could be measured.
        results: the metrics of each scene.
        outcome: which scenes were measured now, were measured before, or failed.
        protocol: by name.
    """

    grid: Grid | None
    results: tuple[SceneResult, ...]
    outcome: Outcome
    protocol: ProtocolName = "standard"

    def comparison(self) -> list[dict[str, str | float]]:
        """This run's results and the published ones of the protocol; see `comparison_rows`."""
        return comparison_rows(self.protocol, {} if self.grid is None else self.grid.means)

    def to_json(self) -> dict[str, Any]:
        """What `evaluate` prints and writes, as plain JSON values."""
        return {
            **({} if self.grid is None else self.grid.to_json()),
            **({} if self.protocol == "standard" else self._protocol_json()),
            "failed": {failure.name: failure.why for failure in self.outcome.failed},
        }

    def _protocol_json(self) -> dict[str, Any]:
        protocol = PROTOCOLS[self.protocol]
        measured = set() if self.grid is None else self.grid.means.keys()
        return {
            "protocol": self.protocol,
            "definitions": {name: text for name, text in protocol.definitions.items() if name in measured},
            "published": [
                {**row, **json_numbers({name: value for name, value in row.items() if isinstance(value, float)})}
                for row in self.comparison()
            ],
            "published_note": protocol.beside,
        }


def evaluate(
    tasks: Sequence[SceneTask],
    metrics: MetricSet,
    options: EvaluationOptions | None = None,
    *,
    out: Path | None = None,
    force: bool = False,
    processes: Processes | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Measure the metrics of scenes and average them. A scene that fails does not stop the others.

    Args:
        tasks: from `find_scenes`, `find_pairs` or `find_rendered`.
        metrics: from `load_metrics`.
        options: how frames are prepared.
        out: folder for the results and the heat map. Scenes that were measured there before are not measured again,
            and several processes share the scenes. None writes nothing.
        force: replace results in `out` that came from other files or settings; other files are never replaced.
        processes: this process and those that share the scenes; several need `out`.
        progress: called with scene and stage, and the fraction.

    Raises:
        BadInput: when `out` holds other results and `force` is not given, an input file, or other files with the names
            of the results; or when several processes have no `out`.
        Cancelled: from `progress`.
    """
    options = options or EvaluationOptions()
    processes = processes or Processes()
    if out is None:
        if processes.count > 1:
            raise BadInput("Several processes need a common folder.", todo="Add --out DIR.")
        with tempfile.TemporaryDirectory() as scratch:
            return evaluate(tasks, metrics, options, out=Path(scratch), progress=progress)
    check_evaluation_folder(out, tasks)
    fingerprints = {task.name: _fingerprint(task, metrics, options) for task in tasks}
    if not force:
        _refuse_others(out, fingerprints)

    def work(name: str, report: Progress) -> None:
        task = next(task for task in tasks if task.name == name)
        measure = measure_series if task.runs[0].k is not None else measure_scene
        _save(out, measure(task, options, metrics, report), fingerprints[name])

    outcome = run_items(
        list(fingerprints),
        work,
        done=lambda name: _saved_fingerprint(out, name) == fingerprints[name],
        folder=out,
        processes=processes,
        progress=progress,
    )
    found = tuple(_load(out, name) for name in fingerprints if _saved_fingerprint(out, name) == fingerprints[name])
    pooled = PROTOCOLS[options.protocol].pooled_psnr
    grid = summarize(found, metrics.left_out, pooled_psnr=pooled) if found else None
    evaluation = Evaluation(grid, found, outcome, options.protocol)
    if processes.is_first and evaluation.grid is not None:
        _write(out, evaluation)
    return evaluation


def check_evaluation_folder(out: Path, tasks: Sequence[SceneTask]) -> None:
    """Check before measuring that a folder can take the results.

    Args:
        out: the folder; it need not exist.
        tasks: the scenes to measure.

    Raises:
        BadInput: when the folder cannot be written, holds an input file, or holds files with the names of the results
            that no evaluation wrote or that were changed since.
    """
    for folder in (out, out / SCENES):
        check_output_folder(folder, [path for task in tasks for path in _files_of(task)])
    finish_interrupted(out)
    check_replaceable(out, (EVALUATION_JSON, *_TABLES), _own_files(out))
    written = [
        path for task in tasks for path in (_json_of(out, task.name), _json_of(out, task.name).with_suffix(".npz"))
    ]
    foreign = [path.name for path in written if os.path.lexists(path) and not _is_own(path)]
    if foreign:
        raise BadInput(
            f"Files in {out / SCENES} are in the way: {', '.join(foreign)}.",
            todo="Choose another folder, or move them away.",
        )


def _files_of(task: SceneTask) -> tuple[Path, ...]:
    return (*task.truth.paths, *(path for run in task.runs for path in run.frames.paths))


def _is_own(path: Path) -> bool:
    """Whether `_save` wrote the file of a scene."""
    if not is_plain_file(path):
        return False
    if path.suffix == ".json":
        return _fingerprint_in(path) is not None
    try:
        with np.load(path) as data:
            return set(data.files) == _FEATURE_ARRAYS
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile):
        return False


def _own_files(out: Path) -> dict[str, FileDigest]:
    """The files of results that an earlier evaluation wrote in a folder."""
    description = out / EVALUATION_JSON
    try:
        described = json.loads(description.read_text(encoding="utf-8")) if is_plain_file(description) else None
    except (OSError, ValueError, RecursionError):
        described = None
    if not isinstance(described, dict):
        return {}
    if FILES in described:
        return {**listed_files(described, _TABLES), EVALUATION_JSON: description_digest(description, described)}
    if "failed" not in described or not any(_fingerprint_in(path) for path in (out / SCENES).glob("*.json")):
        return {}
    present = [name for name in (EVALUATION_JSON, *_TABLES) if is_plain_file(out / name)]
    return {name: FileDigest.of(out / name) for name in present}  # written before evaluation.json listed files


def _fingerprint(task: SceneTask, metrics: MetricSet, options: EvaluationOptions) -> str:
    """A hash of the contents of all files and of the settings."""
    content = {
        "how": {name: value for name, value in asdict(options).items() if (name, value) != ("protocol", "standard")},
        "metrics": metrics.names,
        "truth": _hashes(task.truth),
        "runs": [
            [run.input_position, type(run.frames).__name__, _hashes(run.frames), *([] if run.k is None else [run.k])]
            for run in task.runs
        ],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _hashes(frames: Frames) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in frames.paths]


def _refuse_others(out: Path, fingerprints: dict[str, str]) -> None:
    """Raise BadInput when a folder holds results from other files or settings. Unfinished results are no obstacle."""
    folder = out / SCENES
    saved = sorted(path.stem for path in folder.glob("*.json")) if folder.is_dir() else []
    others = [name for name in saved if _saved_fingerprint(out, name) != fingerprints.get(name)]
    if not others and not saved and (out / EVALUATION_JSON).exists():
        others = [EVALUATION_JSON]
    if others:
        raise BadInput(
            f"{out} holds results from other files or settings: {', '.join(others)}.",
            todo="Choose another folder, or add --force to replace them.",
        )


def _saved_fingerprint(out: Path, name: str) -> str | None:
    """The fingerprint in the saved results of a scene."""
    return _fingerprint_in(_json_of(out, name))


def _fingerprint_in(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["question"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _json_of(out: Path, name: str) -> Path:
    return out / SCENES / f"{name}.json"


def _save(out: Path, result: SceneResult, fingerprint: str) -> None:
    """Write the JSON last, because a scene with it counts as complete."""
    if result.features is not None and result.true_features is not None:
        with atomic_path(_json_of(out, result.name).with_suffix(".npz")) as partial:
            np.savez(partial, features=result.features, true_features=result.true_features)
    text = json.dumps({**result.to_json(), "question": fingerprint}, indent=1, allow_nan=False)
    with atomic_path(_json_of(out, result.name)) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def _load(out: Path, name: str) -> SceneResult:
    saved = json.loads(_json_of(out, name).read_text(encoding="utf-8"))
    rows = tuple(
        Row(
            row.pop("input"),
            row.pop("output"),
            samples=row.pop("samples", 1),
            values={metric: float(value) for metric, value in row.items()},
        )
        for row in saved["rows"]
    )
    features = _json_of(out, name).with_suffix(".npz")
    if not features.exists():
        return SceneResult(name, rows, notes=tuple(saved["notes"]))
    with np.load(features) as data:
        return SceneResult(name, rows, data["features"], data["true_features"], tuple(saved["notes"]))


def _write(out: Path, evaluation: Evaluation) -> None:
    if evaluation.grid is None:
        raise ValueError("nothing was measured")
    with atomic_folder(out, own=_own_files(out), last=EVALUATION_JSON) as partial:
        (partial / FRAMES_CSV).write_text(rows_csv(evaluation.results), encoding="utf-8", errors="replace")
        (partial / GRID_CSV).write_text(evaluation.grid.to_csv(), encoding="utf-8", errors="replace")
        save_png(partial / GRID_PNG, draw_heatmap(evaluation.grid))
        text = json_text(with_files(evaluation.to_json(), partial), indent=1)
        (partial / EVALUATION_JSON).write_text(text + "\n", encoding="utf-8")
