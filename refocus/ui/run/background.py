"""Work in a thread, seen from a generator: updates come out as they happen, and a stop ends it at once."""

import contextvars
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from refocus.core import Cancelled

Result = TypeVar("Result")
_LOOKS_FOR_STOP_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Update:
    """How far the work is: the stage in words and the fraction done, in [0, 1]."""

    stage: str
    fraction: float


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """Something to show before the work is done."""

    shown: object


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """The work's result."""

    result: Result


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class Stop(Protocol):
    """Says whether the work is to end; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether it is to end."""


class Teller:
    """What the work tells: it is a `Progress`, and `show` hands out something to look at meanwhile."""

    def __init__(self, tell: Callable[[Update | Glimpse], None], stop: threading.Event) -> None:
        self._tell = tell
        self._stop = stop

    def __call__(self, stage: str, fraction: float) -> None:
        """Progress; raises `Cancelled` after a stop."""
        self._check()
        self._tell(Update(stage, fraction))

    def show(self, shown: object) -> None:
        """Hand out something to look at; raises `Cancelled` after a stop."""
        self._check()
        self._tell(Glimpse(shown))

    def _check(self) -> None:
        if self._stop.is_set():
            raise Cancelled


def in_background(
    work: Callable[[Teller], Result], stop: Stop | None = None
) -> Iterator[Update | Glimpse | Done[Result]]:
    """Run `work(teller)` in a thread; yields what it tells, at last `Done`, or raises what the work raised.

    Args:
        work: told to stop by `Cancelled` out of its next call of the teller.
        stop: when set, the generator raises `Cancelled` within a tenth of a second, however long the work takes to
            notice. Closing the generator (the user left) stops the work too.
    """
    ending = threading.Event()
    messages: queue.SimpleQueue[Update | Glimpse | Done[Result] | _Failed] = queue.SimpleQueue()

    def run() -> None:
        try:
            messages.put(Done(work(Teller(messages.put, ending))))
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            messages.put(_Failed(error))

    # The context says whose request this is, which ZeroGPU needs to know.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    try:
        while True:
            if stop is not None and stop.is_set():
                raise Cancelled
            try:
                message = messages.get(timeout=_LOOKS_FOR_STOP_EVERY_S)
            except queue.Empty:
                continue
            if isinstance(message, _Failed):
                raise message.error
            yield message
            if isinstance(message, Done):
                return
    finally:
        ending.set()
