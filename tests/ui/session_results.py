"""Finished stacks of a small photo with a depth map, made as the app makes them."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from refocus.depth import Stroke
from refocus.pipeline import RefocusPipeline
from refocus.ui.app_context import AppContext
from refocus.ui.controls.control_values import control_values
from refocus.ui.folders import ResultFolders
from refocus.ui.run.job_context import JobContext
from refocus.ui.run.session_result import SessionResult
from refocus.ui.run.stack_jobs import refocus_photo, touch_up_result

WIDTH, HEIGHT = 96, 72


def app_context(base: Path) -> AppContext:
    """The app's pipeline, with folders below `base`."""
    return AppContext(RefocusPipeline(), ResultFolders(base))


def write_photo(folder: Path, name: str = "a cat") -> Path:
    """A photo of noise, with its depth map beside it; the photo's path."""
    rgb = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    Image.fromarray(rgb).save(folder / f"{name}.png")
    np.save(folder / "depth.npy", np.linspace(0, 1, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH))
    return folder / f"{name}.png"


def values_for(photo: Path, **given: Any) -> dict[str, Any]:
    """Control values for three frames of that photo."""
    return control_values({"frames": 3, "depth": str(photo.with_name("depth.npy")), **given})


def job(stop_at: float = 2.0) -> JobContext:
    """A job whose user leaves when so much is done; by default never."""
    left = threading.Event()

    def note(done: float, desc: str = "") -> None:
        if done >= stop_at:
            left.set()

    progress: Any = note
    return JobContext(progress, has_left=left.is_set)


def make_result(context: AppContext, photo: Path, previous: SessionResult | None = None, **given: Any) -> SessionResult:
    """The finished stack of a photo."""
    *_, last = refocus_photo(context, str(photo), values_for(photo, **given), previous, job())
    assert last.result is not None
    return last.result


def touch_up(context: AppContext, result: SessionResult, strokes: Sequence[Stroke]) -> SessionResult:
    """The result with its depth corrected."""
    *_, last = touch_up_result(context, result, strokes, job())
    assert last.result is not None
    return last.result
