"""A focal stack of the user's own, in the real page in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from refocus.core.settings import Settings
from refocus.ui.app.launch import serve as serve_app
from tests.optics.stack_scenes import textured, two_halves

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    page = serve_app(Settings(engine="thin-lens"), block=False)
    assert page.local_url is not None
    yield page.local_url
    page.close()


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = []
    for index, frame in enumerate(two_halves()[0]):
        paths.append(tmp_path / f"shot{index}.png")
        Image.fromarray(frame).save(paths[-1])
    return paths


def give(page: Page, paths: list[Path]) -> None:
    page.locator("#more").get_by_text("More").click()
    page.set_input_files("#own-stack input[type=file]", [str(path) for path in paths])


def test_several_photos_become_the_stack(app: str, photos: list[Path], open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    give(page, photos)
    expect(page.locator("#status")).to_contain_text("from your own photos", timeout=60_000)
    expect(page.locator("#status")).to_contain_text("7 frames")
    page.wait_for_selector("#viewer .focus-viewer[data-ready=true]", timeout=60_000)
    expect(page.locator("#viewer")).to_contain_text("of 7")
    expect(page.locator("#notes")).to_contain_text("photos were aligned")
    page.locator("#refocus").click()
    expect(page.locator("#status")).to_contain_text("from your own photos", timeout=60_000)


def test_photos_that_make_no_stack_give_one_sentence(
    app: str, photos: list[Path], tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    Image.fromarray(textured(9)).save(tmp_path / "stranger.png")
    page = open_page(app)
    give(page, [*photos[:3], tmp_path / "stranger.png"])
    error = page.locator(".error-beside")
    expect(error).to_contain_text("same scene", timeout=60_000)
    expect(error).not_to_contain_text("Traceback")
