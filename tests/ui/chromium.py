"""Starts a real Chromium, and the two screens we look at the app on."""

import shutil
from typing import Any

from playwright.sync_api import Browser, Error, Playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}


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
