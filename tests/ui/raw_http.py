"""Talks to the running app as anybody may: plain HTTP, with no help from gradio's own programs."""

import json
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

AT_ONCE = 8
"""Below the waiting events that the app takes from one address."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call of an event.

    Attributes:
        event: as in `RawApp.events`.
        data: of its inputs.
        what: names the case, for a failed test.
        more: of the request.
    """

    event: dict[str, Any]
    data: list[Any]
    what: object = None
    more: dict[str, Any] = field(default_factory=dict)


class RawApp:
    """The app at an address.

    Args:
        url: without a slash at its end.

    Attributes:
        http: sends requests; does not follow redirects.
        events: the page's events and endpoints as `/config` lists them, without those that run in the browser alone.
        components: by id.
    """

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=120)
        config = self.http.get("/config").json()
        self.events: list[dict[str, Any]] = [event for event in config["dependencies"] if event["backend_fn"]]
        self.components: dict[int, dict[str, Any]] = {part["id"]: part for part in config["components"]}

    def upload(self, path: Path) -> str:
        """The path that the server gives the file."""
        with path.open("rb") as file:
            return self.http.post("/gradio_api/upload", files={"files": (path.name, file)}).json()[0]

    def start_values(self, event: dict[str, Any]) -> list[Any]:
        """What the event's controls say when the page opens."""
        return [self.components[part]["props"].get("value") for part in event["inputs"]]

    def file_inputs(self, event: dict[str, Any]) -> list[int]:
        """Which of the event's inputs take files."""
        parts = enumerate(event["inputs"])
        return [index for index, part in parts if self.components[part]["type"] in {"image", "file"}]

    def event(self, event: dict[str, Any], data: list[Any], session: str | None = None, **more: Any) -> dict[str, Any]:
        """What the page gets for an event: the last message of the queue."""
        session = session or secrets.token_hex(6)
        body = {"fn_index": event["id"], "data": data, "session_hash": session, **more}
        joined = self.http.post("/gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            return {"status": joined.status_code, **joined.json()}
        last: dict[str, Any] = {}
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    last = message
        return last

    def event_without_queue(self, event: dict[str, Any], data: list[Any], session: str) -> list[Any]:
        """What the page gets for an event that does not wait in the queue: the values of its outputs."""
        body = {"fn_index": event["id"], "data": data, "session_hash": session}
        answer = self.http.post("/gradio_api/run/predict", json=body)
        answer.raise_for_status()
        return list(answer.json()["data"])

    def events_at_once(self, calls: Iterable[Call]) -> Iterator[tuple[Call, dict[str, Any]]]:
        """Each call and its answer as of `event`, several at a time: most of an event's time is waiting."""
        asked = list(calls)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from zip(
                asked, pool.map(lambda call: self.event(call.event, call.data, **call.more), asked), strict=True
            )

    def call(self, name: str, data: list[Any] | dict[str, Any], version: str = "") -> tuple[str, Any]:
        """The last event of a call of an endpoint and its data: ("complete", outputs) or ("error", what)."""
        joined = self.http.post(f"/gradio_api/call{version}/{name}", json=data if version else {"data": data})
        assert joined.status_code == 200, joined.text
        last: tuple[str, Any] = ("", None)
        with self.http.stream("GET", f"/gradio_api/call/{name}/{joined.json()['event_id']}") as lines:
            kind = ""
            for line in lines.iter_lines():
                if line.startswith("event:"):
                    kind = line.removeprefix("event:").strip()
                elif line.startswith("data:") and kind in {"complete", "error"}:
                    last = (kind, json.loads(line.removeprefix("data:")))
        return last
