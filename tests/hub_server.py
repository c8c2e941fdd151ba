"""As much of the Hugging Face hub as downloads need, served on the loopback; no network."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """One repository. While `broken` is set every request fails; weights are sent once `gate` is set."""

    broken: threading.Event | None = None
    gate: threading.Event | None = None
    asked: list[str]
    repo: str
    files: Mapping[str, bytes]
    status = 200
    error_code = ""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.split("?")[0]
        self.asked.append(path)
        if self.status != 200 or (self.broken is not None and self.broken.is_set()):
            self._send(
                self.status if self.status != 200 else 503,
                b"{}",
                {"X-Error-Code": self.error_code, "X-Error-Message": "no"},
            )
        elif path.startswith(f"/{self.repo}/resolve/"):
            content = self.files[path.split("/resolve/")[1].split("/", 1)[1]]
            if self.gate is not None and self.command == "GET" and path.endswith(".safetensors"):
                self.gate.wait()
            self._send(200, content, {"ETag": f'"{self._blob(content)}"', "X-Repo-Commit": COMMIT})
        elif "/tree/" in path:
            self._send(200, json.dumps([self._entry(name) for name in self.files]).encode(), {})
        else:
            files = [{"rfilename": name, "size": len(content)} for name, content in self.files.items()]
            info = {"id": self.repo, "modelId": self.repo, "sha": COMMIT, "siblings": files}
            self._send(200, json.dumps(info).encode(), {})

    @staticmethod
    def _blob(content: bytes) -> str:
        return hashlib.sha1(content, usedforsecurity=False).hexdigest()

    def _entry(self, name: str) -> dict[str, object]:
        return {"type": "file", "path": name, "size": len(self.files[name]), "oid": self._blob(self.files[name])}

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
def serve_hub(repo: str, files: Mapping[str, bytes], **answers: object) -> Iterator[tuple[str, list[str]]]:
    """The hub's address and the paths it was asked for."""
    asked: list[str] = []
    handler = type("Answers", (Hub,), {"asked": asked, "repo": repo, "files": files, **answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
