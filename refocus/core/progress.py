"""Progress, cancelling and stage timing, shared by the app, the command line and tests."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, float], None]
"""Called as progress(stage, fraction): the stage in words, and how much of the whole is done, in [0, 1].
It may raise `Cancelled` to stop the work; everyone passes that on."""


def silent(stage: str, fraction: float) -> None:
    """A progress callback that says nothing."""


class Stages:
    """Reports stages of one run in order and keeps the seconds each took.

    Args:
        weights: stage name to its share of the whole (any positive numbers), in order.
        progress: told at each step.
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
    def stage(self, name: str, *, said: str = "") -> Iterator[Callable[[float], None]]:
        """Enter a stage; yields a function that reports how much of this stage is done, in [0, 1].

        Args:
            name: of the stage.
            said: what the user is told instead of the name, such as how long it will take.
        """
        words = said or name
        start, span = self._span[name]
        began = time.perf_counter()
        self._progress(words, start)
        yield lambda fraction: self._progress(words, start + span * fraction)
        self.seconds[name] = round(time.perf_counter() - began, 3)
