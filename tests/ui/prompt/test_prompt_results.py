from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus import parse_prompt
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture
from refocus.ui.prompt.before_after import render_prompt, view_in_history
from tests.results.test_bokeh_picture import squares


@pytest.fixture(scope="module")
def scene() -> Refocused:
    return squares()


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def test_a_picture_is_saved_exactly(scene: Refocused, tmp_path: Path) -> None:
    wish = BokehRequest(parse_prompt("focus on the red square, f/2"))
    made = render_prompt(scene, wish, tmp_path)
    assert made.path.name == "squares_bokeh.png"
    assert (np.asarray(Image.open(made.path)) == bokeh_picture(scene, wish).picture).all()
    assert made.view.download.path == str(made.path)
    assert made.view.title == "focus: red square · f/2"
    assert made.region is not None
    before = np.asarray(Image.open(made.view.before.path)).astype(int)
    assert np.abs(before - scene.photo.rgb).mean() < 8


def test_a_pull_is_a_video_with_its_last_picture(scene: Refocused, tmp_path: Path) -> None:
    made = render_prompt(
        scene, BokehRequest(parse_prompt("rack focus from the red square to the background")), tmp_path
    )
    assert made.path.name == "squares_focus_pull.mp4"
    assert iio.immeta(made.path)["fps"] == 24
    assert made.view.video is not None
    assert made.item.is_video


def test_a_tapped_point_replaces_the_place_in_the_title(scene: Refocused, tmp_path: Path) -> None:
    named = BokehRequest(parse_prompt("focus on the red square, f/2"), at=(5, 5))
    assert render_prompt(scene, named, folder(tmp_path, "named")).view.title == "focus: where you tapped · f/2"
    pull = BokehRequest(parse_prompt("rack focus from the red square to the background, f/2"), at=(5, 5))
    assert (
        render_prompt(scene, pull, folder(tmp_path, "pull")).view.title
        == "pull focus: red square → where you tapped · f/2"
    )


def test_an_older_picture_is_shown_with_all_of_them(scene: Refocused, tmp_path: Path) -> None:
    renders = [
        render_prompt(scene, BokehRequest(parse_prompt(text)), folder(tmp_path, text))
        for text in ("everything sharp", "hearts")
    ]
    view = view_in_history(renders, 1)
    assert (view.title, view.shown) == ("heart", 1)
    assert [item.title for item in view.history] == ["focus: everything · blur 0 %", "heart"]
    assert renders[1].view.history == []
