"""Pictures of one scene with several K: the K whose picture is nearest to the truth, and how blur follows K.

As Generative Refocusing (arXiv 2512.16923) evaluates bokeh: K is not known for a real picture, so each truth picture is
compared with the prediction of the highest SSIM.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocus.core import BadInput, Progress, silent
from refocus.evaluate.dataset_layout import Run, SceneTask
from refocus.evaluate.frames import PictureFrames
from refocus.evaluate.measure import EvaluationOptions, Row, SceneResult, measured_truth, values_of, without_border
from refocus.evaluate.metrics import ssim
from refocus.evaluate.networks import MetricSet
from refocus.media.photo_files import picture_files

_K = re.compile(r"k[_=-]?(\d+(?:\.\d+)?)", re.IGNORECASE)
MIN_SERIES = 3
"""Fewer K have no correlation that says anything."""


def laplacian_variance(picture: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of the grey levels of a picture, (height, width, 3) uint8 sRGB; it falls with blur."""
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def lv_correlation(ks: ArrayLike, pictures: Sequence[NDArray[np.uint8]]) -> float:
    """Minus the Pearson correlation of K and the Laplacian variance: 1 where blur follows K linearly.

    NaN where all pictures, or all K, are equally sharp.
    """
    variances = np.array([laplacian_variance(picture) for picture in pictures])
    wanted = np.asarray(ks, np.float64)
    if np.ptp(variances) == 0 or np.ptp(wanted) == 0:
        return float("nan")
    return -float(np.corrcoef(wanted, variances)[0, 1])


def is_k_series(folder: Path) -> bool:
    """Whether a folder, or each folder in it, holds pictures named after their K, such as k_15.png."""
    return folder.is_dir() and any(_k_of(path) is not None for path in _pictures_below(folder))


def find_k_series(predicted: Path, truth: Path, *, any_size: bool = False) -> tuple[SceneTask, ...]:
    """Match series of predictions with true pictures.

    Args:
        predicted: a folder of pictures named after their K (k_15.png), or of such folders, one a scene.
        truth: a picture or a folder of pictures of the one scene; or a folder with such, named after the scenes.
        any_size: whether sizes may differ.

    Raises:
        BadInput: listing scenes without truth, series of fewer than two K, and sizes that differ.
    """
    single = any(_k_of(path) is not None for path in picture_files(predicted))
    scenes = {predicted.name: predicted} if single else {path.name: path for path in _folders(predicted)}
    tasks, problems = [], []
    for name, folder in scenes.items():
        found = sorted((k, path) for path in picture_files(folder) if (k := _k_of(path)) is not None)
        true = _truth_of(truth, None if single else name)
        if len(found) < 2:
            problems.append(f"{folder} has fewer than two pictures named after their K, such as k_15.png.")
        elif not true:
            problems.append(f"Scene {name} has no true picture in {truth}.")
        else:
            runs = tuple(Run(None, PictureFrames((path,) * len(true)), k) for k, path in found)
            tasks.append(SceneTask(name, PictureFrames(true), runs))
    for task in tasks:
        problems += [
            problem for frames in (task.truth, *(run.frames for run in task.runs)) for problem in frames.problems()
        ]
        sizes = {run.frames.size() for run in task.runs}
        if not any_size and sizes != {task.truth.size()}:
            problems.append(f"Scene {task.name}: predictions and truth differ in size; add --resize.")
    if problems:
        raise BadInput(" ".join(problems), todo="See `evaluate --help`.")
    return tuple(tasks)


def measure_series(
    task: SceneTask, options: EvaluationOptions, metrics: MetricSet, progress: Progress = silent
) -> SceneResult:
    """Measure each true picture against the prediction of the highest SSIM, and how blur follows K.

    Its rows have `best_k`, and `lvcorr` where it is measured and there are three K or more.

    Raises:
        BadInput: for a damaged file, frames that cannot be aligned, or too small ones.
    """
    truth, border = measured_truth(task, options, metrics)
    true_frames = [without_border(frame, border) for frame in truth.frames]
    series = []
    for index, run in enumerate(task.runs):
        series.append([without_border(frame, border) for frame in truth.match(run.frames.read(), None)])
        progress("Reading the series", 0.5 * (index + 1) / len(task.runs))
    ks = [run.k or 0.0 for run in task.runs]
    notes = list(truth.notes)
    linear = float("nan")
    if "lvcorr" in metrics.per_scene and len(ks) >= MIN_SERIES:
        linear = lv_correlation(ks, [frames[0] for frames in series])
    if "lvcorr" in metrics.per_scene and not np.isfinite(linear):
        notes.append(f"LVCorr is left out: {len(ks)} K, or all pictures are equally sharp.")
    rows = []
    for output, true_frame in enumerate(true_frames):
        similarity = [ssim(frames[output], true_frame) for frames in series]
        best = int(np.argmax(similarity))
        values = values_of((series[best][output], true_frame), metrics)
        more = {"best_k": ks[best], **({"lvcorr": linear} if np.isfinite(linear) else {})}
        rows.append(Row(None, output, {**values, **more}, true_frame.size))
        progress("Measuring", 0.5 + 0.5 * (output + 1) / len(true_frames))
    return SceneResult(task.name, tuple(rows), notes=tuple(notes))


def _k_of(path: Path) -> float | None:
    match = _K.fullmatch(path.stem)
    return None if match is None else float(match[1])


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures_below(folder: Path) -> list[Path]:
    return [*picture_files(folder), *(path for scene in _folders(folder) for path in picture_files(scene))]


def _truth_of(truth: Path, scene: str | None) -> tuple[Path, ...]:
    """The true pictures of a scene, or of the only one."""
    if truth.is_file():
        return (truth,) if scene is None else ()
    if not truth.is_dir():
        return ()
    if scene is None:
        return tuple(picture_files(truth))
    if (truth / scene).is_dir():
        return tuple(picture_files(truth / scene))
    return tuple(path for path in picture_files(truth) if path.stem == scene)
