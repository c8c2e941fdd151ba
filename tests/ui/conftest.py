"""A real Chromium for the browser tests, and apps to open in it."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when imported

import gradio as gr
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from starlette.middleware import Middleware

from refocus.ui.app.sessions import OpenPages, Sessions
from refocus.ui.app.theme import PAGE_CSS, theme
from refocus.ui.components.page_files import page_head
from tests.ui.chromium import DESKTOP, PHONE, start_chromium
from tests.ui.running_app import running_app
from tests.ui.steps import COUNT_RUNS

expect.set_options(timeout=30_000)  # a busy machine is no mistake of the page's


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    with sync_playwright() as playwright:
        chromium = start_chromium(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """open_page(url, phone=False, **context options) gives a page; errors in its console fail the test.

    `expected` names a part of the errors that a test provokes.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_(url: str, phone: bool = False, expected: str | None = None, **options: Any) -> Page:
        context = browser.new_context(**{**(PHONE if phone else DESKTOP), **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.add_init_script(COUNT_RUNS)

        def note(text: str) -> None:
            if expected is None or expected not in text:
                errors.append(text)

        page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: note(str(error)))
        page.goto(url, wait_until="domcontentloaded")
        return page

    yield open_
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # what the page said before this answer has been noted by now
    noted = list(errors)  # requests cut short by closing are no errors of the page
    for context in contexts:
        context.close()
    assert noted == []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`python app.py` on a free port, as a user starts it; what it printed is looked at when it ends."""
    with running_app(tmp_path_factory.mktemp("app") / "log.txt") as url:
        yield url


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """serve(demo) launches a gradio app on a free loopback port and gives its address, until the end of the test."""
    with _servers() as serve_:
        yield serve_


@pytest.fixture(scope="module")
def serve_for_module() -> Iterator[Callable[..., str]]:
    """The same until the end of the module."""
    with _servers() as serve_:
        yield serve_


@contextmanager
def _servers() -> Iterator[Callable[..., str]]:
    """Each app's queue looks for work a thousand times a second, so none may outlive its tests."""
    running: list[gr.Blocks] = []

    def serve_(demo: gr.Blocks) -> str:
        context: Any = None
        sessions = Sessions(demo, context)
        _, url, _ = demo.launch(
            app_kwargs={"middleware": [Middleware(OpenPages, sessions=sessions)]},
            server_name="127.0.0.1",
            server_port=_free_port(),
            prevent_thread_lock=True,
            quiet=True,
            theme=theme(),
            head=page_head(),
            css=PAGE_CSS,
        )
        demo.server.config.timeout_graceful_shutdown = 1  # pages may be open
        running.append(demo)
        return url

    yield serve_
    for demo in running:
        demo.close(verbose=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
