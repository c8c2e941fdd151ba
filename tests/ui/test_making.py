import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refocus.core import Disparity
from refocus.engines import RefocusRequest
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.ui.background import Done
from refocus.ui.making import Made, Wish, make

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


def test_every_file_is_there_and_inside_the_folder(made: Made) -> None:
    for path in (made.video, made.frames_zip, made.details_json, made.all_in_focus, made.disparity):
        assert path.is_file()
        assert made.folder in path.resolve().parents
    assert len(made.view.frames) == 3
    assert json.loads(made.details_json.read_text())["photo"] == PHOTO.name


def test_the_zip_holds_what_the_command_line_writes_but_the_video(made: Made) -> None:
    with zipfile.ZipFile(made.frames_zip) as archive:
        assert set(archive.namelist()) == {path.name for path in made.details_json.parent.iterdir()} - {"stack.mp4"}


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
