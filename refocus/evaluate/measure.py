"""Measures the metrics of one scene: each predicted frame against the ground truth frame."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Progress, silent
from refocus.core.threads import on_cores
from refocus.evaluate.dataset_layout import SceneTask
from refocus.evaluate.frame_alignment import align_predicted, align_truth, resized, unaligned_truth
from refocus.evaluate.metrics import VIF_MIN_SIDE_PX
from refocus.evaluate.networks import MetricSet
from refocus.evaluate.protocols import ProtocolName

Stack = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How frames are prepared before the metrics are measured.

    Attributes:
        register: align real photos, which differ by focus breathing, and warp the prediction onto them.
        resize: resize predicted frames to the size of the truth.
        truth_order: where the first frame of the truth is focused: "near-first", "far-first" or "auto", which decides
            by the colour of the blur and needs `register`.
        border_px: margin that is left out on each side, in addition to the margin of the truth.
        protocol: how the metrics are defined and averaged.

    Raises:
        BadInput: on values out of range.
    """

    register: bool = False
    resize: bool = False
    truth_order: str = "near-first"
    border_px: int = 0
    protocol: ProtocolName = "standard"

    def __post_init__(self) -> None:
        if self.truth_order == "auto" and not self.register:
            raise BadInput("The order can only be found for aligned photos.", todo="Add --register, or name the order.")
        if self.border_px < 0:
            raise BadInput(f"A border of {self.border_px} px is not possible.", todo="Choose 0 or more.")


@dataclass(frozen=True, slots=True)
class Row:
    """The metrics of one frame.

    Attributes:
        input, output: positions; `input` is None when it is not known.
        values: by metric.
        samples: pixels times channels that were compared.
    """

    input: int | None
    output: int
    values: dict[str, float]
    samples: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class SceneResult:
    """The metrics of one scene.

    Attributes:
        name: of the scene.
        rows: one for each predicted frame.
        features: (rows, features) of the predicted frames, for FID; None without FID.
        true_features: (rows, features) of the corresponding true frames.
        notes: remarks for the user.
    """

    name: str
    rows: tuple[Row, ...]
    features: NDArray[np.float32] | None = None
    true_features: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """Everything but the features, as plain JSON values."""
        rows = [
            {"input": row.input, "output": row.output, "samples": row.samples, **json_numbers(row.values)}
            for row in self.rows
        ]
        return {"scene": self.name, "rows": rows, "notes": list(self.notes)}


def json_numbers(values: dict[str, float]) -> dict[str, float | str]:
    """Values for JSON, which has no infinity: the PSNR of equal pictures is written as "inf"."""
    return {name: value if np.isfinite(value) else str(value) for name, value in values.items()}


def measure_scene(
    task: SceneTask, options: EvaluationOptions, metrics: MetricSet, progress: Progress = silent
) -> SceneResult:
    """Compare each predicted frame of a scene with the true one.

    Raises:
        BadInput: for a damaged file, frames that cannot be aligned, or too small ones.
    """
    truth, border = measured_truth(task, options, metrics)
    true_frames = [without_border(frame, border) for frame in truth.frames]
    rows: list[Row] = []
    features: list[NDArray[np.float32]] = []
    for index, run in enumerate(task.runs):
        position = _nearest_first(run.input_position, truth)
        predicted = [without_border(frame, border) for frame in truth.match(run.frames.read(), position)]
        pairs = list(zip(predicted, true_frames, strict=True))
        with closing(on_cores(lambda pair: values_of(pair, metrics), pairs)) as measured:
            for output, values in enumerate(measured):
                rows.append(Row(position, output, values, true_frames[output].size))
                progress("Measuring", (index + (output + 1) / len(pairs)) / len(task.runs))
        if metrics.features:
            features += [metrics.features(frame) for frame in predicted]
    true_features = [metrics.features(frame) for frame in true_frames] if metrics.features else []
    return SceneResult(
        name=task.name,
        rows=tuple(rows),
        features=np.stack(features) if features else None,
        true_features=np.stack([true_features[row.output] for row in rows]) if features else None,
        notes=truth.notes,
    )


def values_of(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]], metrics: MetricSet) -> dict[str, float]:
    """Each metric of a pair of pictures, (predicted, truth)."""
    return {name: measure(*pair) for name, measure in metrics.measures.items()}


@dataclass(frozen=True, slots=True, eq=False)
class PreparedTruth:
    """True frames, nearest focus first. `match` fits a predicted stack, with its input position, to them."""

    frames: Stack
    match: Callable[[Stack, int | None], Stack]
    far_first: bool
    notes: tuple[str, ...] = ()


def measured_truth(task: SceneTask, options: EvaluationOptions, metrics: MetricSet) -> tuple[PreparedTruth, int]:
    """The true frames of a scene, and the margin that is not compared. Raises BadInput when too little is left."""
    truth, border = _prepared_truth(task, options), task.truth.border_px + options.border_px
    _check_size(truth.frames, border, metrics)
    return truth, border


def _prepared_truth(task: SceneTask, options: EvaluationOptions) -> PreparedTruth:
    photos = task.truth.read()
    if options.register:
        aligned = align_truth(photos, options.truth_order) if len(photos) > 1 else unaligned_truth(photos)
        height, width = aligned.frames.shape[1:3]
        scales = np.hypot(aligned.transforms[:, 0, 0], aligned.transforms[:, 1, 0])
        note = f"aligned: scales of {scales.min():.3f} to {scales.max():.3f}, {width}x{height} px in common"
        order = ("far" if aligned.far_first else "near") + " focus first"
        return PreparedTruth(
            aligned.frames,
            lambda predicted, position: align_predicted(predicted, aligned, position),
            aligned.far_first,
            (f"{note}; photos taken with {order}.",),
        )
    far_first = options.truth_order == "far-first"
    size = task.truth.size()
    return PreparedTruth(
        photos[::-1] if far_first else photos,
        lambda predicted, position: resized(predicted, size) if options.resize else predicted,
        far_first,
    )


def _nearest_first(input_position: int | None, truth: PreparedTruth) -> int | None:
    """The input position, counted from the nearest frame."""
    if input_position is None or not truth.far_first:
        return input_position
    return len(truth.frames) - 1 - input_position


def _check_size(frames: Stack, border: int, metrics: MetricSet) -> None:
    side_px = min(frames.shape[1:3]) - 2 * border
    min_side_px = VIF_MIN_SIDE_PX if "vif" in metrics.measures else 16
    if side_px < min_side_px:
        raise BadInput(
            f"Only {max(side_px, 0)} px are left to compare on the shorter side, but {min_side_px} are needed.",
            todo="Leave out a smaller border, or VIF.",
        )


def without_border(frame: NDArray[np.uint8], border: int) -> NDArray[np.uint8]:
    """The frame without a margin on each side."""
    return frame[border : frame.shape[0] - border, border : frame.shape[1] - border]
