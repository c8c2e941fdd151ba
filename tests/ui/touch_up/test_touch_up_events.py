"""Depth touch-up in a real browser, with the mouse and by touch."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.ui.steps import READY, draw

pytestmark = pytest.mark.browser


def open_panel(page: Page, app: str) -> None:
    """On the result the page opens with."""
    page.goto(app, wait_until="domcontentloaded")
    page.wait_for_selector(READY, timeout=60_000)
    page.locator("#touch-up .open").click()
    expect(page.locator("#touch-up .apply")).to_be_enabled(timeout=60_000)


def wait_for_strokes(page: Page, count: int) -> None:
    page.wait_for_selector(f"#touch-up .touch[data-strokes='{count}'][data-answered=true]", timeout=60_000)


def brightness(page: Page, x: float, y: float) -> float:
    """Of the shown depth at a place."""
    script = """(canvas, [x, y]) => {
      const at = canvas.getContext("2d").getImageData(canvas.width * x, canvas.height * y, 1, 1).data;
      return at[0];
    }"""
    page.locator("#touch-up .show input").fill("100")
    return float(page.locator("#touch-up canvas.picture").evaluate(script, [x, y]))


def test_strokes_move_the_depth_undo_takes_them_back_and_apply_makes_a_stack(
    app: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app)
    open_panel(page, app)
    page.locator("#touch-up .scene").scroll_into_view_if_needed()
    before = brightness(page, 0.5, 0.2)
    page.locator("#touch-up .tools .nearer").click()
    draw(page, page.locator("#touch-up .scene"), [(0.4, 0.2), (0.6, 0.2)])
    wait_for_strokes(page, 1)
    assert brightness(page, 0.5, 0.2) > before + 30
    page.locator("#touch-up .undo").click()
    wait_for_strokes(page, 0)
    assert abs(brightness(page, 0.5, 0.2) - before) < 3
    draw(page, page.locator("#touch-up .scene"), [(0.4, 0.2), (0.6, 0.2)])
    wait_for_strokes(page, 1)
    page.locator("#touch-up .apply").click()
    expect(page.locator("#touch-up .open")).to_have_attribute("aria-expanded", "false", timeout=120_000)
    expect(page.locator("#notes")).to_contain_text("touched up by hand: 1 stroke", timeout=60_000)
    for part in ("#video video", "#all-in-focus img", "#disparity img"):  # "How this was made" is filled for it too
        expect(page.locator(part).first).to_be_visible(timeout=60_000)


def test_a_finger_draws_on_a_phone(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app, phone=True)
    open_panel(page, app)
    page.locator("#touch-up .tools .farther").tap()
    scene = page.locator("#touch-up .scene")
    scene.scroll_into_view_if_needed()
    scene.tap(position={"x": 100, "y": 100})
    wait_for_strokes(page, 1)
    page.locator("#touch-up .reset").tap()
    wait_for_strokes(page, 0)
