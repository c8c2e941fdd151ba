"""Which session has work running, so that its Stop button reaches it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Runs:
    """At most one run a session; safe to use from all of the server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, threading.Event] = {}
        self._unwanted: set[str] = set()  # sessions that pressed Stop before their run was there

    @contextmanager
    def running(self, session: str) -> Iterator[threading.Event]:
        """While the block runs, `stop` of that session sets the event it yields."""
        stop = threading.Event()
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
