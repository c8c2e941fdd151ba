"""The viewer as a file of its own, opened from disk."""

import numpy as np
import pytest
from playwright.sync_api import expect

from refocus.core import Disparity, FocalStack, stack_focus_disparity
from refocus.ui.viewer import FocusView, standalone_html, viewer_value

TITLE = "Cat & </script><b>dog</b>"


@pytest.fixture
def view(tmp_path) -> FocusView:
    frames = np.zeros((3, 40, 60, 3), np.uint8) + np.array([40, 120, 200], np.uint8)[:, None, None, None]
    stack = FocalStack(frames, stack_focus_disparity(1.0, 0.0, 3))
    halves = Disparity(np.repeat([[1.0, 0.0]], 40, 0).repeat(30, 1).astype(np.float32), False, "test")
    return viewer_value(stack, halves, tmp_path, 0.0, description=TITLE)


def test_it_holds_everything_and_no_path_of_the_server(view, tmp_path):
    page = standalone_html(view, title=TITLE)
    assert page.count("data:image/webp;base64,") == 3
    assert str(tmp_path) not in page
    assert "http:" not in page
    assert "https:" not in page


@pytest.mark.browser
def test_it_works_offline_from_disk(view, tmp_path, open_page):
    file = tmp_path / "stack.html"
    file.write_text(standalone_html(view, title=TITLE), encoding="utf-8")
    page = open_page(file.as_uri(), offline=True)
    page.wait_for_selector(".focus-viewer[data-ready=true]")
    expect(page).to_have_title(TITLE)
    page.locator(".stage").click(position={"x": 700, "y": 100})
    expect(page.locator(".focus-viewer")).to_have_attribute("data-position", "2.000")
    grey = page.evaluate("document.querySelector('.picture').getContext('2d').getImageData(9, 9, 1, 1).data[0]")
    assert grey == pytest.approx(200, abs=3)
