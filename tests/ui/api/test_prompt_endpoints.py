"""The endpoint `bokeh` without a server."""

from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from refocus.core.settings import Settings
from refocus.engines.registry import Choice, choose_engine
from refocus.ui.app.launch import build_app
from tests.ui.session_results import HEIGHT, WIDTH, job, write_photo


def test_the_engine_is_chosen_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page, _ = build_app(Settings())
    (bokeh,) = (fn.fn for fn in page.fns.values() if fn.api_name == "bokeh")
    assert bokeh is not None
    chosen: list[Choice] = []

    def choose(*args: object) -> Choice:
        chosen.append(choose_engine(*args))  # type: ignore[arg-type]
        return chosen[-1]

    monkeypatch.setattr("refocus.pipeline.choose_engine", choose)
    photo = write_photo(tmp_path)
    path, details = bokeh(
        str(photo), "f/1.4", "auto", 512, True, str(photo.with_name("depth.npy")), progress=job().progress
    )
    assert Path(path).is_file()
    assert details["engine"] == "thin-lens"
    assert len(chosen) == 1


def test_the_limit_on_pixels_holds_for_a_depth_map(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page, _ = build_app(Settings(max_pixels=WIDTH * HEIGHT))
    (bokeh,) = (fn.fn for fn in page.fns.values() if fn.api_name == "bokeh")
    assert bokeh is not None
    np.save(tmp_path / "large.npy", np.ones((2 * HEIGHT, 2 * WIDTH), np.float32))
    with pytest.raises(gr.Error, match="too large a map"):
        bokeh(str(write_photo(tmp_path)), "f/1.4", "auto", 512, True, str(tmp_path / "large.npy"))


@pytest.mark.parametrize(("name", "given"), [("refocus", (None,)), ("bokeh", (None, "f/1.4", "auto", 512, True))])
def test_without_a_photo_there_is_one_sentence(
    name: str, given: tuple[object, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page, _ = build_app(Settings())
    (endpoint,) = (fn for fn in page.fns.values() if fn.api_name == name)
    assert endpoint.fn is not None
    rest = [gr.Progress()] if name == "refocus" else []
    options = [None] * (len(endpoint.inputs) - 1) if name == "refocus" else []
    with pytest.raises(gr.Error, match="There is no photo"):
        endpoint.fn(*given, *options, *rest)
