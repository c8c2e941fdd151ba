"""Prints the seconds of the first minute: how soon the app shows something, a photo of 12 megapixels with each step of
its result, another strength, JPEG and PNG; how still the page stays, how smooth dragging is, and how soon Stop stops.

Run: python -m tests.benchmarks.page [URL of a running app]. Lighthouse's accessibility score of the same page:
CHROME_PATH=/usr/bin/chromium npx lighthouse URL --only-categories=accessibility \\
    --chrome-flags="--headless --no-sandbox"
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from PIL import Image
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


def measure(browser: Browser, url: str, name: str, screen: dict, photo: Path) -> None:
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
        make_one(page, photo)
        preview_one(page)
        export_one(page)
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


def make_one(page: Page, photo: Path) -> None:
    """Give the app a photo of 12 megapixels; print the seconds from the end of its upload to each step."""
    page.set_input_files("#photo input[type=file]", photo)
    page.wait_for_selector("#photo img")
    began = time.perf_counter()
    steps = {
        "photo shown": "#viewer .focus-viewer[data-state=waiting], #viewer .focus-viewer[data-state=draft]",
        "depth": "#viewer .depth:not([disabled])",
        "first refocused frame": f"#viewer .preview:not([hidden]), #viewer .still:not([hidden]), #viewer {READY}",
        "all frames": f"#viewer {READY}",
    }
    for step, selector in steps.items():
        page.wait_for_selector(selector, timeout=300_000)
        print(f"12 megapixels: {step} {time.perf_counter() - began:.2f} s after the upload")
    page.wait_for_selector("#download-jpg:not([disabled])", timeout=60_000)


# Moves the strength; gives the milliseconds until a picture of it is shown, and keeps that picture's pixels.
PREVIEW = """(strength) => new Promise((resolve) => {
    const canvas = document.querySelector("#viewer .preview");
    const began = performance.now();
    const look = () => {
        const drawn = JSON.parse(canvas.dataset.look || "{}");
        if (canvas.hidden || drawn.blur !== strength) return requestAnimationFrame(look);
        const { width, height } = canvas;
        window.previewed = { width, height, data: canvas.getContext("2d").getImageData(0, 0, width, height).data };
        resolve(performance.now() - began);
    };
    const slider = document.querySelector("#blur input[type=range]");
    slider.value = strength;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (canvas) look();
    else resolve(null);
})"""
RELEASE = """() => document.querySelector("#blur input[type=range]")
    .dispatchEvent(new PointerEvent("pointerup", { bubbles: true }))"""
# How far the finished picture, in the size of the preview, is from it: mean and mean absolute difference, grey levels.
JUMP = """() => {
    const { width, height, data } = previewed;
    const scratch = new OffscreenCanvas(width, height).getContext("2d");
    scratch.imageSmoothingQuality = "high";
    scratch.drawImage(document.querySelector("#viewer .picture"), 0, 0, width, height);
    const final = scratch.getImageData(0, 0, width, height).data;
    let mean = 0;
    let away = 0;
    for (let i = 0; i < final.length; i++) {
        if (i % 4 === 3) continue;
        mean += data[i] - final[i];
        away += Math.abs(data[i] - final[i]);
    }
    const count = width * height * 3;
    return [mean / count, away / count];
}"""


def preview_one(page: Page) -> None:
    """Print how soon another strength is seen, and how far its finished picture is from that."""
    times = [page.evaluate(PREVIEW, strength) for strength in (0.3, 0.85, 1.0)]
    if times[-1] is not None:
        print(f"blur strength: seen after {', '.join(f'{ms:.0f}' for ms in times)} ms")
    page.wait_for_timeout(100)
    began = time.perf_counter()
    page.evaluate(RELEASE)
    page.wait_for_selector("#stop", state="visible")
    page.wait_for_selector("#refocus", state="visible", timeout=300_000)
    page.wait_for_selector(f"#viewer {READY}", timeout=60_000)
    page.wait_for_selector("#viewer .preview", state="hidden")
    print(f"blur strength: all frames {time.perf_counter() - began:.2f} s after the control came to rest")
    if times[-1] is not None:
        mean, away = page.evaluate(JUMP)
        print(f"blur strength: preview to final, mean {mean:+.2f}, mean absolute {away:.2f} grey levels")


def export_one(page: Page) -> None:
    """Print how long the view takes as JPEG, and then as PNG."""
    for kind in ("jpg", "png"):
        page.wait_for_selector(f"#download-{kind}:not([disabled])")
        began = time.perf_counter()
        with page.expect_download(timeout=300_000) as download:
            page.locator(f"#download-{kind}").click()
        download.value.path()
        print(f"12 megapixels: {kind} after {time.perf_counter() - began:.2f} s")


def large_photo(folder: Path) -> Path:
    """A photo as large as a phone's."""
    path = folder / "large.jpg"
    with Image.open("assets/raccoon.jpg") as picture:
        picture.convert("RGB").resize((4032, 3024), Image.Resampling.LANCZOS).save(path, quality=92)
    return path


def stop_one(page: Page) -> None:
    """Open another example and press Stop in the midst of each stage; print how long until the page says so."""
    page.wait_for_selector("#refocus", state="visible")
    for wait_ms in (0, 400, 900):
        page.locator("#examples button").last.click()
        page.wait_for_selector("#stop", state="visible")
        page.wait_for_timeout(wait_ms)
        stage = page.locator("#viewer .progress .doing")
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
        photo = large_photo(Path(folder))
        if url is not None:
            both(browser, url, photo)
        else:
            with running_app(Path(folder) / "log.txt") as own:
                both(browser, own, photo)
        browser.close()


def both(browser: Browser, url: str, photo: Path) -> None:
    """Print the numbers for desktop and phone."""
    print(f"own scripts and styles as sent: {own_code_bytes(url):,} bytes")
    for name, screen in (("desktop", DESKTOP), ("phone", PHONE)):
        measure(browser, url, name, screen, photo)


if __name__ == "__main__":
    main()
