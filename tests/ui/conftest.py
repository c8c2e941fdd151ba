"""A real Chromium for the browser tests, and apps to open in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when imported

import gradio as gr
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from refocus.ui.theme import PAGE_CSS, theme

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "is_mobile": True, "has_touch": True}


def start_chromium(playwright: Playwright) -> Browser:
    """The system's Chromium, else Playwright's own."""
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        return playwright.chromium.launch(executable_path=system, args=_ARGUMENTS)
    except Error as error:
        raise RuntimeError(
            "The browser tests need Chromium. Install it with `apt-get install chromium`, "
            "or with `python -m playwright install --with-deps chromium`."
        ) from error


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    with sync_playwright() as playwright:
        chromium = start_chromium(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """open_page(url, **context options) gives a page; errors in its console fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_(url: str, **options: object) -> Page:
        context = browser.new_context(**{**DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url, wait_until="domcontentloaded")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """serve(demo) launches a gradio app on a free loopback port and gives its address."""
    running: list[gr.Blocks] = []

    def serve_(demo: gr.Blocks, allowed: Path | None = None) -> str:
        _, url, _ = demo.launch(
            server_name="127.0.0.1",
            server_port=0,
            prevent_thread_lock=True,
            quiet=True,
            theme=theme(),
            css=PAGE_CSS,
            allowed_paths=[] if allowed is None else [str(allowed)],
        )
        running.append(demo)
        return url

    yield serve_
    for demo in running:
        demo.close()
