"""Progress reports, cancellation and timing of stages; observers, which receive parts of the result during a run."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from refocus.core.scene import Scene

Progress = Callable[[str, float], None]
"""Called as progress(stage, fraction) with a description of the stage and the completed fraction of the whole, in
[0, 1]. It may raise `Cancelled` to stop the work."""


def silent(stage: str, fraction: float) -> None:
    """A progress callback that does nothing."""


def portion(progress: Progress, start: float, end: float, *, prefix: str = "") -> Progress:
    """A progress callback for a part of the work, which takes the whole from the fraction `start` to `end`.

    Args:
        progress: of the whole.
        start, end: in [0, 1].
        prefix: put before each stage, such as "cat.jpg: ".
    """
    return lambda stage, fraction: progress(f"{prefix}{stage}", start + (end - start) * fraction)


class Stages:
    """Reports the stages of a run and measures how long each takes.

    Args:
        weights: relative duration of each stage by name, in order.
        progress: called at each step.

    Attributes:
        seconds: duration of each finished stage.
    """

    def __init__(self, weights: dict[str, float], progress: Progress = silent) -> None:
        self._progress = progress
        total = sum(weights.values())
        self._span: dict[str, tuple[float, float]] = {}
        done = 0.0
        for name, weight in weights.items():
            self._span[name] = (done / total, weight / total)
            done += weight
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, *, description: str = "") -> Iterator[Callable[[float], None]]:
        """Run a stage; yields a function that reports the completed fraction of this stage, in [0, 1].

        Args:
            name: one of the names in `weights`.
            description: shown instead of the name, for example with an estimate of the duration.
        """
        description = description or name
        start, span = self._span[name]
        began = time.perf_counter()
        self._progress(description, start)
        yield lambda fraction: self._progress(description, start + span * fraction)
        self.seconds[name] = round(time.perf_counter() - began, 3)


class Observer(Protocol):
    """What an engine shows before it is done. An engine may leave out what it does not have."""

    def depth_drafted(self, scene: Scene) -> None:
        """As `depth_known`, which follows, with a rougher disparity."""

    def depth_known(self, scene: Scene) -> None:
        """Disparity is known; the picture of this scene is the photo as it is."""

    def scene_known(self, scene: Scene, photo_focus: float | None = None) -> None:
        """Disparity and the all-in-focus picture are known, and perhaps the disparity the photo was focused on."""


class _NoObserver:
    def depth_drafted(self, scene: Scene) -> None:
        pass

    def depth_known(self, scene: Scene) -> None:
        pass

    def scene_known(self, scene: Scene, photo_focus: float | None = None) -> None:
        pass


NO_OBSERVER: Observer = _NoObserver()
"""An observer that does nothing."""


def end_like_ctrl_c() -> None:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does, so that nothing half-written is left.

    For programs, in their main thread. Signals that the caller ignores, as `nohup` does, stay ignored.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
