"""The video-diffusion engine in the real app, with a tiny model."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Page, expect

from refocus.models.focal_stack.checkpoint import TRAINING_FILE
from tests.ui.running_app import running_app

pytestmark = pytest.mark.browser

ONLY_VIDEO = ("#seed", "#steps", "#input-position", "#full-size", "#guidance", "#decode-overlap", "#corrected-clip")
ONLY_THIN_LENS = ("#frames", "#long-side", "#sharp", "#depth-file")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_video_model: Path) -> Iterator[str]:
    with running_app(
        tmp_path_factory.mktemp("app") / "log.txt", REFOCUS_MODELS=str(tiny_video_model), REFOCUS_DEVICE="cpu"
    ) as url:
        yield url


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sharp strip at the foot of a smooth picture: what is near was in focus."""
    rgb = np.full((96, 128, 3), 120, np.uint8)
    rgb[64:] = np.random.default_rng(0).integers(0, 255, (32, 128, 3))
    path = tmp_path_factory.mktemp("photo") / "strip.png"
    Image.fromarray(rgb).save(path)
    return path


def test_the_engine_is_chosen_set_and_named(app: str, photo: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.locator("#more").get_by_text("More").click()
    for only_video in ONLY_VIDEO:
        expect(page.locator(only_video)).to_be_hidden()
    page.get_by_role("radio", name="Video diffusion").check()
    for only_video in ONLY_VIDEO:
        expect(page.locator(only_video)).to_be_visible()
    for only_thin_lens in ONLY_THIN_LENS:
        expect(page.locator(only_thin_lens)).to_be_hidden()
    expect(page.locator("#steps input[type=number]")).to_have_value("25")  # as published
    page.locator("#steps input[type=number]").fill("1")
    page.locator("#steps input[type=number]").press("Tab")
    page.set_input_files("#photo input[type=file]", photo)
    expect(page.locator("#status")).to_contain_text("by Video diffusion", timeout=120_000)
    expect(page.locator("#status")).to_contain_text("9 frames of 128 × 96 px")
    expect(page.locator("#notes")).to_contain_text("Made in 1 step from seed 0")
    estimate = page.locator("#input-position input[type=number]")
    expect(page.locator("#notes")).to_contain_text(f"position {estimate.input_value()}, estimated")

    estimate.fill("6")
    estimate.press("Tab")
    page.locator("#refocus").click()
    expect(page.locator("#notes")).to_contain_text("position 6 of 0 to 8, as requested", timeout=120_000)


@pytest.fixture(scope="module")
def several_app(tmp_path_factory: pytest.TempPathFactory, tiny_video_model: Path) -> Iterator[str]:
    """With weights whose config says that they were trained with several inputs."""
    folder = tmp_path_factory.mktemp("several")
    model = shutil.copytree(tiny_video_model, folder / "model")
    (model / "unet" / TRAINING_FILE).write_text(json.dumps({"frames": 9, "inputs": "several"}))
    with running_app(folder / "log.txt", REFOCUS_MODELS=str(model), REFOCUS_DEVICE="cpu") as url:
        yield url


def test_more_photos_are_offered_by_weights_trained_so(
    app: str, several_app: str, photo: Path, open_page: Callable[..., Page]
) -> None:
    for url, offered in ((app, False), (several_app, True)):
        page = open_page(url)
        page.locator("#more").get_by_text("More").click()
        page.get_by_role("radio", name="Video diffusion").check()
        expect(page.locator("#input-position")).to_be_visible()
        for control in ("#more-photos", "#more-positions"):
            expect(page.locator(control)).to_be_visible(visible=offered)
    expect(page.locator("#engine-state")).to_contain_text("up to 3 photos of a scene")
    page.locator("#steps input[type=number]").fill("1")
    page.locator("#steps input[type=number]").press("Tab")
    other = photo.with_name("other.png")
    other.write_bytes(photo.read_bytes())
    page.set_input_files("#more-photos input[type=file]", other)
    expect(page.locator("#more-photos")).to_contain_text("other")
    page.locator("#more-positions textarea, #more-positions input").fill("2")
    page.set_input_files("#photo input[type=file]", photo)
    expect(page.locator("#notes")).to_contain_text("other, of the same scene, is at position 2", timeout=120_000)
    client = Client(several_app, verbose=False)
    more: dict[str, Any] = {"more_photos": [handle_file(other)], "more_positions": "7", "input_position": 3}
    *_, details = client.predict(handle_file(photo), engine="video-diffusion", steps=1, **more, api_name="/refocus")
    assert details["request"]["more_positions"] == "7"


def test_programs_set_the_same(app: str, photo: Path) -> None:
    client = Client(app, verbose=False)
    *_, details = client.predict(
        handle_file(photo),
        engine="video-diffusion",
        steps=1,
        seed=5,
        input_position=3,
        guidance=2.5,
        decode_overlap=2,
        corrected_clip=True,
        api_name="/refocus",
    )
    assert details["engine"] == "video-diffusion"
    assert details["seed"] == 5
    assert details["request"]["input_position"] == 3
    assert details["request"]["steps"] == 1
    assert (details["request"]["guidance"], details["request"]["decode_overlap"]) == (2.5, 2)
    assert "CLIP's range corrected" in " ".join(details["notes"])
