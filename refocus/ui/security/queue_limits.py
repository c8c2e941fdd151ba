"""Limits of the queue: no client takes all of its places, and work that nobody waits for ends.

gradio's queue has one limit for everybody, and continues work whose client has left. This is that queue with limits
for each client and address. It relies on how `gradio.queueing` and `gradio.routes` 6.31 work:

- A connection that listens (`/queue/data` of pages and gradio_client, `/call/NAME/ID` of other programs) reads the
  session's messages. When it ends, gradio marks the session's running events as not alive.
- `/cancel` (Job.cancel of gradio_client) ends the event's task and forgets the event.
- A program that never listens is found by its messages, which nobody reads.
"""

import asyncio
import ipaddress
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

import fastapi
import gradio as gr
from gradio.context import LocalContext
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import error_payload, get_space

from refocus.ui.app_context import RENDERING
from refocus.ui.security.shown_text import failure

MAX_WAITING = 32
"""Waiting events of all clients together."""
MAX_WAITING_PER_ADDRESS = MAX_WAITING // 2
MAX_WAITING_PER_CLIENT = 12
"""Waiting events of one session, quick ones too: a page starts several at a time."""
MAX_RENDERINGS_PER_CLIENT = 4
"""Renderings of one session, running and waiting."""
LEFT_AFTER_S = 30.0
"""A client that reads no message for so long has left. On a busy server some need 10 s to begin to listen."""

Pushed = tuple[bool, str | list[dict[str, Any]], Literal["success", "error", "queue_full", "validator_error"]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent an event.

    Attributes:
        session: of the page or the gradio_client; None of a program that calls an endpoint by plain HTTP.
        address: its IP address.
    """

    session: str | None
    address: str

    def is_client(self, other: "Caller") -> bool:
        """Whether both are the same client: one session, or programs without a session at the same address."""
        return self.session == other.session and (self.session is not None or self.address == other.address)


class Messages(asyncio.Queue):
    """A session's messages, with a record of whether somebody reads them."""

    def __init__(self) -> None:
        super().__init__()
        self._readers = 0
        self._last_read_s = time.monotonic()

    async def get(self) -> Any:
        """The next message."""
        self._readers += 1
        try:
            return await super().get()
        finally:
            self._readers -= 1
            self.expect_reader()

    def expect_reader(self) -> None:
        """Count the time without a reader from now."""
        self._last_read_s = time.monotonic()

    @property
    def has_no_reader(self) -> bool:
        """Whether nobody has read for longer than a client needs to start."""
        return self._readers == 0 and time.monotonic() - self._last_read_s > LEFT_AFTER_S


class LimitedQueue(Queue):
    """gradio's queue with limits for each client. Made by `LimitedQueue.install`."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        # gradio looks for events 1000 times a second, which keeps rendering from the interpreter's lock
        self.sleep_when_free, self.progress_update_sleep_when_free = 0.01, 0.05
        self._callers: WeakKeyDictionary[Event, Caller] = WeakKeyDictionary()
        self._joining = asyncio.Lock()

    @classmethod
    def install(cls, blocks: gr.Blocks) -> None:
        """Make it the queue of a page that is not launched yet; its endpoints then cannot be called past the queue."""
        blocks.queue(max_size=MAX_WAITING, api_open=False)
        plain = blocks._queue
        blocks._queue = cls(
            live_updates=plain.live_updates,
            concurrency_count=plain.max_thread_count,
            update_intervals=plain.update_intervals,
            max_size=plain.max_size,
            blocks=blocks,
            default_concurrency_limit=plain.default_concurrency_limit,
        )

    async def push(self, body: PredictBodyInternal, request: fastapi.Request, username: str | None) -> Pushed:
        """Accept an event, or refuse it with one sentence: see `Queue.push`."""
        caller = Caller(body.session_hash, address_of(request))
        async with self._joining:
            await self._remove_clients_who_left()
            refusal = self._refusal(body, caller)
            if refusal:
                return self._refuse(body, refusal)
            body.session_hash = body.session_hash or uuid.uuid4().hex
            messages = self.pending_messages_per_session.get(body.session_hash)
            if not isinstance(messages, Messages):
                messages = self.pending_messages_per_session[body.session_hash] = Messages()
            messages.expect_reader()
            done, event_id, state = await super().push(body, request, username)
            event = self.event_ids_to_events.get(event_id) if isinstance(event_id, str) else None
            if event is not None:
                self._callers[event] = caller
            return done, event_id, state

    def has_left(self, event_id: str) -> bool:
        """Whether nobody waits for a running event any more."""
        event = self.event_ids_to_events.get(event_id)
        if event is None or not event.alive:
            return True
        messages = self.pending_messages_per_session.get(event.session_hash)
        return messages is None or (isinstance(messages, Messages) and messages.has_no_reader)

    def rendering_waits(self, session: str) -> bool:
        """Whether a rendering of a session waits for its turn."""
        return any(who.session == session and one.concurrency_id == RENDERING for one, who in self._waiting())

    def _waiting(self) -> Iterator[tuple[Event, Caller]]:
        for queue in list(self.event_queue_per_concurrency_id.values()):  # handlers in threads ask too
            for event in list(queue.queue):
                if event in self._callers:
                    yield event, self._callers[event]

    def _running(self) -> Iterator[tuple[Event, Caller]]:
        for job in self.active_jobs:
            for event in job or ():
                if event.alive and event in self._callers:
                    yield event, self._callers[event]

    def _refusal(self, body: PredictBodyInternal, caller: Caller) -> str:
        """Why an event is refused; empty when it is accepted."""
        fn = self.blocks.fns.get(body.fn_index) if body.fn_index is not None else None
        if body.fn_index is not None and (fn is None or fn.fn is None):
            return "The app has no such event."
        waiting = list(self._waiting())
        of_client = [event for event, other in waiting if other.is_client(caller)]
        runs = [event for event in of_client if event.concurrency_id == RENDERING]
        runs += [e for e, other in self._running() if other.is_client(caller) and e.concurrency_id == RENDERING]
        if self._renders(body) and len(runs) >= MAX_RENDERINGS_PER_CLIENT:
            return (
                f"{len(runs)} of your results are being rendered or are waiting. Wait until one is finished, "
                "so that others get a turn too."
            )
        of_address = sum(other.address == caller.address for _, other in waiting)
        if len(of_client) >= MAX_WAITING_PER_CLIENT or of_address >= MAX_WAITING_PER_ADDRESS:
            return "Too many of your requests are waiting. Wait until some of them are finished."
        if len(waiting) >= MAX_WAITING:
            return "Too many people are using the app right now. Try again in a minute."
        return ""

    def _renders(self, body: PredictBodyInternal) -> bool:
        fn = self.blocks.fns.get(body.fn_index) if body.fn_index is not None else None
        return fn is not None and fn.concurrency_id == RENDERING

    def _refuse(self, body: PredictBodyInternal, sentence: str) -> Pushed:
        """Over plain HTTP the answer holds the sentence. The page and gradio_client would show a sentence of their own
        for such an answer, so they get an event that failed at once."""
        if body.session_hash is None or body.simple_format:
            return False, sentence, "queue_full"
        session, event_id = body.session_hash, uuid.uuid4().hex
        if session not in self.pending_messages_per_session:
            self.pending_messages_per_session[session] = Messages()
        self.pending_event_ids_session.setdefault(session, set()).add(event_id)
        output = error_payload(failure(sentence), show_error=True)
        self.pending_messages_per_session[session].put_nowait(
            ProcessCompletedMessage(output=output, title="Error", success=False, event_id=event_id)
        )
        return True, event_id, "success"

    async def _remove_clients_who_left(self) -> None:
        """Free the places of clients who have left."""
        for session, messages in list(self.pending_messages_per_session.items()):
            if (
                isinstance(messages, Messages)
                and messages.has_no_reader
                and self.pending_event_ids_session.get(session)
            ):
                await self.clean_events(session_hash=session)
                self.pending_messages_per_session.pop(session, None)
                self.pending_event_ids_session.pop(session, None)


def address_of(request: fastapi.Request) -> str:
    """The IP address of a request. On Hugging Face every request comes through proxies, which append the address they
    were called from to X-Forwarded-For; elsewhere any client may write that header."""
    direct = request.client.host if request.client else ""
    if get_space() is None:
        return direct
    noted = [entry.strip() for entry in request.headers.get("x-forwarded-for", "").split(",")]
    return next((entry for entry in reversed(noted) if _is_public(entry)), direct)


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def client_has_left() -> Callable[[], bool]:
    """A function that says whether the client of the event handled now has left; call this where the handler begins."""
    event_id, queue = LocalContext.event_id.get(None), _queue()
    if event_id is None or queue is None:
        return lambda: False
    return lambda: queue.has_left(event_id)


def rendering_waits(session: str) -> bool:
    """Whether a rendering of a session waits in the queue of the page whose event is handled now."""
    queue = _queue()
    return queue is not None and queue.rendering_waits(session)


def _queue() -> LimitedQueue | None:
    """The queue of the page whose event is handled now; None outside of events and of pages with such a queue."""
    queue = getattr(LocalContext.blocks.get(None), "_queue", None)
    return queue if isinstance(queue, LimitedQueue) else None
