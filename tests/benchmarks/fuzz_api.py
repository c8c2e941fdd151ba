"""Calls every endpoint and event of the running app with made-up values; prints each answer that is no sentence.

What must not happen: a general or an empty sentence, a server error, an answer that never comes, a traceback on the
server's console. Only this computer is used. The calls depend on the seed alone.
Run: python -m tests.benchmarks.fuzz_api [--seconds 60] [--seed 0]
"""

import argparse
import json
import math
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from tests.benchmarks.users import Server
from tests.ui.raw_http import RawApp

PHOTO_SIZE = (96, 72)
ODD: list[Any] = [
    None, True, False, -1, 0, 1, 0.5, 7, 1e308, math.nan, math.inf, 10**30, "", "9", "circle", "x" * 10_000,
    "\x00\u202e", "<b>bold</b>", "../../etc/passwd", [], {}, [[]], [None], [1, 2], {"a": 1}, {"path": "/etc/passwd"},
    {"path": None}, {"path": ["a"], "meta": {"_type": "gradio.FileData"}}, "data:image/png;base64,AAAA",
    json.loads("[" * 400 + "]" * 400), json.loads('{"a":' * 400 + "1" + "}" * 400),
]  # fmt: skip
CARRIED = (
    "index", "made", "position", "start", "blur", "aperture", "kind", "number", "motion", "place", "text", "left_out",
    "x", "y", "region", "mask", "asked", "quiet", "strokes", "points",
)  # fmt: skip
LIKELY: list[Any] = [
    0, 1, 2.5, "", "jpg", "settings", "loop", "f/2, focus on the drum", [], [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]],
    [{"kind": "nearer", "points": [[0.4, 0.6]], "radius": 0.02}], "subject",
]  # fmt: skip


_MEANT = {("_take_photos", "no sentence")}
"""The page has said already that no photo came."""


class Caller:
    """Calls the app as a page and as a program.

    Args:
        app: the app.
        photo: a small photo.
        dice: decides.
    """

    def __init__(self, app: RawApp, photo: Path, dice: random.Random) -> None:
        self.app, self.dice = app, dice
        self.photo = {"path": app.upload(photo), "meta": {"_type": "gradio.FileData"}}
        self.opening = next(event for event in app.events if event["api_name"] == "open_page")

    def values(self, event: dict[str, Any]) -> list[Any]:
        """What its controls say at the start, some replaced, sometimes too few or too many."""
        values = self.app.start_values(event)
        for place in self.app.file_inputs(event):
            values[place] = self.dice.choice([self.photo, [self.photo], None])
        for place in range(len(values)):
            if self.dice.random() < min(0.3, 2 / len(values)):
                values[place] = self.dice.choice(ODD)
        if self.dice.random() < 0.05:
            values = [*values, self.dice.choice(ODD)] if self.dice.random() < 0.5 else values[:-1]
        return values

    def carried(self) -> Any:
        """Data of an event: likely and odd values under known names, or something else."""
        if self.dice.random() < 0.1:
            return self.dice.choice(ODD)
        names = [name for name in CARRIED if self.dice.random() < 0.9]
        return {name: self.dice.choice(LIKELY if self.dice.random() < 0.6 else ODD) for name in names}

    def call(self) -> tuple[str, str]:
        """One call; what was called, and what is wrong with the answer ("" for nothing)."""
        event = self.dice.choice(self.app.events)
        session = self.dice.choice(["first", "second"])
        if self.dice.random() < 0.02:
            session = f"{self.dice.random()}"
            self._send(self.opening, self.app.start_values(self.opening), session, None)
        name = event["api_name"] or str(event["id"])
        complaint = self._send(event, self.values(event), session, self.carried())
        return name, "" if (name, complaint) in _MEANT else complaint

    def _send(self, event: dict[str, Any], data: list[Any], session: str, carried: Any) -> str:
        body = {"fn_index": event["id"], "data": data, "session_hash": session, "event_data": carried}
        if self.dice.random() < 0.03:
            body[self.dice.choice(list(body))] = self.dice.choice(ODD)
        try:
            return self._answered(body)
        except httpx.TransportError as error:
            return f"no answer: {type(error).__name__}"

    def _answered(self, body: dict[str, Any]) -> str:
        http, session = self.app.http, body["session_hash"]
        joined = http.post(
            "/gradio_api/queue/join", content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        if joined.status_code != 200 or not isinstance(session, str):
            return f"HTTP {joined.status_code}" if joined.status_code >= 500 else ""
        with http.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed" and message.get("event_id") == joined.json()["event_id"]:
                    return _complaint(message)
        return "no answer"


def _complaint(message: dict[str, Any]) -> str:
    if message["success"]:
        return ""
    sentence = message["output"].get("error")
    if not sentence:
        return "no sentence"
    return f"said: {sentence[:120]}" if "unexpected" in sentence or "\n" in sentence else ""


def main() -> None:
    """Call, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=7897)
    args = parser.parse_args()
    base, found, calls = Path(tempfile.mkdtemp(prefix="fuzz-api-")), Counter[str](), 0
    pixels = np.random.default_rng(0).integers(0, 255, (*PHOTO_SIZE[::-1], 3)).astype(np.uint8)
    Image.fromarray(pixels).save(base / "photo.png")
    server = Server(base / "temporary", args.port, base / "log.txt")
    try:
        caller = Caller(RawApp(server.url), base / "photo.png", random.Random(args.seed))
        until_s, printed = time.monotonic() + args.seconds, 0
        while time.monotonic() < until_s:
            name, complaint = caller.call()
            calls += 1
            log = (base / "log.txt").read_text(errors="replace")
            if "Traceback" in log[printed:]:
                complaint = f"{complaint} printed: {log.rstrip().splitlines()[-1][:200]}"
            printed = len(log)
            if complaint:
                found[f"{name}: {complaint}"] += 1
                if found[f"{name}: {complaint}"] == 1:
                    print(f"{name}: {complaint}", flush=True)
    finally:
        server.stop()
        print(f"{calls} calls; {sum(found.values())} not answered as they should be")
        for what, count in found.most_common():
            print(f"{count} x {what}")
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
