"""Work in a thread, consumed as a generator: updates come out as they happen, and a session's Stop ends it at once."""

import contextvars
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from refocus.core import Cancelled
from refocus.ui.viewer.focus_viewer import FocusView

Result = TypeVar("Result")
_STOP_CHECK_S = 0.1


class Replaced(Cancelled):
    """The work was stopped because another of the same session follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Update(Generic[Result]):
    """What running work reports: its progress, a preview to show meanwhile, or at last its result.

    Attributes:
        stage: what is being done now; "" for a preview or the result.
        fraction: how much is done, in [0, 1].
        preview: the photo, its depth or its first frame; None for progress or the result.
        photo_preview: with a preview, the photo in a format every browser shows, when its own is none.
        result: what was made; None until the end.
    """

    stage: str = ""
    fraction: float = 0.0
    preview: FocusView | None = None
    photo_preview: Path | None = None
    result: Result | None = None


class Reporter:
    """What the work reports to: a `Progress` with previews. Every call raises `Cancelled` after a stop."""

    def __init__(self, send: Callable[[Update[Any]], None], stop: threading.Event) -> None:
        self._send = send
        self._stop = stop

    def __call__(self, stage: str, fraction: float) -> None:
        """Report progress."""
        self.send(Update(stage, fraction))

    def send(self, update: Update[Any]) -> None:
        """Send an update."""
        if self._stop.is_set():
            raise Cancelled
        self._send(update)


def run_in_background(
    work: Callable[[Reporter], Result],
    stop: "StopSignal | threading.Event | None" = None,
    clean_up: Callable[[], None] = lambda: None,
) -> Generator[Update[Result], None, None]:
    """Run `work(reporter)` in a thread; yields its updates, at last one with the result, or raises what it raised.

    Args:
        work: is stopped by `Cancelled` from its next call of the reporter; returns the result, never None.
        stop: when set, the generator raises `Cancelled` within a tenth of a second, however long the work takes to
            end. Closing the generator (the user left) stops the work too.
        clean_up: called after a failure or a stop, once the work has ended and the generator too: files of an update
            are still read while it is being consumed.
    """
    stopping = threading.Event()
    messages: queue.SimpleQueue[Update[Result] | BaseException] = queue.SimpleQueue()
    delivery = _Delivery(clean_up)

    def run() -> None:
        outcome: Update[Result] | BaseException
        try:
            outcome = Update(result=work(Reporter(messages.put, stopping)))
        except BaseException as error:  # noqa: BLE001 - raised again by the consumer
            outcome = error
        delivery.work_ended()
        messages.put(outcome)

    def raise_if_stopped() -> None:
        if stop is not None and stop.is_set():
            raise Replaced if isinstance(stop, StopSignal) and stop.replaced else Cancelled

    try:
        raise_if_stopped()
    except Cancelled:
        clean_up()
        raise
    # The context says whose request this is, which ZeroGPU needs to know.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    try:
        while True:
            raise_if_stopped()
            try:
                message = messages.get(timeout=_STOP_CHECK_S)
            except queue.Empty:
                continue
            if isinstance(message, BaseException):
                raise message
            if message.result is not None:
                delivery.delivered()
                yield message
                return
            yield message
    finally:
        stopping.set()
        delivery.consumer_ended()


class _Delivery:
    """Cleans up once, when the work has ended and its result was not or will not be consumed."""

    def __init__(self, clean_up: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._clean_up = clean_up
        self._work_ended = False
        self._consumer_ended = False
        self._settled = False

    def delivered(self) -> None:
        with self._lock:
            self._settled = True

    def work_ended(self) -> None:
        with self._lock:
            self._work_ended = True
            self._clean_up_if_both_ended()

    def consumer_ended(self) -> None:
        with self._lock:
            self._consumer_ended = True
            self._clean_up_if_both_ended()

    def _clean_up_if_both_ended(self) -> None:
        if self._work_ended and self._consumer_ended and not self._settled:
            self._settled = True
            self._clean_up()


class StopSignal:
    """Whether a job is to end: its user pressed Stop, or has left.

    Args:
        has_left: whether the user has left; asked each time.

    Attributes:
        replaced: whether another job of the session follows.
    """

    def __init__(self, has_left: Callable[[], bool] | None = None) -> None:
        self._stopped = threading.Event()
        self._has_left = has_left
        self.replaced = False

    def set(self, *, replaced: bool = False) -> None:
        """Ask the job to end."""
        self.replaced = replaced
        self._stopped.set()

    def is_set(self) -> bool:
        """Whether the job is to end."""
        return self._stopped.is_set() or (self._has_left is not None and self._has_left())


class StopRequests:
    """Jobs by session, at most one for each; safe to use from all of the server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, StopSignal] = {}
        # Of sessions that pressed Stop before their job began: its number, None for one without.
        self._stopped_early: dict[str, int | None] = {}
        self._replaced: dict[str, int] = {}  # how often `replace` was called for a session
        self._begun: dict[str, int] = {}  # number of the latest job that began

    @contextmanager
    def running(
        self, session: str, has_left: Callable[[], bool] | None = None, number: int | None = None
    ) -> Iterator[StopSignal]:
        """While the block runs, `stop` and `replace` for this session set the yielded signal.

        Args:
            session: the session.
            has_left: as in `StopSignal`.
            number: what `replace` returned for this job; the signal is set from the start when `replace` has been
                called since, because the job waited in the queue until then.
        """
        signal = StopSignal(has_left)
        with self._lock:
            if number is not None and number < self._replaced.get(session, 0):
                signal.set(replaced=True)
            else:
                self._running[session] = signal
                if number is not None:
                    self._begun[session] = number
                if session in self._stopped_early and self._stopped_early[session] in (number, None):
                    del self._stopped_early[session]
                    signal.set()
        try:
            yield signal
        finally:
            with self._lock:
                if self._running.get(session) is signal:
                    del self._running[session]

    def stop(self, session: str, *, waits: bool) -> None:
        """Stop the job that runs in a session, or the one that `replace` announced, or one without a number that
        `waits` already. A Stop that comes after the job's end must not stop what its user does later."""
        with self._lock:
            signal = self._running.get(session)
            announced = self._replaced.get(session, 0)
            if signal is not None:
                signal.set()
            elif announced > self._begun.get(session, 0):
                self._stopped_early[session] = announced
            elif waits:
                self._stopped_early[session] = None

    def replace(self, session: str) -> int:
        """Stop the jobs of a session that run or wait because another follows; returns that job's number."""
        with self._lock:
            self._stopped_early.pop(session, None)
            signal = self._running.get(session)
            number = self._replaced[session] = self._replaced.get(session, 0) + 1
        if signal is not None:
            signal.set(replaced=True)
        return number

    def forget(self, session: str) -> None:
        """Forget a session that has ended."""
        with self._lock:
            for kept in (self._stopped_early, self._replaced, self._begun):
                kept.pop(session, None)

    def sessions(self) -> set[str]:
        """The sessions that something is kept for."""
        with self._lock:
            return {*self._running, *self._stopped_early, *self._replaced}
