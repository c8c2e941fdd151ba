"""Prints how smooth and how small the focus viewer is. Run: python -m tests.benchmarks.viewer [PHOTO]"""

import argparse
import socket
import tempfile
import time
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image, ImageFilter
from playwright.sync_api import Page, sync_playwright

from refocus.core import Disparity, FocalStack, stack_focus_disparity
from refocus.ui.components.page_files import page_head
from refocus.ui.viewer.focus_viewer import FocusView, FocusViewer, viewer_value
from tests.ui.chromium import DESKTOP, PHONE, start_chromium

FRAMES = 9
LONG_SIDE_PX = 1024
READY = ".focus-viewer[data-ready=true]"

WATCH = """() => {
    window.drawn = [];
    window.longTasks = [];
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({ type: "longtask" });
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    let counted = -1;
    CanvasRenderingContext2D.prototype.drawImage = function (...all) {
        const frame = document.timeline.currentTime;
        if (frame !== counted) drawn.push(counted = frame);
        return draw.apply(this, all);
    };
}"""
# Moves the slider every animation frame for two seconds; gives the times at which frames came.
DRAG = """() => new Promise((resolve) => {
    const slider = document.querySelector(".slider");
    const times = [];
    window.drawn.length = 0;
    const step = (now) => {
        times.push(now);
        slider.value = (slider.max / 2) * (1 - Math.cos((now - times[0]) / 400));
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        if (now - times[0] < 2000) requestAnimationFrame(step);
        else resolve({ seconds: (now - times[0]) / 1000, frames: times.length - 1, drawn: window.drawn.length });
    };
    requestAnimationFrame(step);
})"""
# Frames from the tap to the first that shows another picture.
TAP = """() => new Promise((resolve) => {
    const root = document.querySelector(".focus-viewer");
    const stage = root.querySelector(".stage");
    const box = root.querySelector(".picture").getBoundingClientRect();
    const before = root.dataset.position;
    const at = { clientX: box.x + box.width * 0.95, clientY: box.y + 40, pointerId: 1, bubbles: true };
    stage.setPointerCapture = () => {};
    stage.dispatchEvent(new PointerEvent("pointerdown", at));
    stage.dispatchEvent(new PointerEvent("pointerup", at));
    let frames = 0;
    const look = () => {
        frames++;
        if (root.dataset.position !== before || frames > 60) resolve(frames);
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


def example_view(photo: Path, folder: Path) -> FocusView:
    """A stack that blurs more from frame to frame, over a ramp of disparity."""
    picture = Image.open(photo).convert("RGB")
    scale = LONG_SIDE_PX / max(picture.size)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    frames = [np.asarray(picture.filter(ImageFilter.GaussianBlur(1.5 * i))) for i in range(FRAMES)]
    stack = FocalStack(np.stack(frames), stack_focus_disparity(1.0, 0.0, FRAMES))
    ramp = np.tile(np.linspace(1, 0, picture.width, dtype=np.float32), (picture.height, 1))
    began = time.perf_counter()
    view = viewer_value(stack, Disparity(ramp, False, "benchmark"), folder, 0.0, photo_srgb=np.asarray(picture))
    print(f"encoding {FRAMES} frames of {view.width}x{view.height}: {time.perf_counter() - began:.2f} s")
    files = [*view.frames, *filter(None, (view.photo, view.sharpest))]
    print(f"payload with photo and map: {sum(file.size or 0 for file in files):,} bytes")
    print(f"value as JSON: {len(view.model_dump_json()):,} bytes")
    return view


def measure(page: Page, url: str, name: str) -> None:
    """Print the numbers for one screen."""
    requests: list[str] = []
    began = time.perf_counter()
    page.goto(url, wait_until="domcontentloaded")
    page.wait_for_selector(READY)
    print(f"{name}: {time.perf_counter() - began:.2f} s from request to all frames loaded")
    page.evaluate(WATCH)
    page.on("request", lambda request: requests.append(request.url))
    _drag(page, f"{name}: dragging")
    page.get_by_role("button", name="Peaking").click()
    page.wait_for_selector(".overlay", state="visible")
    _drag(page, f"{name}: dragging with peaking")
    print(f"{name}: requests while dragging: {len(requests)}")
    print(f"{name}: longest task while dragging: {max(page.evaluate('longTasks'), default=0):.0f} ms")
    page.locator(".slider").press("Home")
    page.wait_for_timeout(100)
    print(f"{name}: tap to first other picture: {page.evaluate(TAP)} frame(s)")


def _drag(page: Page, what: str) -> None:
    best = max((page.evaluate(DRAG) for _ in range(3)), key=lambda run: run["drawn"] / run["seconds"])
    # The drawing of the last step falls into the next frame.
    print(f"{what}: {(best['drawn'] - 1) / best['seconds']:.1f} pictures drawn a second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", nargs="?", type=Path, default=Path("assets/coffee.jpg"))
    photo = parser.parse_args().photo
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        with gr.Blocks() as demo:
            FocusViewer(example_view(photo, Path(folder)))
        _, url, _ = demo.launch(
            server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, head=page_head()
        )
        with sync_playwright() as playwright:
            browser = start_chromium(playwright)
            for name, screen in (("desktop", DESKTOP), ("phone", PHONE)):
                measure(browser.new_context(**screen).new_page(), url, name)
            browser.close()
        demo.close()


if __name__ == "__main__":
    main()
