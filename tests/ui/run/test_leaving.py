"""What is under way ends when whoever asked has left; what is too large is told to programs before the work."""

import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from refocus.core import Cancelled
from refocus.pipeline import RefocusPipeline
from refocus.ui.controls.control_values import Chosen
from refocus.ui.folders import ResultFolders
from refocus.ui.run.actions import Handlers, Visit
from tests.evaluate.pictures import textured


def leaving_at(fraction: float) -> Visit:
    """A visit that ends when so much is done."""
    left = threading.Event()

    def told(done: float, desc: str = "") -> None:
        if done >= fraction:
            left.set()

    progress: Any = told
    return Visit(progress, has_left=left.is_set)


@pytest.mark.parametrize("fraction", [0.0, 0.5])
def test_a_rendering_ends_without_a_result_when_its_user_leaves(fraction: float, tmp_path: Path) -> None:
    Image.fromarray(textured(0, 192, 256)).save(tmp_path / "wall.png")
    handlers = Handlers(RefocusPipeline(), ResultFolders(tmp_path))
    shown = list(handlers.refocus(str(tmp_path / "wall.png"), Chosen(frames=33), None, leaving_at(fraction)))
    assert [one.made for one in shown] == [None] * len(shown)
    assert shown[-1].status == "Stopped."


def test_whoever_left_is_told_nothing_more() -> None:
    visit = leaving_at(0.5)
    visit.tell("Rendering", 0.4)
    visit.tell("Rendering", 0.6)
    with pytest.raises(Cancelled):
        visit.tell("Rendering", 0.7)


@pytest.fixture
def predict(app: str) -> Callable[..., Any]:
    client = Client(app, verbose=False)
    return lambda photo, **given: client.predict(handle_file(photo), **given)


@pytest.mark.browser
def test_programs_are_told_the_nearest_stack_that_is_allowed(predict: Callable[..., Any], tmp_path: Path) -> None:
    Image.new("RGB", (4000, 3000)).save(tmp_path / "large.jpg")
    with pytest.raises(AppError, match="at most 10 frames of this size, or a long side of at most 2201 px"):
        predict(tmp_path / "large.jpg", long_side=4096, frames=33, api_name="/refocus")


@pytest.mark.browser
@pytest.mark.parametrize("endpoint", ["/refocus", "/bokeh"])
def test_programs_are_told_of_a_map_that_unpacks_to_much(
    predict: Callable[..., Any], endpoint: str, tmp_path: Path
) -> None:
    Image.fromarray(textured(0, 128, 128)).save(tmp_path / "wall.png")
    with (
        zipfile.ZipFile(tmp_path / "map.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w") as entry,
    ):
        shape = {"descr": "<f8", "fortran_order": False, "shape": (14000, 14000)}
        np.lib.format.write_array_header_1_0(entry, shape)
    given = {"prompt": "", "long_side": 512, "sharp": True} if endpoint == "/bokeh" else {}
    with pytest.raises(AppError, match=r"map\.npz is too large a map: 14000x14000 px"):
        predict(
            tmp_path / "wall.png",
            depth=handle_file(tmp_path / "map.npz"),
            engine="thin-lens",
            **given,
            api_name=endpoint,
        )
