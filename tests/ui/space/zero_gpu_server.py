"""As much of ZeroGPU's device API as the package `spaces` asks, served on the loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from urllib.parse import parse_qsl, urlsplit

GRANTED = {"idle": False, "nvidiaIndex": 0, "nvidiaUUID": "GPU-0", "allowToken": "token"}
REFUSALS = {"quota": {"left": 12, "wait": 3 * 3600}, "illegal": {"left": 300, "wait": -1}}


@dataclass
class ZeroGpu:
    """What the server does, and what it was asked.

    Attributes:
        url: its address.
        answer: of the next schedules: "granted", "queued", "timeout", or a key of `REFUSALS`.
        free: set when a queued schedule may have its GPU.
        calls: paths and parameters, in order.
        started: a startup report has come.
        released: gets the parameters of each release.
    """

    url: str = ""
    answer: str = "granted"
    free: threading.Event = field(default_factory=threading.Event)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)
    released: SimpleQueue[dict[str, str]] = field(default_factory=SimpleQueue)

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of every call of a path."""
        return [parameters for called, parameters in list(self.calls) if called == path]


class Handler(BaseHTTPRequestHandler):
    """Answers the client of `spaces` 0.51."""

    protocol_version = "HTTP/1.1"
    zero: ZeroGpu

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        parameters = dict(parse_qsl(address.query))
        self.zero.calls.append((address.path, parameters))
        if address.path == "/startup-report":
            self.zero.started.set()
        if address.path == "/release":
            self.zero.released.put(parameters)
        if address.path == "/schedule":
            self._schedule()
        else:
            self._json(200, {})

    def _schedule(self) -> None:
        answer = self.zero.answer
        if answer in REFUSALS:
            self._json(429, REFUSALS[answer])
        elif answer == "granted":
            self._json(200, GRANTED)
        else:
            self._queue("failed" if answer == "timeout" else "succeeded")

    def _queue(self, outcome: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._chunk("event: ping\n\n")
        self.zero.free.wait()
        self._chunk(f"event: {outcome}\ndata: {json.dumps(GRANTED)}\n\n")
        self._chunk("")

    def _chunk(self, text: str) -> None:
        self.wfile.write(f"{len(text):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def _json(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def zero_gpu() -> Iterator[ZeroGpu]:
    """A running server."""
    zero = ZeroGpu()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (Handler,), {"zero": zero}))
    server.daemon_threads = True
    zero.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield zero
    finally:
        zero.free.set()
        server.shutdown()
        thread.join()
        server.server_close()
