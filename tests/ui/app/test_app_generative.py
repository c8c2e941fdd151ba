"""The generative engine in the real app, with a tiny model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.ui.running_app import running_app

pytestmark = pytest.mark.browser

HEEDED = ("#frames", "#blur", "#aperture", "#long-side", "#sharp", "#depth-file", "#steps", "#seed")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_flux: Path) -> Iterator[str]:
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with running_app(log, REFOCUS_MODELS=str(tiny_flux), REFOCUS_DEVICE="cpu") as url:
        yield url


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (72, 100, 3)).astype(np.uint8)).save(path)
    return path


def test_the_engine_is_chosen_set_and_named(app: str, photo: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.locator("#more").get_by_text("More").click()
    page.get_by_role("radio", name="Generative").check()
    for option in HEEDED:
        expect(page.locator(option)).to_be_visible()
    for other in ("#input-position", "#full-size"):
        expect(page.locator(other)).to_be_hidden()
    expect(page.locator("#steps input[type=number]")).to_have_value("28")  # as published
    for option, value in (("#steps", "1"), ("#frames", "3")):
        page.locator(f"{option} input[type=number]").fill(value)
        page.locator(f"{option} input[type=number]").press("Tab")
    page.locator("#k input").fill("20")
    page.locator("#k input").press("Tab")
    page.set_input_files("#photo input[type=file]", photo)
    expect(page.locator("#status")).to_contain_text("by Generative", timeout=120_000)
    expect(page.locator("#status")).to_contain_text("3 frames of 100 × 72 px")
    expect(page.locator("#notes")).to_contain_text("BokehNet rendered each frame in 1 step")
    expect(page.locator("#notes")).to_contain_text("from seed 0")
    expect(page.locator("#notes")).to_contain_text("K = 20 px of blur radius per unit of disparity, as requested")
