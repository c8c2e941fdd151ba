"""As much of the Hugging Face hub as `hf upload` needs, served on the loopback; it keeps what a Space would get."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.hub_server import COMMIT


@dataclass
class UploadedSpace:
    """What was uploaded.

    Attributes:
        url: address of the hub.
        kinds: the types of the repositories that were made.
        git_files: contents by path of what is committed as ordinary git files.
        stored_files: sizes by path of what goes to the hub's storage for large and binary files.
    """

    url: str = ""
    kinds: list[str] = field(default_factory=list)
    git_files: dict[str, bytes] = field(default_factory=dict)
    stored_files: dict[str, int] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    """Answers the client of huggingface_hub 2.4 without Xet."""

    space: UploadedSpace

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/repos/create"):
            request = json.loads(body)
            self.space.kinds.append(request.get("type", "model"))
            name = f"{request.get('organization', 'owner')}/{request['name']}"
            self._answer({"url": f"{self.space.url}/spaces/{name}", "name": name})
        elif "/preupload/" in self.path:
            self._answer({"files": [self._mode(file) for file in json.loads(body)["files"]]})
        elif self.path.endswith("/objects/batch"):  # as if all were stored already
            objects = [{"oid": o["oid"], "size": o["size"]} for o in json.loads(body)["objects"]]
            self._answer({"transfer": "basic", "objects": objects})
        elif "/commit/" in self.path:
            self._keep([json.loads(line) for line in body.splitlines()])
            repository = self.path.removeprefix("/api/").split("/commit/")[0]
            self._answer({"commitUrl": f"{self.space.url}/{repository}/commit/{COMMIT}", "commitOid": COMMIT})
        else:
            self._answer({"errors": [], "warnings": []})

    def do_GET(self) -> None:
        self._answer({"name": "owner", "type": "user"})

    @staticmethod
    def _mode(file: dict[str, Any]) -> dict[str, Any]:
        """As the hub does: what is not text, or named in a new repository's .gitattributes, goes to its storage."""
        try:
            base64.b64decode(file["sample"])[:-4].decode()
            mode = "lfs" if file["path"].endswith(".safetensors") else "regular"
        except UnicodeDecodeError:
            mode = "lfs"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}

    def _keep(self, operations: list[dict[str, Any]]) -> None:
        for operation in operations:
            value = operation["value"]
            if operation["key"] == "file":
                self.space.git_files[value["path"]] = base64.b64decode(value["content"])
            if operation["key"] == "lfsFile":
                self.space.stored_files[value["path"]] = value["size"]

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def upload_hub() -> Iterator[UploadedSpace]:
    """A running server."""
    space = UploadedSpace()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (Handler,), {"space": space}))
    space.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield space
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
