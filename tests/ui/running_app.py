"""The app as a user starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START = (sys.executable, "app.py")


@contextmanager
def running_app(
    log: Path,
    command: Sequence[str] = START,
    folder: Path = PROJECT,
    **environment: str,
) -> Iterator[str]:
    """As `started_app`; gives the address alone."""
    with started_app(log, command, folder, environment=environment) as (url, _):
        yield url


@contextmanager
def started_app(
    log: Path,
    command: Sequence[str] = START,
    folder: Path = PROJECT,
    *,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, subprocess.Popen]]:
    """The app on a free port; gives its address and its process, and looks at what it printed when it ends.

    Args:
        log: takes what the app prints.
        command: starts the app.
        folder: the working directory of the command.
        port: by default a free one.
        environment: settings beside those of this process.
    """
    port = port or free_port()
    settings = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1", **(environment or {})}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=settings, stdout=output, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, log)
        yield url, process
    finally:
        process.terminate()
        process.wait(20)
    assert "Traceback" not in log.read_text()
    assert "Warning" not in log.read_text()


def free_port() -> int:
    """A port of this computer on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(1500):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url):
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise TimeoutError(f"the app did not come up: {log.read_text()}")
