import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import httpx
import pytest

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.ui.app import launch
from refocus.ui.app_context import AppContext
from refocus.ui.photo.first_result import load_first_result
from refocus.ui.run.session_result import SessionResult
from tests.ui.running_app import free_port


def test_without_its_package_mcp_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: None)
    with pytest.raises(BadInput) as caught:
        launch.serve(Settings(mcp=True))
    assert 'pip install "gradio[mcp]"' in caught.value.todo


def test_the_first_result_is_read_before_the_launch_and_in_no_thread(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    here = threading.current_thread()
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def noted_start(self: threading.Thread) -> None:
        if threading.current_thread() is here:  # servers of other tests may start threads meanwhile
            started.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", noted_start)
    events: list[object] = []

    def noted_load(context: AppContext) -> SessionResult | None:
        events.append(threading.current_thread())
        return load_first_result(context)

    monkeypatch.setattr("refocus.ui.photo.result_events.load_first_result", noted_load)

    def noted_launch(self: gr.Blocks, **options: object) -> None:
        events.append("launch")
        events.append([thread for thread in started if thread.is_alive()])
        self.server = cast(Any, SimpleNamespace(config=SimpleNamespace()))

    monkeypatch.setattr(gr.Blocks, "launch", noted_launch)
    launch.serve(Settings())
    assert events == [here, "launch", []]


def test_a_computer_too_busy_to_answer_at_once_starts_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setenv("GRADIO_SERVER_PORT", str(free_port()))
    monkeypatch.setattr("gradio.networking.url_ok", lambda url: False)
    page = launch.serve(Settings(), block=False)
    try:
        assert page.is_running
    finally:
        page.close(verbose=False)


def test_closed_it_ends_although_a_request_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setenv("GRADIO_SERVER_PORT", str(free_port()))
    page = launch.serve(Settings(), block=False)
    assert page.local_url is not None
    port = int(page.local_url.rstrip("/").rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as half_sent:
        head = f"POST /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        half_sent.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
        assert httpx.get(page.local_url).status_code == 200  # the other one has been taken by now
        page.close(verbose=False)
        assert not page.server.thread.is_alive()


def test_mcp_is_a_setting() -> None:
    assert Settings.from_environment({"REFOCUS_MCP": "1"}).mcp
    assert not Settings.from_environment({}).mcp
