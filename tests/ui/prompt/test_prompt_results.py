from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus import parse_prompt
from refocus.core import silent
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture
from refocus.results.media_export import still_picture
from refocus.ui.prompt.made_picture import (
    MadePicture,
    add_made,
    full_size_made,
    made_named,
    made_shelf,
    made_view,
    render_prompt,
)
from refocus.ui.prompt.prompt_box import PromptRequest
from refocus.ui.run.session_result import SessionResult
from tests.results.test_bokeh_picture import squares
from tests.ui.session_results import app_context, make_result, write_photo


@pytest.fixture(scope="module")
def scene() -> Refocused:
    return squares()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> SessionResult:
    return make_result(app_context(tmp_path_factory.mktemp("app")), write_photo(tmp_path_factory.mktemp("photo")))


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def make(stack: SessionResult, tmp_path: Path, text: str) -> MadePicture:
    wish = BokehRequest(parse_prompt(text))
    made = render_prompt(stack.refocused, wish, folder(tmp_path, text.replace("/", "")))
    return MadePicture(made, PromptRequest(text, parse_prompt(text)), stack)


def test_a_picture_is_saved_exactly(scene: Refocused, tmp_path: Path) -> None:
    wish = BokehRequest(parse_prompt("focus on the red square, f/2"))
    made = render_prompt(scene, wish, tmp_path)
    assert made.path.name == "squares_bokeh.png"
    assert (np.asarray(Image.open(made.path)) == bokeh_picture(scene, wish).picture).all()
    assert made.title == "focus: red square · f/2"
    assert made.region is not None
    shown = np.asarray(Image.open(made.shown)).astype(int)
    assert np.abs(shown - bokeh_picture(scene, wish).picture).mean() < 8


def test_a_picture_that_is_there_at_full_size_is_not_rendered_again(scene: Refocused, tmp_path: Path) -> None:
    wish = BokehRequest(parse_prompt("focus on the red square, f/2"))
    height, width = scene.scene.all_in_focus.shape[:2]
    kept = np.full((2 * height, 2 * width, 3), 77, np.uint8)
    made = render_prompt(scene, wish, tmp_path, rendered=kept)
    picture = np.asarray(Image.open(made.path))
    assert (picture == 77).all()
    assert picture.shape == (height, width, 3)
    assert made.notes == bokeh_picture(scene, wish).notes


def test_a_pull_is_a_video_with_its_last_picture(scene: Refocused, tmp_path: Path) -> None:
    made = render_prompt(
        scene, BokehRequest(parse_prompt("rack focus from the red square to the background")), tmp_path
    )
    assert made.path.name == "squares_focus_pull.mp4"
    assert iio.immeta(made.path)["fps"] == 24
    made.write_video(tmp_path / "as.mp4", silent)
    assert (tmp_path / "as.mp4").read_bytes() == made.path.read_bytes()
    made.write_video(tmp_path / "as.webp", silent)
    with Image.open(tmp_path / "as.webp") as animation:
        assert getattr(animation, "n_frames", 1) > 12


def test_a_focus_that_stays_is_no_tap_in_the_title(scene: Refocused, tmp_path: Path) -> None:
    stays = BokehRequest(parse_prompt("f/2"), position=1.0)
    assert render_prompt(scene, stays, folder(tmp_path, "stays")).title == "f/2"


def test_a_tapped_point_replaces_the_place_in_the_title(scene: Refocused, tmp_path: Path) -> None:
    named = BokehRequest(parse_prompt("focus on the red square, f/2"), at=(5, 5))
    assert render_prompt(scene, named, folder(tmp_path, "named")).title == "focus: where you tapped · f/2"
    pull = BokehRequest(parse_prompt("rack focus from the red square to the background, f/2"), at=(5, 5))
    assert (
        render_prompt(scene, pull, folder(tmp_path, "pull")).title == "pull focus: red square → where you tapped · f/2"
    )


def test_it_is_shown_over_the_frames_with_its_look_and_where_it_is_sharp(stack: SessionResult, tmp_path: Path) -> None:
    view = made_view(make(stack, tmp_path, "focus on the background, hearts, blur 40 %"))
    assert view.frames == stack.view.frames
    assert view.still is not None
    assert view.still.position == pytest.approx(2, abs=0.5)
    assert (view.still.aperture, view.still.blur) == ("heart", pytest.approx(0.4))
    assert view.still.video is None
    sharp = made_view(make(stack, tmp_path, "everything sharp"))
    assert sharp.still is not None
    assert sharp.still.position is None
    pull = made_view(make(stack, tmp_path, "rack focus from near to far"))
    assert pull.still is not None
    assert pull.still.video is not None


def test_each_time_it_is_shown_again_the_browser_is_told(stack: SessionResult, tmp_path: Path) -> None:
    made = make(stack, tmp_path, "hearts")
    first, again = made_view(made).still, made_view(made).still
    assert first is not None
    assert again is not None
    assert first.number != again.number
    assert first.made == again.made


def test_its_full_size_is_that_of_the_same_state(stack: SessionResult, tmp_path: Path) -> None:
    made = make(stack, tmp_path, "focus on the background, f/2")
    picture = full_size_made(made, silent)
    assert (picture == still_picture(stack.refocused, BokehRequest(parse_prompt("focus on the background, f/2")))).all()


def test_all_are_on_the_shelf_and_the_oldest_goes_with_its_stack(stack: SessionResult, tmp_path: Path) -> None:
    hearts, sharp = (make(stack, tmp_path, text) for text in ("hearts", "everything sharp"))
    made, dropped = add_made((hearts,), sharp, ())
    assert dropped == ()
    assert [item.name for item in made_shelf(made).items] == ["focus: everything · blur 0 %", "heart"]
    assert made_named(made, hearts.name) is hearts
    assert made_named(made, "another") is None
    full = (*[sharp] * 11, hearts)
    made, dropped = add_made(full, sharp, (stack,))
    assert dropped == (hearts.picture.folder,)
    other = MadePicture(hearts.picture, hearts.asked, make_result(app_context(tmp_path), write_photo(tmp_path)))
    made, dropped = add_made((*[sharp] * 11, other), sharp, (stack,))
    assert dropped == (other.picture.folder, other.result.folder)
