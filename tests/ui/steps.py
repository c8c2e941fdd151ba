"""What the browser tests of the whole app do again and again."""

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import FloatRect, Locator, Page, expect

READY = "#viewer .focus-viewer[data-ready=true]"

COUNT_RUNS = """window.runs = { begun: 0, waitedFor: 0 };
const works = (classes) => / ?refocus-works/.test(classes ?? "");
new MutationObserver((changes) => {
  for (const { target, oldValue } of changes) {
    if (target === document.documentElement && works(target.className) && !works(oldValue)) window.runs.begun++;
  }
}).observe(document, { subtree: true, attributeFilter: ["class"], attributeOldValue: true });
"""
"""Counts how often the page began to work: a short run is over before a test has looked for its Stop button."""


def box_of(part: Locator) -> FloatRect:
    """Where a visible part of the page is, in CSS pixels of the window."""
    box = part.bounding_box()
    assert box is not None
    return box


def draw(page: Page, scene: Locator, places: Sequence[tuple[float, float]]) -> None:
    """Draw a line over a picture with the mouse, through places from its top left in [0, 1]."""
    size, (u, v) = box_of(scene), places[0]
    scene.hover(position={"x": size["width"] * u, "y": size["height"] * v})  # once nothing above it moves it any more
    box = box_of(scene)
    page.mouse.down()
    for u, v in places[1:]:
        page.mouse.move(box["x"] + box["width"] * u, box["y"] + box["height"] * v, steps=4)
    page.mouse.up()


def upload(page: Page, path: Path) -> None:
    """Give the app a photo."""
    page.set_input_files("#photo input[type=file]", path)


def finished(page: Page) -> None:
    """Wait until the stack of what was given is there; the result the page opens with does not count."""
    expect(page.locator("#status")).to_contain_text(" px.", timeout=120_000)
    page.wait_for_selector("#refocus", state="visible")
    page.wait_for_selector("#download-video:not([disabled])")
    page.wait_for_selector(READY)  # last: until the stack has come, this is still that of what was shown before
    page.evaluate("if (window.runs) window.runs.waitedFor = window.runs.begun")


def work_finished(page: Page) -> None:
    """As `finished`, once work has begun since the last time that a test waited for it."""
    page.wait_for_function("window.runs.begun > window.runs.waitedFor")
    finished(page)


def work_failed(page: Page, text: str) -> None:
    """Wait until work that had begun has ended with an error beside its control, which contains `text`."""
    expect(page.locator(".error-beside")).to_contain_text(text)
    page.wait_for_selector("#refocus", state="visible")
    page.evaluate("window.runs.waitedFor = window.runs.begun")


def refocus_again(page: Page) -> None:
    """Press Refocus, and wait until the stack is there."""
    page.locator("#refocus").click()
    work_finished(page)


def own_code_bytes(url: str) -> int:
    """How many bytes of scripts and styles of our own the page at this address is sent, all components of both tabs."""
    with urllib.request.urlopen(f"{url}/config") as answer:
        config = json.load(answer)
    parts = [part["props"] for part in config["components"] if part["type"] == "html"]
    sent = [part.get(name) for part in parts for name in ("js_on_load", "css_template")]
    return sum(len((text or "").encode()) for text in [*sent, config["css"], config["head"]])


def next_frame(page: Page) -> None:
    """Wait until the page has drawn what the last key or click asked for."""
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
