import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refocus.core import Cancelled, Disparity, silent
from refocus.depth import Stroke
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.results import RefocusRequest
from refocus.ui.run.background import Done, Glimpse
from refocus.ui.run.session_result import Made, Wish, finish, make, make_touched
from refocus.ui.viewer import FocusView

RGB = np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)
RAMP = Disparity(np.linspace(0, 1, 72 * 96, dtype=np.float32).reshape(72, 96), metric=False, source="made by hand")
PHOTO = Photo(RGB, name="a cat/../<b>", disparity=RAMP)
WISH = Wish("cat.jpg", "auto", RefocusRequest(frames=3))


def run(wish: Wish, photo: Photo, folder: Path, previous: Made | None = None) -> Made:
    *_, last = make(RefocusPipeline(), wish, photo, folder, previous)
    assert isinstance(last, Done)
    return last.result


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return run(WISH, PHOTO, tmp_path_factory.mktemp("made"))


def test_the_view_and_a_small_picture_are_there_and_inside_the_folder(made: Made) -> None:
    for file in (*made.view.frames, made.view.photo, made.view.sharpest):
        assert file is not None
        assert made.folder in Path(file.path).resolve().parents
    assert len(made.view.frames) == 3
    assert made.thumbnail.is_file()
    assert made.parts_folder().parent == made.folder


def test_the_depth_is_seen_first_then_the_frame_the_viewer_starts_at(tmp_path: Path) -> None:
    seen = [step for step in make(RefocusPipeline(), WISH, PHOTO, tmp_path, None) if isinstance(step, Glimpse)]
    depth, frame = (glimpse.shown for glimpse in seen)
    assert isinstance(depth, FocusView)
    assert isinstance(frame, FocusView)
    assert depth.sharpest is not None
    assert depth.still is None
    assert frame.still is not None


def test_the_viewer_starts_where_the_photo_itself_was_focused(made: Made, tmp_path: Path) -> None:
    known = replace(made.result, photo_focus=float(made.result.stack.focus_disparity[1]))
    assert finish(WISH, known, tmp_path, silent).view.position == pytest.approx(1.0)
    assert made.view.position != pytest.approx(1.0)


def test_a_stop_ends_it_and_nothing_is_made(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        list(make(RefocusPipeline(), WISH, PHOTO, tmp_path, None, stop))


def test_strokes_make_a_new_stack_and_stay_when_only_the_look_changes(made: Made, tmp_path: Path) -> None:
    stroke = Stroke("nearer", ((0.1, 0.1), (0.3, 0.1)), 0.05, 1.0)
    *_, last = make_touched(made, (stroke,), tmp_path / "touched")
    assert isinstance(last, Done)
    touched = last.result
    assert touched.untouched is made.result.scene.disparity
    assert touched.result.request.touch_up == (stroke,)
    stronger = run(replace(WISH, request=RefocusRequest(frames=3, blur=1)), PHOTO, tmp_path / "look", touched)
    assert stronger.result.request.touch_up == (stroke,)
    assert np.allclose(stronger.result.scene.disparity.values, touched.result.scene.disparity.values, atol=1e-5)
    *_, last = make_touched(stronger, (), tmp_path / "back")
    assert isinstance(last, Done)
    assert last.result.untouched is None
    assert np.allclose(last.result.result.scene.disparity.values, made.result.scene.disparity.values)
    assert not any("touched up" in note for note in last.result.result.notes)


def test_another_depth_source_is_another_scene() -> None:
    assert not WISH.same_scene(replace(WISH, request=replace(WISH.request, depth_source="built-in")))


def test_its_settings_name_the_engine_that_ran_and_the_depth_map(made: Made) -> None:
    assert made.settings().engine == "thin-lens"
    given = replace(made, wish=replace(WISH, depth_path="/somewhere/depth.npy", depth_meaning="metres"))
    assert (given.settings().depth_file, given.settings().depth_is) == ("depth.npy", "metres")


def test_the_same_scene_is_not_estimated_again(made: Made, tmp_path: Path) -> None:
    unknown = replace(PHOTO, disparity=None)
    again = run(replace(WISH, request=RefocusRequest(frames=3, blur=1)), unknown, tmp_path, made)
    assert again.result.scene.disparity is made.result.scene.disparity
    assert (again.result.stack.frames != made.result.stack.frames).any()


@pytest.mark.parametrize(
    "other",
    [
        replace(WISH, photo_path="dog.jpg"),
        replace(WISH, depth_path="depth.npy"),
        replace(WISH, request=RefocusRequest(frames=3, long_side=80)),
        replace(WISH, request=RefocusRequest(frames=3, sharp=True)),
    ],
)
def test_another_photo_depth_or_size_is_another_scene(other: Wish) -> None:
    assert not WISH.same_scene(other)
