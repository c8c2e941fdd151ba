"""How the app starts and stops, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ui.raw_http import RawApp
from tests.ui.running_app import PROJECT, START, started_app

# As a terminal starts it: a test run in the background, or under nohup, would hand ignored signals on.
FROM_A_TERMINAL = (
    sys.executable,
    "-c",
    "import os, signal, sys\n"
    "for number in (signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_DFL)\n"
    "os.execv(sys.argv[1], sys.argv[1:])",
    *START,
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_every_way_to_stop_it_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    base = tmp_path / "temporary"
    environment = {"GRADIO_TEMP_DIR": str(base)}
    with started_app(tmp_path / "log.txt", FROM_A_TERMINAL, environment=environment) as (_, process):
        (root,) = base.iterdir()
        assert root.name.startswith("refocus-app-")
        process.send_signal(number)
        assert process.wait() in (0, 130)  # 130 while it is still starting
    assert list(base.iterdir()) == []


def test_it_ends_cleanly_in_the_middle_of_work(tmp_path: Path) -> None:
    base, log = tmp_path / "temporary", tmp_path / "log.txt"
    with started_app(log, FROM_A_TERMINAL, environment={"GRADIO_TEMP_DIR": str(base)}) as (url, process):
        raw = RawApp(url)
        (root,) = base.iterdir()
        photo = {"path": raw.upload(PROJECT / "assets" / "drum.jpg"), "meta": {"_type": "gradio.FileData"}}
        raw.http.post("/gradio_api/call/v2/refocus", json={"photo": photo})
        while not list(root.glob("*/draft_1")):  # a network is at work from then on
            time.sleep(0.05)
        process.terminate()
        assert process.wait() == 0
    assert all(line.startswith("*") for line in log.read_text().splitlines() if line)
    assert list(base.iterdir()) == []


def test_two_apps_share_a_folder_for_temporary_files(tmp_path: Path) -> None:
    base = tmp_path / "temporary"
    with started_app(tmp_path / "one.txt", environment={"GRADIO_TEMP_DIR": str(base)}) as (_, first):
        (abandoned,) = base.iterdir()
        with started_app(tmp_path / "two.txt", environment={"GRADIO_TEMP_DIR": str(base)}):
            assert len(list(base.iterdir())) == 2
            first.kill()
            first.wait()
    assert list(base.iterdir()) == [abandoned]
    with started_app(tmp_path / "three.txt", environment={"GRADIO_TEMP_DIR": str(base)}):
        assert abandoned not in base.iterdir()


def _refusal(**environment: str) -> str:
    done = subprocess.run(
        [*START], cwd=PROJECT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


def test_a_port_that_is_none_or_is_taken_is_said(tmp_path: Path) -> None:
    assert _refusal(GRADIO_SERVER_PORT="abc").startswith("GRADIO_SERVER_PORT is 'abc', which is no port number.")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert _refusal(GRADIO_SERVER_PORT=port).startswith(f"Port {port} is taken")
    assert _refusal(GRADIO_SERVER_NAME="nobody.invalid").startswith("GRADIO_SERVER_NAME is 'nobody.invalid'")


def test_an_ignored_hangup_stays_ignored() -> None:
    code = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "from refocus.core.progress import end_like_ctrl_c; end_like_ctrl_c();"
        "assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN;"
        "assert signal.getsignal(signal.SIGTERM) == signal.default_int_handler"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
