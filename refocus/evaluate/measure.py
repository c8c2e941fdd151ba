"""Measures one scene: each predicted frame against the true one."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Progress, silent
from refocus.evaluate.dataset_layout import SceneTask
from refocus.evaluate.frame_alignment import align_predicted, align_truth, resized, unmoved_truth
from refocus.evaluate.metrics import VIF_LEAST_SIDE_PX
from refocus.evaluate.networks import MetricSet
from refocus.optics.render.threads import on_cores

Stack = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How frames are prepared before they are compared.

    Attributes:
        register: align real photos, whose focus breathes, and lay the prediction on them.
        resize: bring predicted frames to the truth's size.
        truth_order: "near-first", "far-first" or "auto": where the truth's first frame is focused. The last is told
            by the colour of the blur, and needs `register`.
        border_px: left out on each side, beside what the truth itself asks for.

    Raises:
        BadInput: on values out of range.
    """

    register: bool = False
    resize: bool = False
    truth_order: str = "near-first"
    border_px: int = 0

    def __post_init__(self) -> None:
        if self.truth_order == "auto" and not self.register:
            raise BadInput("The order can only be told of aligned photos.", todo="Add --register, or name the order.")
        if self.border_px < 0:
            raise BadInput(f"A border of {self.border_px} px is not possible.", todo="Choose 0 or more.")


@dataclass(frozen=True, slots=True)
class Row:
    """One frame's numbers. `input` is None when nothing tells which frame was the input."""

    input: int | None
    output: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class SceneResult:
    """One scene's numbers.

    Attributes:
        name: of the scene.
        rows: one for each predicted frame.
        features: for FID: of each predicted frame, in the order of the rows; (rows, features), or None.
        true_features: of the true frame beside each.
        notes: what the reader should know.
    """

    name: str
    rows: tuple[Row, ...]
    features: NDArray[np.float32] | None = None
    true_features: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """Everything but the features, as plain JSON values."""
        rows = [{"input": row.input, "output": row.output, **json_numbers(row.values)} for row in self.rows]
        return {"scene": self.name, "rows": rows, "notes": list(self.notes)}


def json_numbers(values: dict[str, float]) -> dict[str, float | str]:
    """JSON knows no infinity, which is the PSNR of equal pictures: it is written as "inf"."""
    return {name: value if np.isfinite(value) else str(value) for name, value in values.items()}


def measure_scene(
    task: SceneTask, how: EvaluationOptions, meters: MetricSet, progress: Progress = silent
) -> SceneResult:
    """Compare each predicted frame of a scene with the true one.

    Raises:
        BadInput: for a damaged file, frames that cannot be aligned, or too small ones.
    """
    truth = _prepared_truth(task, how)
    border = task.truth.border_px + how.border_px
    _check_room(truth.frames, border, meters)
    true_inner = [_inner(frame, border) for frame in truth.frames]
    rows: list[Row] = []
    features: list[NDArray[np.float32]] = []
    for done, run in enumerate(task.runs):
        position = _nearest_first(run.input_position, truth)
        predicted = [_inner(frame, border) for frame in truth.lay(run.frames.read(), position)]
        pairs = list(zip(predicted, true_inner, strict=True))
        with closing(on_cores(lambda pair: _values(pair, meters), pairs)) as measured:
            for output, values in enumerate(measured):
                rows.append(Row(position, output, values))
                progress("Measuring", (done + (output + 1) / len(pairs)) / len(task.runs))
        if meters.features:
            features += [meters.features(frame) for frame in predicted]
    true_features = [meters.features(frame) for frame in true_inner] if meters.features else []
    return SceneResult(
        name=task.name,
        rows=tuple(rows),
        features=np.stack(features) if features else None,
        true_features=np.stack([true_features[row.output] for row in rows]) if features else None,
        notes=truth.notes,
    )


def _values(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]], meters: MetricSet) -> dict[str, float]:
    return {name: measure(*pair) for name, measure in meters.measures.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _Truth:
    """True frames, nearest focus first; `lay` brings a predicted stack (and its input's position) to them."""

    frames: Stack
    lay: Callable[[Stack, int | None], Stack]
    far_first: bool
    notes: tuple[str, ...] = ()


def _prepared_truth(task: SceneTask, how: EvaluationOptions) -> _Truth:
    photos = task.truth.read()
    if how.register:
        aligned = align_truth(photos, how.truth_order) if len(photos) > 1 else unmoved_truth(photos)
        height, width = aligned.frames.shape[1:3]
        scales = np.hypot(aligned.transforms[:, 0, 0], aligned.transforms[:, 1, 0])
        note = f"aligned: scales of {scales.min():.3f} to {scales.max():.3f}, {width}x{height} px in common"
        order = ("far" if aligned.far_first else "near") + " focus first"
        return _Truth(
            aligned.frames,
            lambda predicted, position: align_predicted(predicted, aligned, position),
            aligned.far_first,
            (f"{note}; photos taken with {order}.",),
        )
    far_first = how.truth_order == "far-first"
    size = task.truth.size()
    return _Truth(
        photos[::-1] if far_first else photos,
        lambda predicted, position: resized(predicted, size) if how.resize else predicted,
        far_first,
    )


def _nearest_first(input_position: int | None, truth: _Truth) -> int | None:
    """The input's position in the true frames, which may have been turned round."""
    if input_position is None or not truth.far_first:
        return input_position
    return len(truth.frames) - 1 - input_position


def _check_room(frames: Stack, border: int, meters: MetricSet) -> None:
    least = min(frames.shape[1:3]) - 2 * border
    need = VIF_LEAST_SIDE_PX if "vif" in meters.measures else 16
    if least < need:
        raise BadInput(
            f"Only {max(least, 0)} px are left to compare on the shorter side, but {need} are needed.",
            todo="Leave out a smaller border, or VIF.",
        )


def _inner(frame: NDArray[np.uint8], border: int) -> NDArray[np.uint8]:
    return frame[border : frame.shape[0] - border, border : frame.shape[1] - border]
