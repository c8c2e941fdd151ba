"""The comparison in the real app: its endpoint, and its face in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Page, expect

from refocus.media import write_frames_video
from tests.compare.comparisons import grey_stack
from tests.evaluate.pictures import textured
from tests.ui.steps import READY, finished, upload

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos, a depth map of the first, and somebody's video of it."""
    folder = tmp_path_factory.mktemp("files")
    for seed, name in enumerate(("wall", "floor")):
        Image.fromarray(textured(seed, 96, 128)).save(folder / f"{name}.png")
    np.save(folder / "wall_map.npy", np.repeat(np.linspace(0, 1, 128, dtype=np.float32)[None], 96, 0))
    write_frames_video(folder / "wall.mp4", grey_stack(5, 64, 96))
    (folder / "broken.png").write_text("no picture")
    return folder


def test_the_endpoint_says_what_it_takes_and_gives(app: str) -> None:
    endpoint_info = Client(app, verbose=False).view_api(return_format="dict", print_info=False)["named_endpoints"][
        "/compare"
    ]
    taken = {one["parameter_name"]: one for one in endpoint_info["parameters"]}
    assert list(taken) == [
        "photos", "engines", "blurs", "apertures", "depth_sources", "depths", "depth_is", "long_side", "brought",
        "far_first",
    ]  # fmt: skip
    assert [name for name, one in taken.items() if not one["parameter_has_default"]] == ["photos"]
    assert taken["depths"]["label"].startswith("Your own depth maps")
    assert len(endpoint_info["returns"]) == 3
    assert "results from elsewhere" in endpoint_info["description"]


def test_programs_compare_photos_engines_and_depth_sources(app: str, files: Path) -> None:
    grid, video, details = Client(app, verbose=False).predict(
        [handle_file(files / "wall.png"), handle_file(files / "floor.png")],
        engines=["thin-lens", "video-diffusion"],
        blurs=["f/2"],
        depths=[handle_file(files / "wall_map.npy")],
        brought=[handle_file(files / "wall.mp4")],
        long_side=256,
        api_name="/compare",
    )
    labels = {row["photo"]: [column["label"] for column in row["columns"]] for row in details}
    assert labels == {
        "wall": ["Thin lens, auto depth", "Thin lens, depth wall_map.npy", "Video diffusion", "wall"],
        "floor": ["Thin lens", "Video diffusion"],
    }
    wall = details[0]["columns"]
    assert wall[1]["made"]["request"]["f_number"] == 2
    assert "cannot run here" in wall[2]["why"]
    assert Image.open(grid).size[1] > 2 * 1000
    assert iio.immeta(video)["fps"] == 24


def test_by_default_the_engines_that_are_ready_are_compared(app: str, files: Path) -> None:
    _, _, details = Client(app, verbose=False).predict([handle_file(files / "wall.png")], api_name="/compare")
    assert [column["label"] for column in details[0]["columns"]] == ["Thin lens"]


@pytest.mark.parametrize(
    ("photos", "given", "said"),
    [([], {}, "There is no photo"), (["broken.png"], {}, "broken.png"), (["wall.png"], {"blurs": []}, "No blur"),
     (["wall.png"], {"blurs": ["much"]}, "not a blur strength")],
)  # fmt: skip
def test_bad_input_is_said_to_programs(app: str, files: Path, photos: list[str], given: dict, said: str) -> None:
    with pytest.raises(AppError, match=said):
        Client(app, verbose=False).predict([handle_file(files / name) for name in photos], **given, api_name="/compare")


@pytest.mark.parametrize("phone", [False, True])
def test_two_photos_are_compared_on_the_page(
    app: str, files: Path, phone: bool, open_page: Callable[..., Page]
) -> None:
    page = open_page(app, phone=phone)
    page.wait_for_selector(READY)
    page.get_by_role("tab", name="Compare").click()
    picture = page.locator("#compare-photo img")
    expect(picture).to_have_attribute("src", re.compile("drum"))  # the one of the first tab
    page.set_input_files("#compare-photo input[type=file]", files / "wall.png")
    page.set_input_files("#compare-further input[type=file]", files / "floor.png")
    expect(picture).to_have_attribute("src", re.compile("wall"))
    expect(page.locator("#compare-further")).to_contain_text("floor")
    page.locator("#compare-engines").get_by_text("Video diffusion (").click()
    page.locator("#compare-more").get_by_text("More settings").click()
    page.set_input_files("#compare-depth-files input[type=file]", files / "wall_map.npy")
    expect(page.locator("#compare-depth-files")).to_contain_text("wall_map")
    page.locator("#compare-button").click()
    expect(page.locator("#compare-status")).to_contain_text("3 of 5", timeout=600_000)
    page.wait_for_selector('#compare-viewer .comparing[data-ready="true"]')
    viewer = page.locator("#compare-viewer")
    expect(viewer.locator(".cell")).to_have_count(3)
    expect(viewer.locator(".why")).to_contain_text("cannot run here")
    expect(viewer.locator("figcaption").first).to_contain_text("9 frames")
    viewer.locator("select.which").select_option(label="floor")
    expect(viewer.locator(".cell")).to_have_count(2)
    expect(page.locator("#compare-grid")).to_be_enabled()
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0


def test_it_starts_from_the_photo_at_hand(app: str, files: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    upload(page, files / "wall.png")
    finished(page)
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-photo img")).to_have_attribute("src", re.compile("wall"))
    page.get_by_role("tab", name="One photo").click()
    upload(page, files / "floor.png")
    expect(page.locator("#photo img")).to_have_attribute("src", re.compile("floor"))
    page.get_by_role("tab", name="Compare").click()  # while its stack is still being made
    expect(page.locator("#compare-photo img")).to_have_attribute("src", re.compile("floor"))


def test_stop_ends_the_work_and_what_was_shown_stays(app: str, files: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.wait_for_selector(READY)
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-photo img")).to_have_attribute("src", re.compile("drum"))
    page.locator("#compare-button").click()
    page.locator("#compare-stop").click()
    expect(page.locator("#compare-status")).to_contain_text("Stopped.")
    expect(page.locator("#compare-button")).to_be_visible()
    expect(page.locator("#compare-viewer .cell")).to_have_count(0)
    assert page.get_by_test_id("toast-body").count() == 0
