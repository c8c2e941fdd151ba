"""Which session has a job running, so that its Stop button reaches it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StopSignal:
    """Whether a job is to end: its user pressed Stop, or has left.

    Args:
        has_left: whether the user has left; asked each time.
    """

    def __init__(self, has_left: Callable[[], bool] | None = None) -> None:
        self._stopped = threading.Event()
        self._has_left = has_left

    def set(self) -> None:
        """Ask the job to end."""
        self._stopped.set()

    def is_set(self) -> bool:
        """Whether the job is to end."""
        return self._stopped.is_set() or (self._has_left is not None and self._has_left())


class StopRequests:
    """Jobs by session, at most one for each; safe to use from all of the server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, StopSignal] = {}
        self._stopped_early: set[str] = set()  # sessions that pressed Stop while their job still waited in the queue

    @contextmanager
    def running(self, session: str, has_left: Callable[[], bool] | None = None) -> Iterator[StopSignal]:
        """While the block runs, `stop` for this session sets the yielded signal."""
        signal = StopSignal(has_left)
        with self._lock:
            self._running[session] = signal
            if session in self._stopped_early:
                self._stopped_early.discard(session)
                signal.set()
        try:
            yield signal
        finally:
            with self._lock:
                if self._running.get(session) is signal:
                    del self._running[session]

    def stop(self, session: str) -> None:
        """Stop the job that runs in a session, or the next one that starts."""
        with self._lock:
            signal = self._running.get(session)
            if signal is None:
                self._stopped_early.add(session)
            else:
                signal.set()

    def replace(self, session: str) -> None:
        """Stop the job that runs in a session because another follows, which is not stopped."""
        with self._lock:
            self._stopped_early.discard(session)
            signal = self._running.get(session)
        if signal is not None:
            signal.set()

    def forget(self, session: str) -> None:
        """Forget a session that has ended."""
        with self._lock:
            self._stopped_early.discard(session)

    def sessions(self) -> set[str]:
        """The sessions that something is kept for."""
        with self._lock:
            return {*self._running, *self._stopped_early}
