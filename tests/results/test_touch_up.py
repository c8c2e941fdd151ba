import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refocus.cli import main
from refocus.core import Cancelled, silent
from refocus.depth import Stroke
from refocus.engines import ThinLensEngine
from refocus.media import Photo
from refocus.results import Refocused, RefocusRequest
from refocus.results.saved import load_refocused

WALL = Stroke("nearer", ((0.05, 0.1), (0.05, 0.9)), 0.05, 1.0)


@pytest.fixture(scope="module")
def result(two_planes: Photo) -> Refocused:
    return ThinLensEngine().refocus(two_planes, RefocusRequest(frames=3, blur=1), silent)


def test_frames_follow_the_touched_depth_and_nothing_is_estimated(result: Refocused) -> None:
    touched = result.touched_up([WALL])
    assert touched.scene.all_in_focus is result.scene.all_in_focus
    assert touched.scene.disparity.values[:, :5].mean() > result.scene.disparity.values[:, :5].mean() + 0.5
    assert not np.array_equal(touched.stack.frames[0], result.stack.frames[0])
    assert touched.request.touch_up == (WALL,)
    assert "Depth was touched up by hand: 1 stroke." in touched.notes
    assert touched.touched_up([WALL]).notes.count("Depth was touched up by hand: 2 strokes.") == 1


def test_the_note_on_the_depth_is_that_of_the_corrected_depth(result: Refocused) -> None:
    assert "Depth: made by hand, touched up by hand." in result.touched_up([WALL]).touched_up([WALL]).notes
    back = result.touched_up([WALL]).touched_up((), untouched=result.scene.disparity)
    assert back.notes == result.notes


def test_frames_of_another_engine_are_said_to_be_rendered_by_optics(result: Refocused) -> None:
    painted = replace(result, engine="generative")
    assert "The frames were rendered anew by optics." in painted.touched_up([WALL]).notes
    assert not any("optics" in note for note in (*painted.notes, *result.touched_up([WALL]).notes))


def test_no_strokes_change_nothing(result: Refocused) -> None:
    assert result.touched_up([]) is result


def test_asking_for_strokes_is_the_same_as_touching_the_result(result: Refocused, two_planes: Photo) -> None:
    asked = ThinLensEngine().refocus(two_planes, RefocusRequest(frames=3, blur=1, touch_up=(WALL,)), silent)
    touched = result.touched_up([WALL])
    assert np.array_equal(asked.scene.disparity.values, touched.scene.disparity.values)
    assert np.array_equal(asked.stack.frames, touched.stack.frames)


def test_strokes_are_kept_in_the_files(result: Refocused, tmp_path: Path) -> None:
    touched = result.touched_up([WALL])
    touched.save(tmp_path / "out")
    loaded = load_refocused(tmp_path / "out")
    assert loaded.request.touch_up == (WALL,)
    assert np.array_equal(loaded.scene.disparity.values, touched.scene.disparity.values)
    assert loaded.scene.disparity.touched_up
    assert loaded.notes == touched.notes


def test_it_can_be_stopped(result: Refocused) -> None:
    def stop(stage: str, done: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        result.touched_up([WALL], progress=stop)


def test_the_command_line_takes_a_file_of_strokes(
    two_planes: Photo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    Image.fromarray(two_planes.rgb).save(tmp_path / "a.png")
    (tmp_path / "strokes.json").write_text(json.dumps({"strokes": [WALL.to_json()]}))
    out, picture = tmp_path / "out", tmp_path / "b.png"
    strokes = ["--touch-up", str(tmp_path / "strokes.json")]
    assert main(["stack", str(tmp_path / "a.png"), "--out", str(out), "--frames", "3", *strokes]) == 0
    assert json.loads((out / "stack.json").read_text())["request"]["touch_up"][0]["kind"] == "nearer"
    assert "touched up by hand: 1 stroke" in capsys.readouterr().out
    assert main(["bokeh", str(out), "--out", str(picture), "--touch-up", str(out / "stack.json")]) == 0
    assert "2 strokes" in capsys.readouterr().out
    (tmp_path / "strokes.json").write_text("{}")
    assert main(["stack", str(tmp_path / "a.png"), "--out", str(out), *strokes]) == 2
    assert "holds no strokes" in capsys.readouterr().err
