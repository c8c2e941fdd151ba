"""The viewer as a file of its own, opened from disk."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from refocus.core import Disparity, FocalStack, stack_focus_disparity
from refocus.ui.viewer.html_export import standalone_html
from refocus.ui.viewer.viewer_pictures import ViewerPictures, encode_stack
from tests.ui.running_app import PROJECT

TITLE = "Cat & </script><b>dog</b>"


@pytest.fixture
def pictures() -> ViewerPictures:
    frames = np.zeros((3, 40, 60, 3), np.uint8) + np.array([40, 120, 200], np.uint8)[:, None, None, None]
    stack = FocalStack(frames, stack_focus_disparity(1.0, 0.0, 3))
    halves = Disparity(np.repeat([[1.0, 0.0]], 40, 0).repeat(30, 1).astype(np.float32), False, "test")
    return encode_stack(stack, halves, 0.0)


def test_it_holds_everything_and_loads_nothing(pictures: ViewerPictures) -> None:
    page = standalone_html(pictures, title=TITLE)
    assert page.count("data:image/webp;base64,") == 3
    assert "http:" not in page
    assert "https:" not in page


@pytest.mark.browser
def test_it_works_offline_from_disk(pictures: ViewerPictures, tmp_path: Path, open_page: Callable[..., Page]) -> None:
    file = tmp_path / "stack.html"
    file.write_text(standalone_html(pictures, title=TITLE), encoding="utf-8")
    page = open_page(file.as_uri(), offline=True)
    page.wait_for_selector(".focus-viewer[data-ready=true]")
    expect(page).to_have_title(TITLE)
    page.locator(".stage").click(position={"x": 700, "y": 100})
    expect(page.locator(".focus-viewer")).to_have_attribute("data-position", "2.000")
    grey = page.evaluate("document.querySelector('.picture').getContext('2d').getImageData(9, 9, 1, 1).data[0]")
    assert grey == pytest.approx(200, abs=3)


def test_exporting_imports_no_gradio() -> None:
    code = "import sys, refocus.ui.viewer.html_export; print('gradio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.strip() == "False"
