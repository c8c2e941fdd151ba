"""Downloads, from a hub that this module serves on the loopback; no network."""

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from refocus.core import Cancelled, WeightsMissing
from refocus.models.hub import Download, cached, fetch
from refocus.models.weights import WeightsSpec

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"config.json": b"{}", "part/model.fp16.safetensors": b"half", "part/model.safetensors": b"full precision"}
SPEC = WeightsSpec(
    "owner/name",
    revision=COMMIT,
    files=("config.json", "part/*.fp16.safetensors"),
    licence="research only",
    size_bytes=6,
)


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download needs."""

    asked: list[str]
    status = 200
    error_code = ""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.split("?")[0]
        self.asked.append(path)
        if self.status != 200:
            self._send(self.status, b"{}", {"X-Error-Code": self.error_code, "X-Error-Message": "no"})
        elif path.startswith(f"/owner/name/resolve/{COMMIT}/"):
            content = FILES[path.split(f"{COMMIT}/")[1]]
            self._send(200, content, {"ETag": f'"{self._blob(content)}"', "X-Repo-Commit": COMMIT})
        elif "/tree/" in path:
            self._send(200, json.dumps([self._entry(name) for name in FILES]).encode(), {})
        else:
            files = [{"rfilename": name, "size": len(content)} for name, content in FILES.items()]
            info = {"id": "owner/name", "modelId": "owner/name", "sha": COMMIT, "siblings": files}
            self._send(200, json.dumps(info).encode(), {})

    @staticmethod
    def _blob(content: bytes) -> str:
        return hashlib.sha1(content, usedforsecurity=False).hexdigest()

    def _entry(self, name: str) -> dict[str, object]:
        return {"type": "file", "path": name, "size": len(FILES[name]), "oid": self._blob(FILES[name])}

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(**answers: object) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Answers", (Hub,), {"asked": asked, **answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refuse_to_announce(_download: Download) -> None:
    pytest.fail("nothing was to be downloaded")


def test_only_needed_files_come_and_size_and_licence_first(tmp_path: Path) -> None:
    told: list[Download] = []

    def announce(download: Download) -> None:
        assert not list(tmp_path.rglob("*.safetensors"))
        told.append(download)

    with serve() as (endpoint, asked):
        folder = fetch(SPEC, announce, cache_dir=tmp_path, endpoint=endpoint)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == {
        "config.json",
        "part/model.fp16.safetensors",
    }
    assert (folder / "part" / "model.fp16.safetensors").read_bytes() == b"half"
    assert not any(path.endswith("/part/model.safetensors") for path in asked)
    (download,) = told
    assert (download.repo, download.revision, download.size_bytes) == ("owner/name", COMMIT, 6)
    assert "research only" in str(download)


def test_what_is_there_is_not_asked_for(tmp_path: Path) -> None:
    assert cached(SPEC, cache_dir=tmp_path) is None
    with serve() as (endpoint, _):
        folder = fetch(SPEC, lambda _: None, cache_dir=tmp_path, endpoint=endpoint)
    assert cached(SPEC, cache_dir=tmp_path) == folder
    assert fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint="http://127.0.0.1:9") == folder


def test_a_file_more_needs_a_download(tmp_path: Path) -> None:
    more = replace(SPEC, files=("config.json", "part/*.safetensors"))
    with serve() as (endpoint, _):
        fetch(SPEC, lambda _: None, cache_dir=tmp_path, endpoint=endpoint)
        assert cached(more, cache_dir=tmp_path) is None
        folder = fetch(more, lambda _: None, cache_dir=tmp_path, endpoint=endpoint)
    assert (folder / "part" / "model.safetensors").read_bytes() == b"full precision"


def test_saying_no_downloads_nothing(tmp_path: Path) -> None:
    def decline(_download: Download) -> None:
        raise Cancelled

    with serve() as (endpoint, _), pytest.raises(Cancelled):
        fetch(SPEC, decline, cache_dir=tmp_path, endpoint=endpoint)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_hub_that_never_answers_counts_as_absent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(WeightsMissing, match="owner/name") as caught:
            fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint=endpoint, timeout_s=0.3)
    assert "local folder" in caught.value.todo


def test_a_hub_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(WeightsMissing, match="owner/name"):
        fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint=f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("status", "code", "message", "todo"),
    [
        (403, "GatedRepo", "research only", "Accept it at https://huggingface.co/owner/name"),
        (404, "RepoNotFound", "knows no owner/name", "hf auth login"),
        (404, "RevisionNotFound", "cannot be downloaded", "local folder"),
        (500, "", "cannot be downloaded", "local folder"),
    ],
)
def test_refusals_say_what_to_do(tmp_path: Path, status: int, code: str, message: str, todo: str) -> None:
    with serve(status=status, error_code=code) as (endpoint, _), pytest.raises(WeightsMissing) as caught:
        fetch(SPEC, refuse_to_announce, cache_dir=tmp_path, endpoint=endpoint)
    assert message in caught.value.message
    assert todo in caught.value.todo


def test_a_repository_without_the_files(tmp_path: Path) -> None:
    with serve() as (endpoint, _), pytest.raises(WeightsMissing, match="none of the needed files"):
        fetch(replace(SPEC, files=("unet/*",)), refuse_to_announce, cache_dir=tmp_path, endpoint=endpoint)
