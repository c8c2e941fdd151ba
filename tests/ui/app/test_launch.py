import threading
from pathlib import Path

import gradio as gr
import pytest

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.ui.app import launch
from refocus.ui.photo.first_result import first_made


def test_without_its_package_mcp_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: None)
    with pytest.raises(BadInput) as caught:
        launch.serve(Settings(mcp=True))
    assert 'pip install "gradio[mcp]"' in caught.value.todo


def test_no_decoder_turns_warnings_off_and_on_while_the_server_is_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    before = set(threading.enumerate())
    at_launch: list[set[threading.Thread]] = []
    monkeypatch.setattr(gr.Blocks, "launch", lambda self, **options: at_launch.append(set(threading.enumerate())))
    first_made.cache_clear()
    launch.serve(Settings())
    assert at_launch == [before]
    assert first_made.cache_info().currsize == 1  # and the first visitor waits for nothing


def test_mcp_is_a_setting() -> None:
    assert Settings.from_environment({"REFOCUS_MCP": "1"}).mcp
    assert not Settings.from_environment({}).mcp
