"""The grid of the published protocol: metrics by input and output position, averaged over the scenes."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.evaluate.frechet import MIN_PICTURES, frechet_distance
from refocus.evaluate.measure import Row, SceneResult, json_numbers

_FID_MIN_PICTURES = 2048  # with fewer pictures than features, FID depends on their number


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The metrics of a whole evaluation.

    Attributes:
        inputs: input position of each row; None for predictions with an unknown input position.
        outputs: output position of each column.
        cells: for each metric (inputs, outputs) float64, the mean over scenes; NaN where nothing was measured.
        means: for each metric the mean over all frames; FID over all pictures together.
        scenes, frames: number of scenes and of predicted frames.
        left_out: names of metrics that were not measured, with the reason.
        notes: remarks for the user.
    """

    inputs: tuple[int | None, ...]
    outputs: tuple[int, ...]
    cells: dict[str, NDArray[np.float64]]
    means: dict[str, float]
    scenes: int
    frames: int
    left_out: dict[str, str]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; None in a cell where nothing was measured."""
        return {
            "scenes": self.scenes,
            "frames": self.frames,
            "mean": json_numbers(self.means),
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "grid": {name: [_json_row(row) for row in cells] for name, cells in self.cells.items()},
            "left_out": self.left_out,
            "notes": list(self.notes),
        }

    def to_csv(self) -> str:
        """One line for each metric and input position, one column for each output position."""
        lines = [["metric", "input", *map(str, self.outputs)]]
        for name, cells in self.cells.items():
            for position, row in zip(self.inputs, cells, strict=True):
                lines.append(
                    [name, _label(position), *("" if math.isnan(value) else repr(float(value)) for value in row)]
                )
        return _csv(lines)


def summarize(results: Sequence[SceneResult], left_out: dict[str, str], *, pooled_psnr: bool = False) -> Grid:
    """Average the metrics over the scenes.

    Args:
        results: of at least one scene, all with the same metrics.
        left_out: names of metrics that were not measured, with the reason.
        pooled_psnr: whether PSNR is of the mean squared error over the pictures of a cell, not a mean of PSNRs.
    """
    rows = [row for result in results for row in result.rows]
    inputs = sorted({row.input for row in rows}, key=lambda position: -1 if position is None else position)
    outputs = sorted({row.output for row in rows})
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    cells = {name: np.full((len(inputs), len(outputs)), np.nan) for name in names}
    for i, position in enumerate(inputs):
        for j, output in enumerate(outputs):
            here = [row for row in rows if (row.input, row.output) == (position, output)]
            for name in names:
                cells[name][i, j] = _mean(here, name, pooled_psnr)
    means = {name: _mean(rows, name, pooled_psnr) for name in names}
    distances, mean_distance, notes = _fid(results, inputs, outputs)
    if distances is not None:
        cells["fid"], means["fid"] = distances, mean_distance
    scene_notes = tuple(f"{result.name}: {note}" for result in results for note in result.notes)
    notes = (*notes, *_undefined_notes(rows, names), *scene_notes)
    return Grid(tuple(inputs), tuple(outputs), cells, means, len(results), len(rows), left_out, notes)


def _undefined_notes(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Which metrics have no value for some pictures, as VIF has none for pictures without any structure."""
    counts = {name: sum(math.isnan(row.values.get(name, 0.0)) for row in rows) for name in names}
    return [
        f"{name.upper()} is not defined for {count} of {len(rows)} frames, which are left out of its mean."
        for name, count in counts.items()
        if count
    ]


def pooled_psnr_db(psnrs_db: Sequence[float], samples: Sequence[int]) -> float:
    """PSNR of the mean squared error over all samples of several pictures, from the PSNR of each on [0, 1].

    Args:
        psnrs_db: of each picture; infinite for one without an error.
        samples: of each picture: pixels times channels.
    """
    errors = np.power(10.0, -np.asarray(psnrs_db, np.float64) / 10)
    mean_error = float(np.average(errors, weights=samples))
    return math.inf if mean_error == 0 else -10 * math.log10(mean_error)


def _mean(rows: Sequence[Row], name: str, pooled_psnr: bool) -> float:
    """A metric over several pictures; NaN when none of them has it."""
    having = [row for row in rows if not math.isnan(row.values.get(name, math.nan))]
    values = [row.values[name] for row in having]
    if not values:
        return math.nan
    if name == "psnr" and pooled_psnr:
        return pooled_psnr_db(values, [row.samples for row in having])
    return float(np.mean(values))


def rows_csv(results: Sequence[SceneResult]) -> str:
    """CSV with one line for each predicted frame."""
    names = list(dict.fromkeys(name for result in results for row in result.rows for name in row.values))
    lines = [["scene", "input", "output", *names]]
    for result in results:
        for row in result.rows:
            numbers = [repr(row.values[name]) if name in row.values else "" for name in names]
            lines.append([result.name, _label(row.input), str(row.output), *numbers])
    return _csv(lines)


def _fid(
    results: Sequence[SceneResult], inputs: Sequence[int | None], outputs: Sequence[int]
) -> tuple[NDArray[np.float64] | None, float, tuple[str, ...]]:
    """FID of each cell over the scenes, and of all pictures together."""
    measured = [result for result in results if result.features is not None and result.true_features is not None]
    if not measured:
        return None, math.nan, ()
    predicted, truth = (
        np.concatenate(parts) for parts in zip(*((r.features, r.true_features) for r in measured), strict=True)
    )
    places = [(row.input, row.output) for result in measured for row in result.rows]
    cells = np.full((len(inputs), len(outputs)), np.nan)
    for i, position in enumerate(inputs):
        for j, output in enumerate(outputs):
            here = [index for index, place in enumerate(places) if place == (position, output)]
            if len(here) >= MIN_PICTURES:
                cells[i, j] = frechet_distance(predicted[here], truth[here])
    whole = frechet_distance(predicted, truth) if len(predicted) >= MIN_PICTURES else math.nan
    few = len(predicted) < _FID_MIN_PICTURES
    note = f"FID of {len(predicted)} pictures depends on their number: compare it only with FIDs of as many pictures."
    return cells, whole, (note,) if few else ()


def _json_row(row: NDArray[np.float64]) -> list[float | str | None]:
    return [None if math.isnan(value) else float(value) if math.isfinite(value) else str(value) for value in row]


def _label(position: int | None) -> str:
    return "" if position is None else str(position)


def _csv(lines: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()
