"""Loads what the first photo needs while its visitor still looks at the page: torch, the networks, their first run."""

import threading

import numpy as np

from refocus.core import Cancelled, RefocusError
from refocus.core.settings import THIN_LENS
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.results import RefocusRequest
from refocus.subjects.main_subject import main_subject

_WIDTH_PX, _HEIGHT_PX = 96, 72
_FEWEST_FRAMES = 3


class WarmUp:
    """Makes a small stack once, of which nothing is kept. Safe to use from all of the server's threads.

    Args:
        pipeline: of the app.
    """

    def __init__(self, pipeline: RefocusPipeline) -> None:
        self._pipeline = pipeline
        self._begun = threading.Lock()  # held for good by the first call

    def begin(self) -> None:
        """Begin in a thread, unless it has begun before; other engines than the thin lens load their own models."""
        if self._begun.acquire(blocking=False):
            # No daemon: the interpreter must not end within torch. It waits for the step that is being done.
            threading.Thread(target=self._run, name="warm-up").start()

    def _run(self) -> None:
        try:
            choice = self._pipeline.choose()
        except RefocusError:
            return  # the first photo says what is wrong
        if choice.engine.spec.name != THIN_LENS:
            return
        across, down = np.meshgrid(np.arange(_WIDTH_PX), np.arange(_HEIGHT_PX))
        photo = Photo.from_array(np.stack([2 * across, 3 * down, across + down], axis=-1).astype(np.uint8))
        request = RefocusRequest(frames=_FEWEST_FRAMES, depth_source="built-in")  # nothing is downloaded
        try:
            result = choice.engine.refocus(photo, request, _unless_the_program_ends)
            _unless_the_program_ends()
            main_subject(result.scene)
        except Cancelled:
            return
        except RuntimeError:  # Python starts no thread any more when it ends
            if threading.main_thread().is_alive():
                raise


def _unless_the_program_ends(stage: str = "", fraction: float = 0.0) -> None:
    """A `Progress` that raises `Cancelled` once the program's main thread has ended."""
    if not threading.main_thread().is_alive():
        raise Cancelled
