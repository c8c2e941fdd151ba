"""Prints how soon the app shows something, how still it stays, and how smooth dragging is on the whole page.

Run: python -m tests.benchmarks.page [URL of a running app]. Lighthouse's accessibility score of the same page:
CHROME_PATH=/usr/bin/chromium npx lighthouse URL --only-categories=accessibility \\
    --chrome-flags="--headless --no-sandbox"
"""

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.viewer import DRAG, READY, WATCH
from tests.ui.chromium import DESKTOP, PHONE, start_chromium
from tests.ui.running_app import running_app
from tests.ui.steps import own_code_bytes

SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) shifts.push(one.value);
}).observe({ type: "layout-shift", buffered: true });
"""


def measure(browser: Browser, url: str, name: str, screen: dict) -> None:
    """Print the numbers for one screen."""
    page = browser.new_context(**screen).new_page()
    page.add_init_script(SHIFTS)
    began = time.perf_counter()
    page.goto(url, wait_until="domcontentloaded")
    page.wait_for_selector(READY)
    print(f"{name}: {time.perf_counter() - began:.2f} s from request to the first result, all frames loaded")
    page.wait_for_selector("#download-video:not([disabled])")
    print(f"{name}: {time.perf_counter() - began:.2f} s until it can be taken away")
    requests: list[str] = []
    page.evaluate(WATCH)
    page.on("request", lambda request: requests.append(request.url))
    best = max((page.evaluate(DRAG) for _ in range(3)), key=lambda run: run["drawn"] / run["seconds"])
    rate = (best["drawn"] - 1) / best["seconds"]
    print(f"{name}: dragging draws {rate:.1f} pictures a second, {len(requests)} requests")
    print(f"{name}: longest task while dragging: {max(page.evaluate('longTasks'), default=0):.0f} ms")
    if name == "desktop":
        make_one(page)
    print(f"{name}: layout shift in all: {sum(page.evaluate('shifts')):.3f} (below 0.1 counts as still)")


def make_one(page: Page) -> None:
    """Open an example; print when each step of its result is seen."""
    began = time.perf_counter()
    page.locator("#examples button").nth(3).click()
    page.wait_for_selector("#viewer .focus-viewer[data-state=waiting]")
    print(f"example: photo after {time.perf_counter() - began:.2f} s")
    page.wait_for_selector("#viewer .depth:not([disabled])", timeout=120_000)
    print(f"example: depth after {time.perf_counter() - began:.2f} s")
    page.wait_for_selector("#viewer .still", state="visible", timeout=120_000)
    print(f"example: first view after {time.perf_counter() - began:.2f} s")
    page.wait_for_selector(f"#viewer {READY}", timeout=120_000)
    print(f"example: all of it after {time.perf_counter() - began:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    url = parser.parse_args().url
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = start_chromium(playwright)
        if url is not None:
            both(browser, url)
        else:
            with running_app(Path(folder) / "log.txt") as own:
                both(browser, own)
        browser.close()


def both(browser: Browser, url: str) -> None:
    """Print the numbers for desktop and phone."""
    print(f"own scripts and styles as sent: {own_code_bytes(url):,} bytes")
    for name, screen in (("desktop", DESKTOP), ("phone", PHONE)):
        measure(browser, url, name, screen)


if __name__ == "__main__":
    main()
