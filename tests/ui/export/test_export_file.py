import json
import math
import zipfile
from pathlib import Path
from typing import get_args

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, silent
from refocus.core.settings import Settings
from refocus.ui.app.launch import build_app
from refocus.ui.app_context import RENDERING
from refocus.ui.components.page_component import PageEvent
from refocus.ui.export.export_panel import ExportPanel, ExportRequest, Kind, write_export, write_frames_zip
from refocus.ui.run.session_result import SessionResult
from tests.ui.session_results import app_context, make_result, write_photo

SENT = {
    "kind": "mp4",
    "number": 1,
    "position": 1.5,
    "start": 0,
    "motion": "loop",
    "blur": None,
    "aperture": None,
    "made": "",
    "place": False,
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> SessionResult:
    photo = write_photo(tmp_path_factory.mktemp("photo"))
    return make_result(app_context(tmp_path_factory.mktemp("folders")), photo)


def test_every_kind_is_one_whole_file_in_its_folder(result: SessionResult, tmp_path: Path) -> None:
    paths = {}
    for kind in get_args(Kind):
        folder = tmp_path / kind
        folder.mkdir()
        paths[kind] = write_export(result, ExportRequest(kind=kind, number=1, position=1.5, start=0), folder, silent)
        assert paths[kind].parent == folder
    assert iio.immeta(paths["mp4"])["fps"] == 24
    assert getattr(Image.open(paths["webp"]), "is_animated", False)
    assert Image.open(paths["jpg"]).size == Image.open(paths["png"]).size == (96, 72)
    assert "<script>" in paths["html"].read_text()
    with zipfile.ZipFile(paths["frames"]) as archive:
        assert {"frame_00.png", "frame_02.png", "all_in_focus.png", "disparity.npy"} <= set(archive.namelist())
    assert Image.open(paths["disparity"]).mode.startswith("I;16")
    assert json.loads(paths["settings"].read_text())["request"]["frames"] == 3


def test_a_picture_has_the_look_that_was_seen(result: SessionResult, tmp_path: Path) -> None:
    request = ExportRequest(kind="png", number=1, position=1.5, start=0)
    path = write_export(result, request, tmp_path, silent)
    usual = np.asarray(Image.open(path)).astype(int)
    write_export(result, request.model_copy(update={"blur": 0.0}), tmp_path, silent)
    assert (np.asarray(Image.open(path)) == result.refocused.scene.all_in_focus).all()
    assert np.abs(np.asarray(Image.open(path)) - usual).mean() > 1


def test_the_zip_holds_what_the_command_line_writes_but_the_video(result: SessionResult, tmp_path: Path) -> None:
    video = write_frames_zip(result, tmp_path / "a.zip", tmp_path, silent)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert set(archive.namelist()) == {path.name for path in video.parent.iterdir()} - {"stack.mp4"}


@pytest.mark.parametrize(
    "wrong", [{"kind": "exe"}, {"motion": "zigzag"}, {"number": None}, {"position": math.nan}, {"start": -1}]
)
def test_what_the_panel_does_not_ask_for_is_refused(wrong: dict[str, object]) -> None:
    event = PageEvent(None, {**SENT, **wrong})
    with pytest.raises(BadInput):
        ExportRequest.of(event, last_position=2.0)


def test_positions_are_limited_to_the_stack() -> None:
    event = PageEvent(None, {**SENT, "position": 7.5, "start": 1.0})
    request = ExportRequest.of(event, last_position=2.0)
    assert (request.position, request.start) == (2.0, 1.0)


def test_small_files_do_not_wait_for_renderings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page, _ = build_app(Settings())
    (panel,) = (block for block in page.blocks.values() if isinstance(block, ExportPanel))
    events = {name: fn for fn in page.fns.values() for block, name in fn.targets if block == panel._id}
    assert events["export"].concurrency_id == RENDERING
    assert events["export_quick"].concurrency_id != RENDERING
