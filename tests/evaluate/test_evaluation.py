import csv
import json
from pathlib import Path

import numpy as np
import pytest

from refocus.batch import Processes
from refocus.core import BadInput, Cancelled
from refocus.evaluate import EvaluationOptions, MetricSet, evaluate, find_scenes
from refocus.evaluate.dataset_layout import SceneTask
from refocus.evaluate.heatmap import draw_heatmap
from refocus.evaluate.metrics import Measure, psnr_db, vif
from tests.evaluate.pictures import blurred_stack, write_stack

FRAMES = 3
SCENES = ("bench", "leaf", "switch")


def mean_difference(predicted: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(predicted.astype(float) - truth).mean())


def metrics(measure: Measure = psnr_db, *, features: bool = False) -> MetricSet:
    """Any measure under the name PSNR, so that the tests are quick."""
    means = (lambda picture: picture.mean(axis=(0, 1)).astype(np.float32)) if features else None
    return MetricSet({"psnr": measure}, means, {"lpips": "LPIPS is left out: no weights."})


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Predicted (two input positions a scene) and truth; the prediction from input i is off by i."""
    for seed, scene in enumerate(SCENES):
        stack = np.minimum(blurred_stack(seed, FRAMES), 250)
        write_stack(tmp_path / "truth" / scene, stack)
        for position in (0, 2):
            write_stack(tmp_path / "predicted" / scene / f"{position:03d}", stack + np.uint8(position))
    return tmp_path / "predicted", tmp_path / "truth"


@pytest.fixture
def tasks(places: tuple[Path, Path]) -> tuple[SceneTask, ...]:
    return find_scenes(*places)


def test_the_grid_is_input_by_output_averaged_over_scenes(tasks: tuple[SceneTask, ...], tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = evaluate(tasks, metrics(mean_difference), out=out)
    assert whole.grid is not None
    assert (whole.grid.inputs, whole.grid.outputs, whole.grid.scenes, whole.grid.frames) == ((0, 2), (0, 1, 2), 3, 18)
    assert whole.grid.cells["psnr"].tolist() == [[0, 0, 0], [2, 2, 2]]
    assert whole.grid.means == {"psnr": 1}
    written = json.loads((out / "evaluation.json").read_text())
    assert written["grid"]["psnr"] == [[0, 0, 0], [2, 2, 2]]
    assert written["left_out"] == {"lpips": "LPIPS is left out: no weights."}
    table = list(csv.reader((out / "grid.csv").open()))
    assert table == [["metric", "input", "0", "1", "2"], ["psnr", "0", *["0.0"] * 3], ["psnr", "2", *["2.0"] * 3]]
    frames = list(csv.DictReader((out / "frames.csv").open()))
    assert len(frames) == 18
    assert frames[4] == {"scene": "bench", "input": "2", "output": "1", "psnr": "2.0"}
    assert (out / "grid.png").stat().st_size > 1000


def test_infinite_psnr_is_valid_json(tasks: tuple[SceneTask, ...], tmp_path: Path) -> None:
    whole = evaluate(tasks, metrics(), out=tmp_path / "out")
    assert json.loads((tmp_path / "out/evaluation.json").read_text())["grid"]["psnr"][0] == ["inf"] * 3
    assert whole.results[0].rows[0].values["psnr"] == np.inf
    again = evaluate(tasks, metrics(), out=tmp_path / "out")
    assert again.results[0].rows[0].values["psnr"] == np.inf


def test_fid_compares_the_pictures_of_a_cell_over_scenes(tasks: tuple[SceneTask, ...], tmp_path: Path) -> None:
    whole = evaluate(tasks, metrics(features=True), out=tmp_path / "out")
    assert whole.grid is not None
    fid = whole.grid.cells["fid"]
    assert fid[0] == pytest.approx(0, abs=1e-4)
    assert fid[1] == pytest.approx(3 * 2**2, rel=1e-3)  # three colours, each 2 brighter
    assert "depends on their number" in whole.grid.notes[0]
    loaded = evaluate(tasks, metrics(features=True), out=tmp_path / "out")
    assert loaded.outcome.skipped == SCENES
    assert loaded.grid is not None
    assert loaded.grid.to_json() == whole.grid.to_json()


def test_measured_scenes_are_skipped(tasks: tuple[SceneTask, ...], tmp_path: Path) -> None:
    def stop(stage: str, fraction: float) -> None:
        if stage.startswith("leaf"):
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(tasks, metrics(), out=tmp_path, progress=stop)
    assert not (tmp_path / "evaluation.json").exists()
    whole = evaluate(tasks, metrics(), out=tmp_path)
    assert (whole.outcome.skipped, whole.outcome.made) == (("bench",), ("leaf", "switch"))
    assert evaluate(tasks, metrics(), out=tmp_path).outcome.made == ()


def test_results_of_other_settings_or_files_are_not_overwritten(
    tasks: tuple[SceneTask, ...], places: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    evaluate(tasks, metrics(), out=out)
    before = (out / "evaluation.json").read_bytes()
    with pytest.raises(BadInput, match=r"bench, leaf, switch.*--force"):
        evaluate(tasks, metrics(), EvaluationOptions(border_px=2), out=out)
    (places[0] / "leaf" / "000" / "000.png").write_bytes((places[1] / "leaf" / "002.png").read_bytes())
    with pytest.raises(BadInput, match="settings: leaf"):
        evaluate(find_scenes(*places), metrics(), out=out)
    assert (out / "evaluation.json").read_bytes() == before
    assert evaluate(find_scenes(*places), metrics(), out=out, force=True).outcome.made == ("leaf",)


def test_a_failed_scene_does_not_stop_others(
    tasks: tuple[SceneTask, ...], places: tuple[Path, Path], tmp_path: Path
) -> None:
    damaged = places[0] / "leaf" / "000" / "001.png"
    damaged.write_bytes(damaged.read_bytes()[:4000])
    for out in (None, tmp_path / "out"):
        whole = evaluate(tasks, metrics(), out=out)
        assert whole.outcome.made == ("bench", "switch")
        assert [(failure.name, failure.bad_input) for failure in whole.outcome.failed] == [("leaf", True)]
        assert "001.png" in whole.to_json()["failed"]["leaf"]
        assert whole.grid is not None
        assert whole.grid.scenes == 2


def test_two_processes_give_the_same_files_as_one(tasks: tuple[SceneTask, ...], tmp_path: Path) -> None:
    evaluate(tasks, metrics(mean_difference), out=tmp_path / "one")
    made = [
        evaluate(tasks, metrics(mean_difference), out=tmp_path / "two", processes=Processes(index, 2)).outcome.made
        for index in (1, 0)
    ]
    assert made == [SCENES, ()]  # one after the other here, so the first does it all; the second brings it together
    names = ("evaluation.json", "frames.csv", "grid.csv", "grid.png")
    for name in (*names, *(f"scenes/{scene}.json" for scene in SCENES)):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    with pytest.raises(BadInput, match="--out"):
        evaluate(tasks, metrics(), processes=Processes(0, 2))


def test_each_option_changes_the_metrics(tmp_path: Path) -> None:
    stack = blurred_stack(0, FRAMES)
    stack[:, :3] = 255
    truth = write_stack(tmp_path / "truth", stack)
    reversed_stack = write_stack(tmp_path / "reversed", np.where(stack == 255, 0, stack)[::-1].astype(np.uint8))
    task = find_scenes(reversed_stack, truth)

    def mean(how: EvaluationOptions) -> float:
        grid = evaluate(task, metrics(mean_difference), how).grid
        assert grid is not None
        return grid.means["psnr"]

    assert mean(EvaluationOptions(truth_order="far-first")) < mean(EvaluationOptions())
    assert mean(EvaluationOptions(truth_order="far-first", border_px=3)) < 1
    with pytest.raises(BadInput, match="--register"):
        EvaluationOptions(truth_order="auto")


def test_too_large_a_border_is_refused(tasks: tuple[SceneTask, ...]) -> None:
    whole = evaluate(tasks, metrics(vif), EvaluationOptions(border_px=25))
    assert len(whole.outcome.failed) == len(SCENES)
    assert whole.grid is None


def test_good_cells_of_the_heat_map_are_bright(tasks: tuple[SceneTask, ...]) -> None:
    grid = evaluate(tasks, MetricSet({"lpips": mean_difference})).grid
    assert grid is not None
    picture = draw_heatmap(grid)
    assert picture.dtype == np.uint8
    good, bad = picture[28 + 84 + 5, 28 + 64 + 5], picture[28 + 84 + 44 + 5, 28 + 64 + 5]
    assert int(good.sum()) > int(bad.sum()) + 100
