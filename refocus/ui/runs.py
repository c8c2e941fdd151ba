"""Which session has work running, so that its Stop button reaches it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Runs:
    """At most one run a session; safe to use from all of the server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, threading.Event] = {}

    @contextmanager
    def running(self, session: str) -> Iterator[threading.Event]:
        """While the block runs, `stop` of that session sets the event it yields."""
        stop = threading.Event()
        with self._lock:
            self._running[session] = stop
        try:
            yield stop
        finally:
            with self._lock:
                if self._running.get(session) is stop:
                    del self._running[session]

    def stop(self, session: str) -> bool:
        """Stop what runs in a session. Returns whether anything did."""
        with self._lock:
            stop = self._running.get(session)
        if stop is not None:
            stop.set()
        return stop is not None
