"""The app's pages break none of the rules that the server gives the browser."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.ui.steps import finished, upload

pytestmark = pytest.mark.browser

_COLLECT = """() => { window.broken = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.broken.push(`${event.effectiveDirective} ${event.blockedURI}`)); }"""


def test_a_whole_visit_breaks_no_rule_and_asks_no_other_server(
    app: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    rgb = np.random.default_rng(3).integers(40, 120, (180, 240, 3)).astype(np.uint8)
    rgb[60:150, 80:160] += 100
    Image.fromarray(rgb).save(tmp_path / "square.png")

    page = open_page("about:blank", expected="404")  # gradio's panel on the API asks for the tools of assistants
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(f"({_COLLECT})()")
    page.goto(app, wait_until="domcontentloaded")
    page.wait_for_selector("#photo input[type=file]", state="attached")
    upload(page, tmp_path / "square.png")
    finished(page)
    slider = page.locator("#viewer input[type=range]")
    slider.focus()
    slider.press("End")
    page.wait_for_selector("#video video")
    page.locator("#video video").scroll_into_view_if_needed()  # it rests while it is not seen
    assert page.locator("#video video").evaluate("video => video.play().then(() => video.readyState)") >= 2
    with page.expect_download() as download:
        page.locator("#download-details").click()
    assert download.value.suggested_filename == "square_settings.json"

    page.get_by_role("tab", name="Compare").click()
    page.wait_for_selector("#compare-photo")
    for name in ("API", "Settings"):
        page.locator("footer").get_by_role("button", name=name).click()
        expect(page.locator(".api-docs")).to_be_visible()
        page.keyboard.press("Escape")
        page.goto(app, wait_until="domcontentloaded")
        page.wait_for_selector("#photo input[type=file]", state="attached")
        assert page.evaluate("window.broken") == []
    assert [url for url in asked if not url.startswith((app, "data:", "blob:"))] == []


def test_a_rule_that_is_broken_would_be_seen(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank", expected="Content Security Policy")
    page.add_init_script(f"({_COLLECT})()")
    page.goto(app, wait_until="domcontentloaded")
    page.evaluate("""async () => { const image = new Image(); image.src = "https://elsewhere.example/x.png";
      await new Promise((resolve) => { image.onerror = resolve; }); }""")
    page.wait_for_function("window.broken.length > 0")
    assert page.evaluate("window.broken")[0].startswith("img-src https://elsewhere.example")
