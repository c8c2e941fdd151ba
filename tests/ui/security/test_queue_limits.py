"""Limits of the queue, over real HTTP: raw calls, gradio_client, and connections that end."""

import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.client import Job
from gradio_client.exceptions import AppError
from gradio_client.utils import Status

from refocus.core import Cancelled
from refocus.ui.app_context import RENDERING
from refocus.ui.run.background import Reporter, StopRequests, run_in_background
from refocus.ui.security import queue_limits
from refocus.ui.security.queue_limits import (
    MAX_RENDERINGS_PER_CLIENT,
    Caller,
    LimitedQueue,
    Messages,
    address_of,
    client_has_left,
    rendering_waits,
)
from tests.ui.raw_http import RawApp


class Work:
    """Work that lasts until it is told to end, as a rendering does; counts what became of it."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)
        self.finish = threading.Event()

    def do(self, report: Reporter) -> str:
        self.begun.release()
        try:
            while not self.finish.wait(0.02):
                report("Working", 0.5)
        except Cancelled:
            self.ended.release()
            raise
        return "done"


@pytest.fixture
def work() -> Iterator[Work]:
    one = Work()
    yield one
    one.finish.set()


@pytest.fixture
def url(work: Work, serve: Callable[[gr.Blocks], str]) -> str:
    """An app with one endpoint, `work`, among the renderings, a quick one, `quick`, and `waits` beside the queue."""
    jobs = StopRequests()

    def endpoint(progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        with jobs.running("", client_has_left()) as stop:
            try:
                *_, last = run_in_background(work.do, stop)
            except Cancelled:
                return "stopped"
        return str(last.result)

    def waits(request: gr.Request) -> str:
        return str(rendering_waits(str(request.session_hash)))

    with gr.Blocks() as demo:
        answer = gr.Textbox()
        gr.Button().click(waits, None, answer, api_name="waits", queue=False)
        rendering: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": RENDERING}
        gr.Button().click(endpoint, None, answer, api_name="work", **rendering)
        gr.Button().click(lambda: "quick", None, answer, api_name="quick", **rendering)
    LimitedQueue.install(demo)
    return serve(demo).rstrip("/")


def call(url: str, name: str = "work", **body: Any) -> str:
    """Begin a run by plain HTTP; its id. Raises HTTPError when it is refused."""
    request = urllib.request.Request(
        f"{url}/gradio_api/call/{name}",
        json.dumps({"data": [], **body}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["event_id"]


@contextmanager
def listening(url: str, event_id: str, name: str = "work") -> Iterator[HTTPResponse]:
    """The connection that brings the answer; it ends with the block."""
    connection = HTTPConnection(url.removeprefix("http://").rstrip("/"))
    connection.request("GET", f"/gradio_api/call/{name}/{event_id}")
    try:
        yield connection.getresponse()
    finally:
        if connection.sock is not None:
            connection.sock.close()
        connection.close()


def wait_until_accepted(*jobs: Job) -> None:
    """Wait until gradio_client has heard that its jobs run or wait; before that it has no id to cancel them by."""
    while any(job.status().code not in (Status.IN_QUEUE, Status.PROCESSING, Status.PROGRESS) for job in jobs):
        time.sleep(0.05)


def refusal(error: urllib.error.HTTPError) -> str:
    assert error.code == 503
    return json.load(error)["detail"]


def test_work_ends_when_the_connection_that_listens_ends(url: str, work: Work) -> None:
    event_id = call(url)
    with listening(url, event_id) as answer:
        assert work.begun.acquire(timeout=60)
        assert answer.status == 200
        assert not work.ended.acquire(blocking=False)
    assert work.ended.acquire(timeout=60)


def test_work_goes_on_while_somebody_listens(url: str, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_limits, "LEFT_AFTER_S", 0.3)
    event_id = call(url)
    with listening(url, event_id) as answer:
        assert work.begun.acquire(timeout=60)
        assert not work.ended.acquire(timeout=1.5)
        work.finish.set()
        assert b'data: ["done"]' in answer.read()


@pytest.mark.parametrize("number", [-4, 10**6])
def test_an_event_that_does_not_exist_is_refused_in_a_sentence(url: str, number: int) -> None:
    answer = RawApp(url).event({"id": number}, [])
    assert answer["output"]["error"] == "The app has no such event."


def test_a_client_on_a_slow_line_has_time_to_begin_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = Messages()
    now_s = time.monotonic()
    monkeypatch.setattr(queue_limits, "time", SimpleNamespace(monotonic=lambda: now_s + 20))
    assert not messages.has_no_reader
    monkeypatch.setattr(queue_limits, "time", SimpleNamespace(monotonic=lambda: now_s + 40))
    assert messages.has_no_reader


def test_work_nobody_ever_listens_for_ends(url: str, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_limits, "LEFT_AFTER_S", 0.3)
    call(url)
    assert work.begun.acquire(timeout=60)
    assert work.ended.acquire(timeout=60)


def test_places_of_those_who_never_listen_go_to_others(url: str, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(MAX_RENDERINGS_PER_CLIENT):
        call(url)
    assert work.begun.acquire(timeout=60)
    monkeypatch.setattr(queue_limits, "LEFT_AFTER_S", 0.0)
    assert work.ended.acquire(timeout=60)
    monkeypatch.setattr(queue_limits, "LEFT_AFTER_S", 60.0)
    work.finish.set()
    with listening(url, call(url, "quick"), "quick") as answer:
        assert b"quick" in answer.read()


def test_a_cancelled_job_of_gradio_client_ends_the_work(url: str, work: Work) -> None:
    job = Client(url, verbose=False).submit(api_name="/work")
    assert work.begun.acquire(timeout=60)
    wait_until_accepted(job)
    job.cancel()
    assert work.ended.acquire(timeout=60)


def test_one_client_gets_few_places_and_others_theirs(url: str, work: Work) -> None:
    for _ in range(MAX_RENDERINGS_PER_CLIENT):
        call(url)
    with pytest.raises(urllib.error.HTTPError) as caught:
        call(url)
    assert refusal(caught.value).startswith(
        f"{MAX_RENDERINGS_PER_CLIENT} of your results are being rendered or are waiting"
    )
    someone = Client(url, verbose=False)
    assert someone.submit(api_name="/quick").status().code.name in ("IN_QUEUE", "STARTING", "JOINING_QUEUE")


def test_gradio_client_is_told_why_in_one_sentence(url: str, work: Work) -> None:
    client = Client(url, verbose=False)
    jobs = [client.submit(api_name="/work") for _ in range(MAX_RENDERINGS_PER_CLIENT)]
    assert work.begun.acquire(timeout=60)
    wait_until_accepted(*jobs)
    with pytest.raises(AppError, match="so that others get a turn"):
        client.predict(api_name="/work")
    work.finish.set()
    assert [job.result(timeout=60) for job in jobs] == ["done"] * len(jobs)
    assert client.predict(api_name="/quick") == "quick"


def test_a_rendering_waits_from_the_request_until_its_turn(url: str, work: Work) -> None:
    client, other = Client(url, verbose=False), Client(url, verbose=False)
    client.submit(api_name="/work")
    assert work.begun.acquire(timeout=60)
    assert client.predict(api_name="/waits") == "False"
    wait_until_accepted(client.submit(api_name="/work"))
    assert client.predict(api_name="/waits") == "True"
    assert other.predict(api_name="/waits") == "False"


def test_new_sessions_do_not_fill_the_queue_from_one_address(url: str, work: Work) -> None:
    for _ in range(queue_limits.MAX_WAITING_PER_ADDRESS):
        call(url, session_hash=uuid.uuid4().hex)
    assert work.begun.acquire(timeout=60)
    call(url, session_hash=uuid.uuid4().hex)  # one runs, so a place is free
    with pytest.raises(urllib.error.HTTPError) as caught:
        call(url, session_hash=uuid.uuid4().hex)
    assert "your requests are waiting" in refusal(caught.value)


def test_the_queue_cannot_be_passed_by(url: str) -> None:
    for path in ("run/work", "api/work"):
        request = urllib.request.Request(
            f"{url}/gradio_api/{path}", json.dumps({"data": []}).encode(), {"Content-Type": "application/json"}
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert caught.value.code == 404


def request_of(peer: str, forwarded: str | None) -> Any:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return SimpleNamespace(client=SimpleNamespace(host=peer), headers=headers)


def test_the_forwarded_address_counts_on_a_space_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = "8.8.8.8, 93.184.216.34, 10.0.3.4"
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert address_of(request_of("203.0.113.9", forged)) == "203.0.113.9"
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "someone/refocus")
    assert address_of(request_of("10.0.0.1", forged)) == "93.184.216.34"
    assert address_of(request_of("10.0.0.1", None)) == "10.0.0.1"


def test_sessions_behind_one_proxy_are_several_clients() -> None:
    assert not Caller("a", "10.0.0.1").is_client(Caller("b", "10.0.0.1"))
    assert Caller("a", "10.0.0.1").is_client(Caller("a", "10.0.0.2"))
    assert Caller(None, "10.0.0.1").is_client(Caller(None, "10.0.0.1"))
    assert not Caller(None, "10.0.0.1").is_client(Caller(None, "10.0.0.2"))
    assert not Caller(None, "10.0.0.1").is_client(Caller("a", "10.0.0.1"))
