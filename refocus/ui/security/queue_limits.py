"""Turns at the server's work: nobody takes all of the queue's places, and work that nobody waits for ends.

gradio's queue knows one limit for everybody, and goes on with what its client no longer wants to know. This is that
queue with two rules more. It leans on what `gradio.queueing` and `gradio.routes` 6.31 do:

- A connection that listens (`/queue/data` of pages and gradio_client, `/call/NAME/ID` of other programs) reads the
  session's messages. When it ends, gradio marks the session's running events as not alive.
- `/cancel` (Job.cancel of gradio_client) ends the event's task, and the event is known no more.
- A program that never listens is told by nothing: it is the messages that nobody reads.
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
from refocus.ui.security.toasts import failure

MOST_PLACES = 32
"""Events that wait, of all clients together."""
MOST_PLACES_OF_AN_ADDRESS = MOST_PLACES // 2
MOST_PLACES_OF_A_CLIENT = 12
"""Events of one session that wait, small ones too: a page starts several at a time."""
MOST_RUNS_OF_A_CLIENT = 4
"""Renderings of one session: one that runs, and those that wait."""
UNHEARD_AFTER_S = 5.0
"""A client that reads none of its messages for so long has left."""

Pushed = tuple[bool, str | list[dict[str, Any]], Literal["success", "error", "queue_full", "validator_error"]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who an event belongs to.

    Attributes:
        session: of the page or the gradio_client; None of a program that calls an endpoint by plain HTTP.
        address: where it calls from.
    """

    session: str | None
    address: str

    def is_client(self, other: "Caller") -> bool:
        """Whether both are one client: one session, or programs without one at the same address."""
        return self.session == other.session and (self.session is not None or self.address == other.address)


class Messages(asyncio.Queue):
    """A session's messages, which know whether somebody reads them."""

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
            self.expected()

    def expected(self) -> None:
        """From now on somebody should read."""
        self._last_read_s = time.monotonic()

    @property
    def unheard(self) -> bool:
        """Whether nobody has read for longer than a client needs to begin."""
        return self._readers == 0 and time.monotonic() - self._last_read_s > UNHEARD_AFTER_S


class Turns(Queue):
    """gradio's queue with turns for everybody. Made by `Turns.take_over`."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._callers: WeakKeyDictionary[Event, Caller] = WeakKeyDictionary()
        self._joining = asyncio.Lock()

    @classmethod
    def take_over(cls, blocks: gr.Blocks) -> None:
        """Make it the queue of a page that is not launched yet. Its endpoints are then reached through it alone."""
        blocks.queue(max_size=MOST_PLACES, api_open=False)
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
        """Take an event in, or refuse it with one sentence: see `Queue.push`."""
        caller = Caller(body.session_hash, address_of(request))
        async with self._joining:
            await self._forget_unheard()
            refusal = self._refusal(body, caller)
            if refusal:
                return self._refuse(body, refusal)
            body.session_hash = body.session_hash or uuid.uuid4().hex
            messages = self.pending_messages_per_session.get(body.session_hash)
            if not isinstance(messages, Messages):
                messages = self.pending_messages_per_session[body.session_hash] = Messages()
            messages.expected()
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
        return messages is None or (isinstance(messages, Messages) and messages.unheard)

    def _waiting(self) -> Iterator[tuple[Event, Caller]]:
        for queue in self.event_queue_per_concurrency_id.values():
            for event in queue.queue:
                if event in self._callers:
                    yield event, self._callers[event]

    def _running(self) -> Iterator[tuple[Event, Caller]]:
        for job in self.active_jobs:
            for event in job or ():
                if event.alive and event in self._callers:
                    yield event, self._callers[event]

    def _refusal(self, body: PredictBodyInternal, caller: Caller) -> str:
        """Why an event is not taken in; empty when it is."""
        waiting = list(self._waiting())
        of_client = [event for event, other in waiting if other.is_client(caller)]
        runs = [event for event in of_client if event.concurrency_id == RENDERING]
        runs += [e for e, other in self._running() if other.is_client(caller) and e.concurrency_id == RENDERING]
        if self._renders(body) and len(runs) >= MOST_RUNS_OF_A_CLIENT:
            return (
                f"{len(runs)} results of yours are being made or wait for their turn; wait until one is there, "
                "so that others get their turn too."
            )
        of_address = sum(other.address == caller.address for _, other in waiting)
        if len(of_client) >= MOST_PLACES_OF_A_CLIENT or of_address >= MOST_PLACES_OF_AN_ADDRESS:
            return "Too much of yours waits for its turn already; wait until some of it is done."
        if len(waiting) >= MOST_PLACES:
            return "Too many people use the app right now; try again in a minute."
        return ""

    def _renders(self, body: PredictBodyInternal) -> bool:
        fn = self.blocks.fns.get(body.fn_index) if body.fn_index is not None else None
        return fn is not None and fn.concurrency_id == RENDERING

    def _refuse(self, body: PredictBodyInternal, sentence: str) -> Pushed:
        """By plain HTTP the answer itself says it. The page and gradio_client show a sentence of their own for that,
        so they get an event that failed at once."""
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

    async def _forget_unheard(self) -> None:
        """Give the places of those who left to others."""
        for session, messages in list(self.pending_messages_per_session.items()):
            if isinstance(messages, Messages) and messages.unheard and self.pending_event_ids_session.get(session):
                await self.clean_events(session_hash=session)
                self.pending_messages_per_session.pop(session, None)
                self.pending_event_ids_session.pop(session, None)


def address_of(request: fastapi.Request) -> str:
    """Where a request comes from. On Hugging Face every visitor comes through its proxies, which note the address they
    were called from at the end of X-Forwarded-For; elsewhere that header is anybody's to write."""
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


def departure() -> Callable[[], bool]:
    """Tells whether whoever waits for the event that is handled now has left; call it where the handler begins."""
    event_id = LocalContext.event_id.get(None)
    queue = getattr(LocalContext.blocks.get(None), "_queue", None)
    if event_id is None or not isinstance(queue, Turns):
        return lambda: False
    return lambda: queue.has_left(event_id)
