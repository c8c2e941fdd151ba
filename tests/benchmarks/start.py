"""App start to usable page, and what is imported on the way.

python -m tests.benchmarks.start
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from tests.ui.chromium import DESKTOP, start_chromium

PROJECT = Path(__file__).resolve().parents[2]
RUNS = 3


def start_once(page: object, port: int) -> float:
    """Seconds from `python app.py` until the photo control can be used."""
    began = time.perf_counter()
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                page.goto(f"http://127.0.0.1:{port}", wait_until="domcontentloaded")  # type: ignore[attr-defined]
                break
            except Error:
                time.sleep(0.05)
        page.wait_for_selector("#photo input[type=file]", state="attached")  # type: ignore[attr-defined]
        page.wait_for_selector("#viewer .focus-viewer[data-ready=true]")  # type: ignore[attr-defined]
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Print each run and the median, and the heavy packages the start imports."""
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        seconds = []
        for _ in range(RUNS):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            page = browser.new_context(**DESKTOP).new_page()
            seconds.append(start_once(page, port))
            page.close()
    print("start to usable page:", ", ".join(f"{value:.1f} s" for value in seconds))
    code = (
        "import sys; from refocus.core.settings import Settings; from refocus.ui.app.launch import build_app; "
        "build_app(Settings()); print(sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    print("imported by then, of torch, diffusers, transformers:", done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
