"""What the first face's controls start, in a real browser with the server in this process."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Page, Route, expect

from refocus.core.settings import Settings
from refocus.depth import estimate_disparity
from refocus.depth import sources as depth_sources
from refocus.depth.estimate import DepthDraft
from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.results import Refocused, RefocusRequest
from refocus.ui.app.launch import serve
from tests.ui.steps import finished, next_frame, refocus_again, upload, work_failed, work_finished

pytestmark = pytest.mark.browser


@pytest.fixture
def app() -> Iterator[str]:
    running = serve(Settings(), block=False)
    assert running.local_url is not None
    yield running.local_url
    running.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    noise = np.random.default_rng(3).integers(0, 255, (120, 160, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    return tmp_path / "noise.png"


@pytest.fixture
def page(app: str, photo: Path, open_page: Callable[..., Page]) -> Page:
    """The page with the stack of the photo."""
    page = open_page(app)
    upload(page, photo)
    finished(page)
    return page


def test_blur_and_aperture_render_again_by_themselves_and_depth_is_estimated_once(
    app: str, photo: Path, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    estimates: list[tuple[int, ...]] = []

    def counted(rgb: np.ndarray, draft: DepthDraft | None = None) -> object:
        estimates.append(rgb.shape)
        return estimate_disparity(rgb, draft)

    monkeypatch.setattr(depth_sources, "estimate_disparity", counted)
    page = open_page(app)
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url) if "focus_00.webp" in response.url else None)
    upload(page, photo)
    finished(page)
    assert estimates.count((120, 160, 3)) == 1  # beside the one with which the app warms up
    stacks = len(set(loaded))

    blur = page.locator("#blur input[type=range]")
    blur.focus()
    blur.press("ArrowRight")
    expect(page.locator("#blur input[type=number]")).to_have_value("0.65")
    work_finished(page)
    assert len(set(loaded)) == stacks + 1

    page.locator("#more").get_by_text("More").click()
    page.locator("#aperture input").click()
    page.get_by_role("option", name="heart").click()
    work_finished(page)
    assert len(set(loaded)) == stacks + 2
    assert estimates.count((120, 160, 3)) == 1  # beside the one with which the app warms up


def test_a_control_left_as_it_was_renders_nothing_and_a_choice_once(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    run = RefocusPipeline.run

    def noted(pipeline: RefocusPipeline, photo: Photo, request: RefocusRequest, *rest: Any) -> Refocused:
        runs.append(request.aperture)
        return run(pipeline, photo, request, *rest)

    monkeypatch.setattr(RefocusPipeline, "run", noted)
    page.locator("#more").get_by_text("More").click()
    aperture = page.locator("#aperture input")
    for chosen in ("heart", "star"):
        aperture.click()
        page.get_by_role("option", name=chosen).click()
        work_finished(page)
        with page.expect_response(re.compile("/queue/join")):
            aperture.click()
            aperture.blur()
    for key in ("ArrowRight", "ArrowLeft"):  # there and back within the pause
        page.locator("#blur input[type=range]").press(key)
    with page.expect_response(re.compile("/queue/join")):
        page.wait_for_function("window.runs.begun === window.runs.waitedFor")
    assert runs == ["heart", "star"]
    aperture.click()
    page.get_by_role("option", name="circle").click()
    work_finished(page)
    assert runs == ["heart", "star", "circle"]


def test_a_run_that_comes_after_the_one_which_replaces_it_changes_nothing(page: Page) -> None:
    held: list[Route] = []
    page.route(re.compile("/run/predict"), lambda route: route.continue_() if held else held.append(route))
    page.locator("#refocus").click()
    while not held:
        page.wait_for_timeout(20)
    answer = held[0].fetch()  # its number is the older one
    page.locator("#refocus").click()
    work_finished(page)
    shown = spread(page)
    held[0].fulfill(response=answer)
    work_finished(page)
    assert spread(page) == shown


def test_k_is_empty_until_it_is_given_and_nought_is_no_blur(
    app: str, photo: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(app)
    page.locator("#more").get_by_text("More").click()
    k = page.locator("#k input")
    expect(k).to_have_value("")
    upload(page, photo)
    finished(page)
    blurred = spread(page)
    k.fill("much")
    page.locator("#refocus").click()
    work_failed(page, "K = 'much' is not a number")
    k.fill("0")  # after what went wrong, the button is there again
    refocus_again(page)
    assert spread(page) < 2 < blurred


def test_what_a_quick_user_sets_outlives_the_page_s_opening(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank")
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: route.continue_() if held else held.append(route))
    page.goto(f"{app}?blur=0.35", wait_until="domcontentloaded")
    page.locator("#more").get_by_text("More").click()
    page.locator("#frames input[type=number]").fill("3")
    page.locator("#frames input[type=number]").press("Tab")
    expect(page.locator("#frames input[type=range]")).to_have_value("3")
    held[0].continue_()
    page.wait_for_selector("#download-video:not([disabled])")
    expect(page.locator("#blur input[type=number]")).to_have_value("0.35")
    expect(page.locator("#frames input[type=number]")).to_have_value("3")


def test_a_photo_in_place_of_one_that_waits_in_the_queue_is_the_one_that_is_rendered(
    app: str, photo: Path, tmp_path: Path, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.png"
    Image.open(photo).transpose(Image.Transpose.ROTATE_90).save(other)
    rendered: list[tuple[int, int]] = []
    busy, go_on = threading.Event(), threading.Event()
    run = RefocusPipeline.run

    def noted(pipeline: RefocusPipeline, photo: Photo, *rest: Any) -> Refocused:
        rendered.append(photo.size)
        busy.set()
        assert go_on.wait(120)
        return run(pipeline, photo, *rest)

    monkeypatch.setattr(RefocusPipeline, "run", noted)
    of_another_visitor = Client(app, verbose=False).submit(handle_file(photo), frames=3, api_name="/refocus")
    assert busy.wait(120)
    page = open_page(app)
    upload(page, photo)
    expect(page.locator("#viewer .progress")).to_contain_text("line")
    expect(page.locator("#refocus")).to_be_hidden()
    page.locator("#photo").get_by_role("button", name="Remove Image").click()
    expect(page.locator("#status")).to_contain_text("Open a photo")
    upload(page, other)
    expect(page.locator("#viewer .progress")).to_contain_text("line")
    expect(page.locator("#stop")).to_be_visible()
    go_on.set()
    of_another_visitor.result()
    finished(page)
    expect(page.locator("#status")).to_contain_text("120 × 160 px.")
    assert rendered == [(160, 120), (120, 160)]
    expect(page.locator("#refocus")).to_be_visible()


def test_a_photo_chosen_at_once_after_the_old_one_was_removed_is_rendered(page: Page, photo: Path) -> None:
    held: list[Route] = []
    go_on = threading.Event()

    def hold(route: Route) -> None:
        if go_on.is_set():
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile("/run/predict|/queue/join"), hold)
    page.locator("#photo").get_by_role("button", name="Remove Image").click()
    upload(page, photo)
    page.wait_for_selector("#photo img")
    go_on.set()
    for route in held:
        route.continue_()
    work_finished(page)


def spread(page: Page) -> float:
    """How much the nearest and the farthest frame differ, in the mean over the picture."""
    pixels = """() => { const canvas = document.querySelector("#viewer canvas.picture");
        return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]; }"""
    ends = []
    for key in ("Home", "End"):
        page.locator("#viewer input[type=range]").press(key)
        next_frame(page)
        ends.append(np.array(page.evaluate(pixels), float))
    return float(np.abs(ends[0] - ends[1]).mean())


def test_a_group_of_choices_is_one_tab_stop(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.wait_for_selector("#download-video:not([disabled])")
    in_group = "document.activeElement.closest('#engine') !== null"
    first = page.locator("#engine input[type=radio]").first
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(first).not_to_be_checked()
    assert page.evaluate(in_group)
    page.keyboard.press("Tab")
    assert not page.evaluate(in_group)
