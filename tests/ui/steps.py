"""What the browser tests of the whole app do again and again."""

from pathlib import Path

from playwright.sync_api import Page, expect

READY = "#viewer .focus-viewer[data-ready=true]"


def upload(page: Page, path: Path) -> None:
    """Give the app a photo."""
    page.set_input_files("#photo input[type=file]", path)


def finished(page: Page) -> None:
    """Wait until the stack of what was given is there; the result the page opens with does not count."""
    expect(page.locator("#status")).to_contain_text(" px.", timeout=120_000)
    page.wait_for_selector(READY)
    page.wait_for_selector("#download-video:not([disabled])")
    page.wait_for_selector("#refocus", state="visible")
