"""Which session has work running, so that its Stop button reaches it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _never() -> bool:
    return False


class EndOfRun:
    """Whether a run is to end: its user pressed Stop, or has left.

    Args:
        has_left: asked each time.
    """

    def __init__(self, has_left: Callable[[], bool] = _never) -> None:
        self._stopped = threading.Event()
        self._has_left = has_left

    def set(self) -> None:
        """The user wants it to end."""
        self._stopped.set()

    def is_set(self) -> bool:
        """Whether it is to end."""
        return self._stopped.is_set() or self._has_left()


class Runs:
    """At most one run a session; safe to use from all of the server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, EndOfRun] = {}
        self._unwanted: set[str] = set()  # sessions that pressed Stop before their run was there

    @contextmanager
    def running(self, session: str, has_left: Callable[[], bool] = _never) -> Iterator[EndOfRun]:
        """While the block runs, `stop` of that session sets what it yields; so does the user's leaving."""
        stop = EndOfRun(has_left)
        with self._lock:
            self._running[session] = stop
            if session in self._unwanted:
                self._unwanted.discard(session)
                stop.set()
        try:
            yield stop
        finally:
            with self._lock:
                if self._running.get(session) is stop:
                    del self._running[session]

    def stop(self, session: str) -> None:
        """Stop what runs in a session, or what is about to."""
        with self._lock:
            stop = self._running.get(session)
            if stop is None:
                self._unwanted.add(session)
            else:
                stop.set()

    def make_way(self, session: str) -> None:
        """Stop what runs in a session, because something else comes next; that is wanted."""
        with self._lock:
            self._unwanted.discard(session)
            stop = self._running.get(session)
        if stop is not None:
            stop.set()
