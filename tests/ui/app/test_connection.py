"""What the page does when the connection, or the server, is lost."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from refocus.ui.security.http_policy import FULL
from tests.ui.running_app import free_port, started_app
from tests.ui.steps import READY, finished, refocus_again, upload

UPLOAD = re.compile(r"/upload(\?|$)")
LOST = "Failed to load resource"  # Chromium says so of each request that failed


def write_photo(folder: Path) -> Path:
    rgb = np.random.default_rng(0).integers(0, 255, (45, 60, 3)).astype(np.uint8)
    Image.fromarray(rgb).resize((240, 180)).save(folder / "cat.png")
    return folder / "cat.png"


def write_heic(folder: Path) -> Path:
    from pillow_heif import from_pillow

    from_pillow(Image.open(write_photo(folder))).save(folder / "cat.heic")
    return folder / "cat.heic"


def mark(page: Page) -> None:
    """Leave a mark that a reload would remove."""
    page.evaluate("window.mark = true")


def test_what_was_pressed_without_a_connection_is_done_when_it_is_back(
    app: str, tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(app, expected=LOST)
    upload(page, write_photo(tmp_path))
    finished(page)
    mark(page)
    page.context.set_offline(True)
    page.locator("#download-details").click()
    expect(page.locator("#connection")).to_contain_text("No connection")
    page.locator("#viewer .picture").click()
    with page.expect_download() as download:
        page.context.set_offline(False)
    assert download.value.suggested_filename == "cat_settings.json"
    expect(page.locator("#connection")).to_have_count(0)
    assert page.evaluate("window.mark")
    assert page.locator(READY).count() == 1


def test_after_a_restart_one_press_runs_again(tmp_path: Path, open_page: Callable[..., Page]) -> None:
    port = free_port()
    with started_app(tmp_path / "before.txt", port=port) as (url, _):
        own, example = open_page(url, expected=LOST), open_page(url, expected=LOST)
        upload(own, write_heic(tmp_path))  # the page shows a copy of it
        finished(own)
        mark(own)
        example.locator(".strip button").first.click()
        finished(example)
        said = [notes(page) for page in (own, example)]
    expect(own.locator("#connection")).to_contain_text("No connection")
    with started_app(tmp_path / "after.txt", port=port):
        for page in (own, example):
            expect(page.locator("#connection")).to_contain_text("restarted", timeout=60_000)
        own.locator("#viewer input[type=range]").press("End")
        expect(own.locator("#viewer")).to_contain_text("9 of 9")
        own.locator("#download-details").click()
        expect(own.locator(".error-beside")).to_contain_text("no longer on the server. Press Refocus")
        for page in (own, example):
            refocus_again(page)
            expect(page.locator("#connection")).to_have_count(0)
        assert [notes(page) for page in (own, example)] == said
        with own.expect_download() as download:
            own.locator("#download-details").click()
        assert download.value.suggested_filename == "cat_settings.json"
        for page in (own, example):
            expect(page.locator(".error-beside")).to_have_count(0)
        assert own.evaluate("window.mark")


def notes(page: Page) -> str:
    """What the page says of its result, without the seconds it took."""
    return page.locator("#status").inner_text().split(" s: ")[1]


def test_a_restart_between_two_asks_is_noticed(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    with page.expect_response(lambda answer: answer.url.endswith("/open")):
        page.wait_for_selector(READY)
    page.route("**/open", lambda route: route.fulfill(body="another process"))
    expect(page.locator("#connection")).to_contain_text("restarted")


def test_a_full_disk_is_said_beside_the_photo(app: str, tmp_path: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app, expected="")  # gradio logs the refusal and that nothing is uploaded
    page.route(UPLOAD, lambda route: route.fulfill(status=507, body=FULL))
    upload(page, write_photo(tmp_path))
    expect(page.locator("#photo + .error-beside")).to_have_text(FULL)
    expect(page.locator(".toast-body")).to_have_count(0)
    page.unroute(UPLOAD)
    upload(page, write_photo(tmp_path))
    finished(page)
    expect(page.locator(".error-beside")).to_have_count(0)


def test_refused_files_are_said_beside_a_control_of_several(
    app: str, tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(app, expected="")
    page.wait_for_selector(READY)
    page.locator("#more").get_by_text("More settings").click()
    page.route(UPLOAD, lambda route: route.fulfill(status=507, body=FULL))
    with page.expect_response(lambda answer: "queue/join" in answer.url):  # gradio says that they were uploaded
        page.set_input_files("#own-stack input[type=file]", write_photo(tmp_path))
    page.get_by_role("tab", name="Compare").click()
    page.locator("#compare-more").get_by_text("More settings").click()
    page.set_input_files("#compare-brought input[type=file]", write_photo(tmp_path))
    expect(page.locator("#compare-brought + .error-beside")).to_have_text(FULL)
    page.get_by_role("tab", name="One photo").click()
    expect(page.locator("#own-stack + .error-beside")).to_have_text(FULL)
    expect(page.locator(".toast-body")).to_have_count(0)
