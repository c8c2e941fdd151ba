"""Gives back what sessions hold: memory soon after their last use, everything else when their page is gone.

gradio keeps a session's values for an hour, and what it knows of the session for as long as the process lives. This
relies on how `gradio.state_holder` and the heartbeat of `gradio.routes` 6.31 work: a page holds one request to
/heartbeat/SESSION open, and gradio notes each use of a session in `time_last_used`.
"""

import asyncio
import gc
import logging
import re
import secrets
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import anyio.to_thread
import gradio as gr
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from refocus.ui.app.process import give_back_memory
from refocus.ui.app_context import AppContext
from refocus.ui.prompt.made_picture import MadePicture
from refocus.ui.run.session_result import SessionResult
from refocus.ui.touch_up.touch_up_events import TouchUpSession

RELEASE_S = 30
"""A session that was not used for so long holds no pictures in memory; they are read from disk when it is used."""
CLOSED_S = 900
"""A page that was away for so long, and did not say that it was closed, does not come back."""
IDLE_S = 6 * 3600
"""An open page that was not used for so long loses its results."""
_PROGRAM_S = 60  # of a program's session, which has no page
_SWEEP_S = 5
logger = logging.getLogger(__name__)
_HEARTBEAT = re.compile(r"/heartbeat/([\w-]+)(?:/(open|closed))?$")


class Sessions:
    """The sessions of a launched page.

    Args:
        page: the page.
        context: what its sessions share.

    Attributes:
        server: names this process, so that pages notice when it is another.
    """

    def __init__(self, page: gr.Blocks, context: AppContext) -> None:
        self._page = page
        self._context = context
        self._open: Counter[str] = Counter()
        self._closed_s: dict[str, float] = {}
        self._left: set[str] = set()
        self._released: dict[str, datetime] = {}
        self._trimmed_for: datetime | None = None
        self.server = secrets.token_hex(8)

    def opened(self, session: str) -> None:
        """A page of the session is connected."""
        self._open[session] += 1
        self._left.discard(session)
        known = self._page.state_holder.session_data.get(session)
        if known is not None:
            known.is_closed = False  # after a short loss of the connection

    def closed(self, session: str) -> None:
        """A connection of a page has ended."""
        self._open[session] -= 1
        if self._open[session] <= 0:
            del self._open[session]
            self._closed_s[session] = time.monotonic()

    def still_open(self, session: str) -> None:
        """The page says that it is there, perhaps after its connection was lost."""
        if session not in self._open:
            self._closed_s[session] = time.monotonic()

    def left(self, session: str) -> None:
        """The page says that it is being closed."""
        self._left.add(session)

    async def sweep_forever(self) -> None:
        """Run `sweep` every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            try:
                await anyio.to_thread.run_sync(self.sweep)
            except Exception:  # the next one may succeed
                logger.exception("sessions were not swept")

    def sweep(self) -> None:
        """End sessions, and release the memory of those that are not used now."""
        holder, changed = self._page.state_holder, False
        for session, used in list(holder.time_last_used.items()):
            idle_s = (datetime.now() - used).total_seconds()
            if self._page._queue.pending_event_ids_session.get(session):  # works or waits
                if idle_s > RELEASE_S:
                    changed = self._release(session) or changed
            elif self._is_over(session, idle_s):
                self._end(session)
                changed = True
            elif idle_s > RELEASE_S and self._released.get(session) != used:
                self._released[session] = used
                changed = self._release(session) or changed
        self._context.folders.sweep()
        if changed:
            self._forget_removed_files()
            gc.collect()
        latest = max(holder.time_last_used.values(), default=None)
        if changed or latest != self._trimmed_for:
            self._trimmed_for = latest
            give_back_memory()

    def _is_over(self, session: str, idle_s: float) -> bool:
        if session in self._open:
            return idle_s > IDLE_S
        if session in self._left:
            return True
        closed_s = self._closed_s.get(session)
        if closed_s is None:
            return idle_s > _PROGRAM_S
        return time.monotonic() - closed_s > CLOSED_S

    def _end(self, session: str) -> None:
        holder, queue = self._page.state_holder, self._page._queue
        with holder.lock:
            holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)
        self._page.pending_streams.pop(session, None)
        self._page.pending_diff_streams.pop(session, None)
        had_page = session in self._open or self._closed_s.pop(session, None) is not None
        self._released.pop(session, None)
        self._left.discard(session)
        self._context.forget_session(session, had_page=had_page)

    def _release(self, session: str) -> bool:
        """Let the stacks of a session go to disk; whether there were any in memory."""
        data = self._page.state_holder.session_data.get(session)
        if data is None:
            return False
        released = False
        for key, value in list(data.state_data.items()):
            if isinstance(value, TouchUpSession):
                data.state_data[key] = None  # its strokes are drawn again from the page's
                released = True
            for item in value if isinstance(value, tuple) else (value,):
                result = item.result if isinstance(item, MadePicture) else item
                if isinstance(result, SessionResult):
                    released = result.kept.release() or released
        return released

    def _forget_removed_files(self) -> None:
        """gradio remembers the name of every file it ever served."""
        for files in self._page.temp_file_sets:
            files -= {file for file in files.copy() if not Path(file).exists()}


class OpenPages:
    """Middleware that tells `Sessions` which pages are open."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        heartbeat = _HEARTBEAT.search(scope["path"]) if scope["type"] == "http" else None
        if heartbeat is None:
            await self._app(scope, receive, send)
            return
        if heartbeat[2]:
            told = self._sessions.still_open if heartbeat[2] == "open" else self._sessions.left
            told(heartbeat[1])
            await PlainTextResponse(self._sessions.server)(scope, receive, send)
            return
        self._sessions.opened(heartbeat[1])
        try:
            await self._app(scope, receive, send)
        finally:
            self._sessions.closed(heartbeat[1])
