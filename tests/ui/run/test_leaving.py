"""Programs are told before the work what is too large; a user who has left is told nothing more."""

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
from tests.evaluate.pictures import textured
from tests.ui.session_results import job


def test_a_user_who_has_left_is_told_nothing_more() -> None:
    leaving = job(stop_at=0.5)
    leaving.report("Rendering", 0.4)
    leaving.report("Rendering", 0.6)
    with pytest.raises(Cancelled):
        leaving.report("Rendering", 0.7)


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
