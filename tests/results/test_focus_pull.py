from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from refocus import parse_prompt
from refocus.core import BadInput, Cancelled
from refocus.results import Refocused
from refocus.results.blur_amount import BlurAmount
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture
from refocus.results.focus_pull import FocusPull, focus_pull
from tests.results.test_bokeh_picture import squares


@pytest.fixture(scope="module")
def scene() -> Refocused:
    return squares()


@pytest.fixture(scope="module")
def pull(scene: Refocused) -> FocusPull:
    return focus_pull(scene, BokehRequest(parse_prompt("rack focus from the red square to the background")))


def test_both_ends_are_exact_pictures(scene: Refocused, pull: FocusPull) -> None:
    first, *_, last = pull.pictures()
    assert (first == bokeh_picture(scene, BokehRequest(parse_prompt("focus on the red square"))).picture).all()
    assert (last == bokeh_picture(scene, BokehRequest(parse_prompt("focus on the background"))).picture).all()
    assert (pull.last() == last).all()


def test_it_holds_moves_one_way_and_holds(pull: FocusPull) -> None:
    steps = np.diff(pull.positions)
    assert (steps >= 0).all()
    assert (steps[:18] == 0).all()
    assert (steps[-18:] == 0).all()
    assert np.argmax(steps) == pytest.approx(len(steps) / 2, abs=1)


def test_a_pull_towards_the_viewer_runs_the_other_way(scene: Refocused) -> None:
    nearer = focus_pull(scene, BokehRequest(parse_prompt("rack focus from the background to the blue square")))
    assert nearer.positions[0] > nearer.positions[-1] == 0
    assert nearer.stack.focus_disparity[0] == pytest.approx(0.5, abs=0.01)


def test_a_point_takes_the_place_of_the_second_end(scene: Refocused) -> None:
    bokeh_request = BokehRequest(parse_prompt("rack focus from the red square to the background"), at=(108, 60))
    assert focus_pull(scene, bokeh_request).end.disparity == 0.5


def test_strong_blur_takes_more_steps(scene: Refocused) -> None:
    spec = parse_prompt("rack focus from the red square to the background")
    counts = [
        len(focus_pull(scene, BokehRequest(spec, blur_amount=BlurAmount("blur", blur))).stack) for blur in (0.2, 1)
    ]
    assert counts[0] < counts[1]


def test_ends_of_one_distance_are_said(scene: Refocused) -> None:
    same = focus_pull(
        scene,
        BokehRequest(
            parse_prompt("rack focus from the red square to the foreground"), blur_amount=BlurAmount("blur", 0.1)
        ),
    )
    assert any("equally far" in note for note in same.notes) == (
        same.start.disparity == pytest.approx(same.end.disparity, rel=0.01)
    )
    assert (same.stack.frames[0] == same.last()).all() or same.start.disparity != same.end.disparity


def test_it_is_four_seconds_of_video(pull: FocusPull, tmp_path: Path) -> None:
    pull.write(tmp_path / "pull.mp4")
    video = iio.immeta(tmp_path / "pull.mp4")
    assert (video["fps"], video["duration"]) == (24, pytest.approx(4, abs=0.1))


def test_it_can_be_stopped(scene: Refocused) -> None:
    def stop(stage: str, fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        focus_pull(scene, BokehRequest(parse_prompt("rack focus from the red square to the background")), progress=stop)


def test_a_prompt_without_a_pull_is_refused(scene: Refocused) -> None:
    with pytest.raises(BadInput, match="no focus pull"):
        focus_pull(scene, BokehRequest(parse_prompt("focus on the red square")))
