"""Work in a thread, seen from a generator: updates come out as they happen, and closing it stops the work."""

import contextvars
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from refocus.core import Cancelled, Progress

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Update:
    """How far the work is: the stage in words and the fraction done, in [0, 1]."""

    stage: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """The work's result."""

    result: Result


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


def in_background(work: Callable[[Progress], Result]) -> Iterator[Update | Done[Result]]:
    """Run `work(progress)` in a thread; yields each `Update`, at last `Done`, or raises what the work raised.

    When the consumer closes the generator (the user pressed Stop or left), the work's next call of `progress`
    raises `Cancelled`.
    """
    stop = threading.Event()
    messages: queue.SimpleQueue[Update | Done[Result] | _Failed] = queue.SimpleQueue()

    def progress(stage: str, fraction: float) -> None:
        if stop.is_set():
            raise Cancelled
        messages.put(Update(stage, fraction))

    def run() -> None:
        try:
            messages.put(Done(work(progress)))
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            messages.put(_Failed(error))

    # The context says whose request this is, which ZeroGPU needs to know.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    try:
        while True:
            message = messages.get()
            if isinstance(message, _Failed):
                raise message.error
            yield message
            if isinstance(message, Done):
                return
    finally:
        stop.set()
