import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, Disparity, silent
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.results import RefocusRequest
from refocus.ui.export.export_panel import KINDS, TakeWish, pack, take_away
from refocus.ui.run.background import Done
from refocus.ui.run.session_result import Made, Wish, make

RGB = np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)
RAMP = Disparity(np.linspace(0, 1, 72 * 96, dtype=np.float32).reshape(72, 96), metric=False, source="made by hand")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    photo = Photo(RGB, name="a cat/../<b>", disparity=RAMP)
    wish = Wish("cat.jpg", "auto", RefocusRequest(frames=3))
    *_, last = make(RefocusPipeline(), wish, photo, tmp_path_factory.mktemp("made"), None)
    assert isinstance(last, Done)
    return last.result


def test_every_kind_is_one_whole_file_in_its_folder(made: Made, tmp_path: Path) -> None:
    paths = {}
    for kind in KINDS:
        folder = tmp_path / kind
        folder.mkdir()
        paths[kind] = take_away(made, TakeWish(kind=kind, number=1, position=1.5, start=0), folder, silent)
        assert paths[kind].parent == folder
    assert iio.immeta(paths["mp4"])["fps"] == 24
    assert getattr(Image.open(paths["webp"]), "is_animated", False)
    for kind in ("jpg", "png"):
        assert Image.open(paths[kind]).size == (96, 72)
    assert "<script>" in paths["html"].read_text()
    with zipfile.ZipFile(paths["frames"]) as archive:
        assert {"frame_00.png", "frame_02.png", "all_in_focus.png", "disparity.npy"} <= set(archive.namelist())
    assert Image.open(paths["disparity"]).mode.startswith("I;16")
    assert json.loads(paths["settings"].read_text())["request"]["frames"] == 3


def test_the_zip_holds_what_the_command_line_writes_but_the_video(made: Made, tmp_path: Path) -> None:
    video = pack(made, tmp_path / "a.zip", tmp_path, silent)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert set(archive.namelist()) == {path.name for path in video.parent.iterdir()} - {"stack.mp4"}


def test_what_the_panel_does_not_ask_for_is_refused() -> None:
    asked = {"kind": "exe", "number": 1, "position": 0, "start": 0, "motion": "loop", "place": False}
    for wrong in (asked, {**asked, "kind": "mp4", "motion": "zigzag"}, {"kind": "mp4"}):
        with pytest.raises(BadInput):
            TakeWish.of(SimpleNamespace(**wrong))  # type: ignore[arg-type]
