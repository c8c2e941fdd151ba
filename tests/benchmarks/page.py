"""Prints how soon the app shows something, how still it stays, how smooth dragging is, and how soon Stop stops.

Run: python -m tests.benchmarks.page [URL of a running app]. Lighthouse's accessibility score of the same page:
CHROME_PATH=/usr/bin/chromium npx lighthouse URL --only-categories=accessibility \\
    --chrome-flags="--headless --no-sandbox"
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.viewer import DRAG, READY, WATCH
from tests.ui.chromium import DESKTOP, PHONE, start_chromium
from tests.ui.running_app import running_app
from tests.ui.steps import own_code_bytes

# Adds up what moves, and notes when a frame of the viewer is drawn first and when all of them are there.
NOTE = """
window.shifts = [];
window.seen = {};
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) shifts.push(one.value);
}).observe({ type: "layout-shift", buffered: true });
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    if (!seen.first && this.canvas.matches?.("#viewer .picture")) seen.first = performance.now();
    return draw.apply(this, all);
};
const look = () => {
    if (document.querySelector("#viewer .focus-viewer")) seen.mounted ??= performance.now();
    if (document.querySelector("#viewer .focus-viewer[data-ready=true]")) seen.ready = performance.now();
    else requestAnimationFrame(look);
};
look();
"""
LOADING = """() => {
    const page = performance.getEntriesByType("navigation")[0];
    const files = performance.getEntriesByType("resource");
    return { ...seen, answered: page.responseStart, received: page.responseEnd, loaded: page.loadEventEnd,
             files: files.length, bytes: files.reduce((sum, one) => sum + one.transferSize, page.transferSize) };
}"""


def measure(browser: Browser, url: str, name: str, screen: dict) -> None:
    """Print the numbers for one screen."""
    page = browser.new_context(**screen).new_page()
    page.add_init_script(NOTE)
    page.goto(url, wait_until="domcontentloaded")
    page.wait_for_selector(READY)
    print_opening(page, name)
    page.wait_for_selector("#download-video:not([disabled])")
    requests: list[str] = []
    page.evaluate(WATCH)
    page.on("request", lambda request: requests.append(request.url))
    best = max((page.evaluate(DRAG) for _ in range(3)), key=lambda run: run["drawn"] / run["seconds"])
    rate = (best["drawn"] - 1) / best["seconds"]
    print(f"{name}: dragging draws {rate:.1f} pictures a second, {len(requests)} requests")
    tasks = page.evaluate("longTasks")
    long = [task for task in tasks if task > 100]
    print(f"{name}: tasks over 100 ms while dragging: {len(long)}, longest {max(tasks, default=0):.0f} ms")
    if name == "desktop":
        make_one(page)
        stop_one(page)
    print(f"{name}: layout shift in all: {sum(page.evaluate('shifts')):.3f} (below 0.1 counts as still)")


def print_opening(page: Page, name: str) -> None:
    """When what was there, from the page's own clock: seconds since the browser asked for it."""
    at = page.evaluate(LOADING)
    moments = ", ".join(
        f"{at[key] / 1000:.2f} s {words}"
        for key, words in (
            ("answered", "to the server's answer"),
            ("received", "to the whole page"),
            ("mounted", "until gradio has built it"),
            ("first", "to the first view"),
            ("ready", "to all frames"),
        )
    )
    after = (at["first"] - at["loaded"]) / 1000
    print(f"{name}: {moments}; {at['files']} files, {at['bytes'] / 1e6:.2f} MB")
    print(f"{name}: the first view comes {after:.2f} s after the page's load event")


def make_one(page: Page) -> None:
    """Open an example; print when each step of its result is seen."""
    began = time.perf_counter()
    page.locator("#examples button").nth(3).click()
    page.wait_for_selector("#viewer .focus-viewer[data-state=waiting]")
    print(f"example: photo after {time.perf_counter() - began:.2f} s")
    page.wait_for_selector("#viewer .depth:not([disabled])", timeout=120_000)
    print(f"example: depth after {time.perf_counter() - began:.2f} s")
    page.wait_for_selector(f"#viewer .still:not([hidden]), #viewer {READY}", timeout=120_000)
    print(f"example: first view after {time.perf_counter() - began:.2f} s")
    page.wait_for_selector(f"#viewer {READY}", timeout=120_000)
    print(f"example: all of it after {time.perf_counter() - began:.2f} s")


def stop_one(page: Page) -> None:
    """Open another example and press Stop in the midst of each stage; print how long until the page says so."""
    page.wait_for_selector("#refocus", state="visible")
    for wait_ms in (0, 400, 900):
        page.locator("#examples button").nth(5).click()
        page.wait_for_selector("#stop", state="visible")
        page.wait_for_timeout(wait_ms)
        stage = page.locator("#status .progress-text").first
        doing = stage.inner_text() if stage.count() else "nothing yet"
        began = time.perf_counter()
        page.locator("#stop").click()
        page.get_by_text("Stopped.").wait_for()
        print(f"stop: {time.perf_counter() - began:.2f} s while it was at: {doing.strip()}")
        page.wait_for_selector("#refocus", state="visible")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    url = parser.parse_args().url
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; times are upper bounds")
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
