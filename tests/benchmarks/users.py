"""Users of a running app, who do over plain HTTP what people do with its page, and count what was wrong or lost."""

import io
import json
import os
import random
import secrets
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from tests.ui.raw_http import RawApp
from tests.ui.running_app import PROJECT

LONG_SIDE_PX = 512
PHOTO_SIZES = ((1200, 900), (4000, 3000))
SETTLE_S = 75
"""A minute after the last tab was closed, and a sweep of the server."""
COLOUR_TOLERANCE = 12
_STOPPED_S = 30
_AS_SHOWN = {"motion": "loop", "blur": None, "aperture": None, "made": "", "place": False}
"""The rest of what the page asks an export for."""


class Tally:
    """What happened, counted by all users."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.details: list[str] = []

    def note(self, what: str, detail: str = "") -> None:
        """Count one more."""
        with self._lock:
            self.counts[what] += 1
            if detail:
                self.details.append(f"{what}: {detail}")


class Server:
    """The app as a process of its own, with its temporary files in a folder of its own.

    Args:
        base: the folder.
        port: where it listens.
        log: takes what it prints; None for what it prints as errors to appear here.
    """

    def __init__(self, base: Path, port: int, log: Path | None = None) -> None:
        self.base, self.port, self.log = base, port, log
        self.url = f"http://127.0.0.1:{port}"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {"GRADIO_SERVER_PORT": str(self.port), "GRADIO_TEMP_DIR": str(self.base)}
        command, environment = [sys.executable, "app.py"], {**os.environ, **settings}
        if self.log is None:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
        else:
            with self.log.open("a") as out:
                self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=out, stderr=out)
        while self.process.poll() is None:
            try:
                httpx.get(self.url)
                return
            except httpx.TransportError:
                time.sleep(0.2)
        raise RuntimeError("the server did not start")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """SIGTERM; the seconds until it ended. It is killed after half a minute."""
        began_s = time.monotonic()
        self.process.terminate()
        try:
            self.process.wait(_STOPPED_S)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began_s

    def memory_mb(self) -> float:
        """Resident memory; 0 when it has ended."""
        with suppress(OSError, IndexError):
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0]) / 1024
        return 0.0

    def disk_mb(self) -> float:
        """Of all temporary files."""
        sizes = 0
        for folder, _, names in os.walk(self.base):
            for name in names:
                with suppress(FileNotFoundError):
                    sizes += os.stat(os.path.join(folder, name)).st_size
        return sizes / 1e6


class User:
    """One user with photos of one colour, which every result must have.

    Args:
        url: of the app.
        number: tells users apart.
        tally: of all users.
        seed: of what the user does.
        sizes: of photos, (width, height) in pixels.
        long_side_px: of the stacks.
    """

    def __init__(
        self,
        url: str,
        number: int,
        tally: Tally,
        seed: int,
        *,
        sizes: Sequence[tuple[int, int]] = PHOTO_SIZES,
        long_side_px: int = LONG_SIDE_PX,
    ) -> None:
        self.url, self.tally, self.sizes, self.long_side_px = url, tally, sizes, long_side_px
        self.random = random.Random(f"{seed} {number}")
        self.colour = np.array([self.random.randint(40, 210) for _ in range(3)])
        self.name = f"user{number:02d}"
        self.app: RawApp | None = None
        self.doing, self.since_s = "", time.monotonic()

    def open_page(self) -> None:
        """A new page, whose heartbeat runs until `close_page`."""
        self.app = RawApp(self.url)
        self.session = secrets.token_hex(6)
        self.closed = threading.Event()
        threading.Thread(target=self._beat, args=(self.app, self.session, self.closed), daemon=True).start()
        self.photo = ""

    def close_page(self) -> None:
        """Close it as a browser does."""
        if self.app is not None:
            self.closed.set()
            self.app.http.post(f"/gradio_api/heartbeat/{self.session}/closed")
            self.app = None

    def leave(self) -> None:
        """The page is gone with the server."""
        if self.app is not None:
            self.closed.set()
            self.app = None

    def _beat(self, app: RawApp, session: str, closed: threading.Event) -> None:
        try:
            with app.http.stream("GET", f"/gradio_api/heartbeat/{session}", timeout=None) as beats:
                for _ in beats.iter_raw():
                    if closed.is_set():
                        return
        except httpx.HTTPError:
            return

    def act(self) -> None:
        """Do one thing, chosen at random."""
        if self.app is None:
            self.open_page()
        actions: list[tuple[int, Callable[[], object]]] = [
            (6, self.run), (2, self.export), (1, self.stop), (1, self.send_bad_file), (1, self.close_page),
        ]  # fmt: skip
        kinds, weights = [action for _, action in actions], [weight for weight, _ in actions]
        action = self.random.choices(kinds, weights)[0]
        self.doing, self.since_s = action.__name__, time.monotonic()
        action()

    def _make_stack(self, photo: str) -> dict[str, Any]:
        """Let the running job be replaced, as the page does, and make a stack; the last message."""
        assert self.app is not None
        event, replace = self._run_event(), self._event("refocus", "click")
        (number,) = self.app.event_without_queue(replace, [None] * len(replace["inputs"]), self.session)
        values = self._values(event, photo)
        values[event["inputs"].index(replace["outputs"][0])] = number
        return self.app.event(event, values, self.session)

    def _values(self, event: dict[str, Any], photo: str) -> list[Any]:
        assert self.app is not None
        values = self.app.start_values(event)
        for index, part in enumerate(event["inputs"]):
            props = self.app.components[part]["props"]
            if props.get("elem_id") == "photo":
                values[index] = {"path": photo, "meta": {"_type": "gradio.FileData"}}
            elif props.get("label") == "Long side":
                values[index] = self.long_side_px
            elif props.get("elem_id") == "blur":
                values[index] = round(self.random.uniform(0.2, 1), 2)
        return values

    def _run_event(self) -> dict[str, Any]:
        assert self.app is not None
        ids = {part["props"].get("elem_id"): number for number, part in self.app.components.items()}
        with_photo = [one for one in self.app.events if ids["photo"] in one["inputs"]]
        return max(with_photo, key=lambda one: len(one["inputs"]))

    def _event(self, elem_id: str, name: str) -> dict[str, Any]:
        assert self.app is not None
        return next(
            one
            for one in self.app.events
            for part, kind in one["targets"]
            if kind == name and self.app.components[part]["props"].get("elem_id") == elem_id
        )

    def _new_photo(self) -> str:
        assert self.app is not None
        width, height = self.random.choice(self.sizes)
        texture = np.random.default_rng(self.random.randint(0, 1 << 30)).integers(-30, 30, (height // 8, width // 8, 1))
        small = np.clip(self.colour + texture, 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(small).resize((width, height)).save(file, "JPEG", quality=90)
        sent = self.app.http.post("/gradio_api/upload", files={"files": (f"{self.name}.jpg", file.getvalue())})
        return str(sent.json()[0])

    def run(self) -> None:
        """Make a stack, and look at it."""
        assert self.app is not None
        if not self.photo or self.random.random() < 0.5:
            self.photo = self._new_photo()
        message = self._make_stack(self.photo)
        output = message.get("output", {})
        if message.get("success") is not True:
            self.tally.note("refused" if output.get("error") else "lost", str(output.get("error", message))[:200])
            return
        views = [view for part in output["data"] if isinstance(part, dict) and (view := _view(part))]
        if not views:
            self.tally.note("lost", f"{self.name}: no view")
            return
        value = views[0]
        picture = self.app.http.get(value["frames"][0]["url"])
        mean = np.asarray(Image.open(io.BytesIO(picture.content)).convert("RGB")).mean(axis=(0, 1))
        right = np.abs(mean - self.colour).max() < COLOUR_TOLERANCE and value["description"].startswith(self.name)
        self.tally.note("right" if right else "wrong", "" if right else f"{self.name}: {value['description']} {mean}")

    def export(self) -> None:
        """Write a file of the shown stack and fetch it."""
        assert self.app is not None
        if not self.photo:
            return
        kind = self.random.choice(["settings", "disparity", "jpg", "frames"])
        quick = kind in ("settings", "disparity")
        event = self._event("download", "export_quick" if quick else "export")
        asked = {"kind": kind, "number": 1, "position": 3, "start": 0, **_AS_SHOWN}
        message = self.app.event(event, [None] * len(event["inputs"]), self.session, event_data=asked)
        if message.get("success") is not True:
            self.tally.note("refused", str(message.get("output", {}).get("error"))[:200])
            return
        file = json.loads(json.dumps(message["output"]["data"][0]))
        address = (file.get("value") or file)["file"]["url"]
        self.tally.note("exported" if self.app.http.get(address).status_code == 200 else "lost", "")

    def stop(self) -> float:
        """Press Stop a while after a run began; the seconds from the press to the end of the run."""
        assert self.app is not None
        app, session = self.app, self.session
        stop = self._event("stop", "click")
        pressed_s = 0.0

        def press() -> None:
            nonlocal pressed_s
            pressed_s = time.monotonic()
            with suppress(httpx.HTTPError):  # the server was killed
                app.event_without_queue(stop, [None] * len(stop["inputs"]), session)

        photo = self._new_photo()
        timer = threading.Timer(self.random.uniform(0.2, 2), press)
        timer.start()
        message = self._make_stack(photo)
        seconds = time.monotonic() - pressed_s
        timer.join()
        self.tally.note("stopped" if message.get("success") else "refused", "")
        return seconds

    def send_bad_file(self) -> None:
        """A file that is no photo gets a sentence."""
        assert self.app is not None
        sent = self.app.http.post("/gradio_api/upload", files={"files": ("bad.jpg", b"no photo" * 100)})
        message = self._make_stack(sent.json()[0])
        said = "not a photo" in str(message.get("output", {}).get("error"))
        self.tally.note("bad file said" if said else "refused", "" if said else str(message)[:200])


def _view(part: dict[str, Any]) -> dict[str, Any] | None:
    value = part.get("value") if isinstance(part.get("value"), dict) else part
    return value if isinstance(value, dict) and value.get("frames") else None
