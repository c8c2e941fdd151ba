"""The comparison viewer in a real browser."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from refocus.ui.compare.comparison_viewer import ComparisonView, ComparisonViewer, compared_photo_view
from tests.compare.comparisons import small_comparison
from tests.ui.steps import box_of

pytestmark = pytest.mark.browser


@pytest.fixture
def page(tmp_path: Path, serve: Callable[..., str], open_page: Callable[..., Page]) -> Page:
    with gr.Blocks() as demo:
        gr.set_static_paths([tmp_path])
        photos = [
            compared_photo_view(replace(small_comparison(), name="wall"), tmp_path / "wall"),
            compared_photo_view(replace(small_comparison(60, 90), name="door"), tmp_path / "door"),
        ]
        ComparisonViewer(ComparisonView(photos=photos), elem_id="compared")
    page = open_page(serve(demo))
    page.wait_for_selector('.comparing[data-ready="true"]')
    return page


def positions(page: Page) -> list[float]:
    return [float(cell.get_attribute("data-position") or -1) for cell in page.locator(".cell:has(.stage)").all()]


def test_one_slider_tap_and_zoom_drive_all(page: Page) -> None:
    assert page.locator(".why").text_content() == "It has no weights here. Download them."
    page.locator(".slider").focus()
    page.keyboard.press("Home")
    expect(page.locator('.comparing[data-share="0.000"]')).to_be_visible()
    assert positions(page) == [0, 0]
    page.keyboard.press("ArrowRight")
    expect(page.locator('.comparing[data-share="0.125"]')).to_be_visible()
    assert positions(page) == [1, 0.5]  # nine frames and five: the same share of the way
    stage = page.locator(".stage").nth(1)  # without depth of its own: that of the first tells the plane
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": box["width"] * 0.98, "y": box["height"] / 2})
    expect(page.locator('.comparing[data-share^="0.0"]')).to_be_visible()
    page.keyboard.press("+")
    transforms = [scene.evaluate("e => e.style.transform") for scene in page.locator(".scene").all()]
    assert transforms[0] == transforms[1] != ""
    page.keyboard.press("Escape")
    assert page.locator(".comparing").get_attribute("data-zoom") == "1.00"


def test_flicker_and_split_show_two_in_one_place(page: Page) -> None:
    page.locator("button[data-mode=split]").click()
    boxes = [stage.bounding_box() for stage in page.locator(".stage").all()]
    assert boxes[0] == boxes[1]
    divider = page.locator(".comparing .divider")
    divider.focus()
    page.keyboard.press("Home")
    assert "100% 0px 0px" in page.locator(".stage").first.evaluate("e => getComputedStyle(e).clipPath")
    page.clock.install()
    page.locator("button[data-mode=flicker]").click()
    root = page.locator(".comparing")
    expect(root).to_have_attribute("data-front", "b")
    expect(page.locator(".stage").first).to_be_hidden()
    expect(root).to_have_attribute("data-front", "a")
    page.locator(".swap").click()
    front = root.get_attribute("data-front")
    page.clock.run_for(5000)
    assert root.get_attribute("data-front") == front  # held
    page.locator("select.second").select_option("2")
    expect(page.locator(".cell.b .why")).to_have_count(1)


def test_another_photo_keeps_the_focus_and_the_view(page: Page) -> None:
    page.locator(".slider").focus()
    page.keyboard.press("Home")
    page.locator("button[data-mode=split]").click()
    page.locator("select.second").select_option("2")
    page.locator("select.which").select_option(label="door")
    expect(page.locator('.comparing[data-ready="true"]')).to_be_visible()
    canvas = page.locator("canvas.picture").first
    assert canvas.evaluate("c => [c.width, c.height]") == [60, 90]
    expect(page.locator('.comparing[data-share="0.000"]')).to_be_visible()
    assert page.locator(".comparing").get_attribute("data-mode") == "split"
    assert page.locator("select.second").input_value() == "2"
    page.locator("select.which").select_option(label="wall")
    assert page.locator("canvas.picture").first.evaluate("c => [c.width, c.height]") == [90, 60]


def test_one_photo_offers_no_choice_of_photos(
    tmp_path: Path, serve: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    with gr.Blocks() as demo:
        gr.set_static_paths([tmp_path])
        ComparisonViewer(ComparisonView(photos=[compared_photo_view(small_comparison(), tmp_path)]))
    page = open_page(serve(demo))
    page.wait_for_selector('.comparing[data-ready="true"]')
    expect(page.locator("select.which")).to_be_hidden()


def test_on_a_phone_why_there_is_no_stack_is_told_in_its_place_in_full(
    tmp_path: Path, serve: Callable[..., str], open_page: Callable[..., Page]
) -> None:
    ours, theirs, none = small_comparison().entries
    long = replace(none, why="It has no weights here. " * 12)
    with gr.Blocks() as demo:
        gr.set_static_paths([tmp_path])
        compared = replace(small_comparison(), entries=(ours, theirs, long, ours))
        ComparisonViewer(ComparisonView(photos=[compared_photo_view(compared, tmp_path)]))
    page = open_page(serve(demo), phone=True)
    page.wait_for_selector('.comparing[data-ready="true"]')
    why, last = page.locator(".why").bounding_box(), page.locator(".cell").last.bounding_box()
    assert why is not None
    assert last is not None
    assert why["x"] + why["width"] <= last["x"]  # its neighbour
    assert page.locator(".why").evaluate("e => e.scrollHeight <= e.clientHeight + 1")


@pytest.mark.parametrize(
    ("columns", "width", "rows"),
    [
        (2, 1440, [2]),
        (3, 1440, [3]),
        (4, 1440, [4]),
        (4, 720, [2, 2]),
        (4, 360, [2, 2]),
        (6, 1440, [3, 3]),
        (8, 1440, [4, 4]),
    ],
)
def test_no_picture_stands_alone_below_the_others(
    tmp_path: Path,
    serve: Callable[..., str],
    open_page: Callable[..., Page],
    columns: int,
    width: int,
    rows: list[int],
) -> None:
    ours = small_comparison().entries[0]
    with gr.Blocks() as demo:
        gr.set_static_paths([tmp_path])
        compared = replace(small_comparison(), entries=(ours,) * columns)
        ComparisonViewer(ComparisonView(photos=[compared_photo_view(compared, tmp_path)]))
    page = open_page(serve(demo), viewport={"width": width, "height": 900})
    page.wait_for_selector('.comparing[data-ready="true"]')
    tops = [round(box_of(cell)["y"]) for cell in page.locator(".cell").all()]
    assert [tops.count(top) for top in sorted(set(tops))] == rows
