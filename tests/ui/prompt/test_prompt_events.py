"""Bokeh prompts in the real app: typed, understood, corrected by a tap, applied, compared, downloaded."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.ui.steps import box_of, draw, finished

pytestmark = pytest.mark.browser

SIZE = (240, 180)
RED, BLUE = (0.25, 0.5), (0.75, 0.5)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A near red square at the left, a blue one farther away at the right, and a grey wall; and their depth."""
    folder = tmp_path_factory.mktemp("photos")
    width, height = SIZE
    rgb = np.random.default_rng(2).integers(90, 160, (height, width, 1)).repeat(3, 2).astype(np.uint8)
    near = np.zeros((height, width), np.float32)
    for channel, left, disparity in ((0, 20, 1.0), (2, 140, 0.5)):
        rgb[50:130, left : left + 80] = rgb[50:130, left : left + 80] // 3
        rgb[50:130, left : left + 80, channel] += 150
        near[50:130, left : left + 80] = disparity
    Image.fromarray(rgb).save(folder / "squares.png")
    np.save(folder / "depth.npy", near)
    return folder


@pytest.fixture
def ready(app: str, photos: Path, open_page: Callable[..., Page]) -> Page:
    """The app with a finished stack of the squares."""
    return opened(open_page(app), photos)


def opened(page: Page, photos: Path) -> Page:
    page.locator("#more").get_by_text("More").click()
    page.set_input_files("#depth-file input[type=file]", photos / "depth.npy")
    expect(page.locator("#depth-file")).to_contain_text("depth")
    page.set_input_files("#photo input[type=file]", photos / "squares.png")
    finished(page)
    page.wait_for_selector("#prompt [data-state=on]", timeout=120_000)
    page.wait_for_selector("#viewer .focus-viewer[data-ready=true]")
    return page


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Bokeh prompt")


def chip(page: Page, label: str) -> Locator:
    return page.locator("#prompt .chips button", has_text=label)


def say(page: Page, text: str) -> None:
    box(page).fill(text)
    page.wait_for_function(
        "text => document.querySelectorAll('#prompt .chips button').length > 0"
        " && document.querySelector('#prompt input').value === text",
        arg=text,
    )


# A small picture may be there before a test that looks now and then has seen the button's other word.
NOTE_RENDERING = """() => {
  const box = document.querySelector("#prompt");
  window.sawRendering = false;
  const look = () => { window.sawRendering ||= box.querySelector(".apply").textContent === "Rendering…"; };
  new MutationObserver(look).observe(box, { childList: true, characterData: true, subtree: true });
}"""


def apply(page: Page) -> None:
    page.evaluate(NOTE_RENDERING)
    page.locator("#prompt").get_by_role("button", name="Apply").click()
    page.wait_for_function("window.sawRendering")
    expect(page.locator("#prompt .apply")).to_have_text("Apply", timeout=60_000)
    expect(page.locator("#viewer .focus-viewer")).to_have_class(re.compile(r"\bmade\b"))


def position(page: Page) -> float:
    return float(page.locator("#viewer .focus-viewer").get_attribute("data-position") or "nan")


def height_on_page(part: Locator) -> float:
    return part.evaluate("node => node.getBoundingClientRect().top + scrollY")


def tap(canvas: Locator, place: tuple[float, float]) -> None:
    bounds = box_of(canvas)
    canvas.click(position={"x": bounds["width"] * place[0], "y": bounds["height"] * place[1]})


def taken(page: Page, folder: Path, kind: str = "png") -> Path:
    """What the viewer shows, as downloaded."""
    with page.expect_download() as download:
        page.locator(f"#download-{kind}").click()
    assert re.fullmatch(r"squares_(refocused\.png|focus_pull\.mp4)", download.value.suggested_filename)
    download.value.save_as(folder / download.value.suggested_filename)
    return folder / download.value.suggested_filename


def detail(path: Path, place: tuple[float, float]) -> float:
    """How much detail a downloaded picture shows around a place."""
    grey = np.asarray(Image.open(path).convert("L")).astype(float)
    x, y = round(place[0] * SIZE[0]), round(place[1] * SIZE[1])
    return float(np.abs(np.diff(grey[y - 20 : y + 20, x - 20 : x + 20])).mean())


def test_without_a_photo_nothing_can_be_asked(app: str, photos: Path, open_page: Callable[..., Page]) -> None:
    page = opened(open_page(app), photos)
    page.locator("#photo").get_by_role("button", name="Remove Image").click()
    expect(box(page)).to_be_disabled()
    expect(page.locator("#prompt").get_by_role("button", name="Apply")).to_be_disabled()
    expect(page.locator("#made .shelf")).to_be_hidden()


def test_what_is_understood_shows_while_typing(ready: Page) -> None:
    place = height_on_page(ready.locator("#download"))
    say(ready, "focus on the red square, f/1.4, heart bokeh, zorgle")
    for label in ("focus: red square", "f/1.4", "heart", "not understood: zorgle"):
        expect(chip(ready, label)).to_be_visible()
    expect(ready.locator("#prompt .found")).to_contain_text("Looked for red")
    expect(ready.locator("#viewer .outline")).to_be_visible()
    line = ready.locator("#viewer .outline .line").get_attribute("d") or ""
    x, y = np.array(re.findall(r"(\d+) (\d+)", line)).astype(float).T
    assert (x.min(), x.max()) == pytest.approx((83, 417), abs=30)
    assert (y.min(), y.max()) == pytest.approx((278, 722), abs=30)
    ready.wait_for_function("document.querySelector('#viewer .focus-viewer').dataset.position === '0.000'")
    assert height_on_page(ready.locator("#download")) == pytest.approx(place, abs=2)


def test_chips_can_be_taken_away_and_back(ready: Page) -> None:
    say(ready, "focus on the red square, f/1.4, zorgle")
    strength = chip(ready, "f/1.4")
    strength.click()
    expect(strength).to_have_attribute("aria-pressed", "false")
    strength.click()
    expect(strength).to_have_attribute("aria-pressed", "true")
    chip(ready, "not understood: zorgle").click()
    expect(chip(ready, "zorgle")).to_have_count(0)
    expect(box(ready)).to_have_value("focus on the red square, f/1.4")


def test_a_prompt_without_a_place_leaves_the_focus_where_it_is(ready: Page) -> None:
    ready.get_by_role("slider", name="Focus", exact=True).focus()
    ready.keyboard.press("End")
    say(ready, "hexagonal bokeh at f/1.4")
    expect(ready.locator("#prompt .found")).to_contain_text("Focused at position 8.0")
    apply(ready)
    assert position(ready) == 8.0
    expect(ready.locator("#viewer")).not_to_contain_text("tapped")
    say(ready, "focus on the red square, f/1.4")
    expect(ready.locator("#prompt .found")).to_contain_text("red")


def test_an_example_fills_the_box(ready: Page) -> None:
    ready.locator("#prompt").get_by_role("button", name="blur the background").click()
    expect(box(ready)).to_have_value("blur the background")
    expect(chip(ready, "focus: foreground")).to_be_visible()


def test_applied_it_is_shown_in_the_viewer_and_exported_as_seen(ready: Page, tmp_path: Path) -> None:
    say(ready, "focus on the red square, f/1.4")
    apply(ready)
    expect(ready.locator("#viewer .badge")).to_have_text("focus: red square · f/1.4")
    expect(ready.locator("#made .about")).to_contain_text("Looked for red")
    expect(ready.locator("#prompt .found")).to_have_text("")  # it is said once
    still = ready.locator("#viewer .still")
    expect(still).to_be_visible()
    expect(ready.locator("#viewer .outline")).to_be_hidden()
    picture = taken(ready, tmp_path)
    assert detail(picture, RED) > 2 * detail(picture, BLUE)
    ready.locator("#viewer .full").click()
    ready.wait_for_function("document.querySelector('#viewer .still').src.endsWith('still.webp')")
    expect(ready.locator("#viewer .badge")).to_have_text("focus: red square · f/1.4")


def test_pressed_the_picture_shows_the_photo_and_moved_the_stack(ready: Page) -> None:
    say(ready, "focus on the red square")
    apply(ready)
    still, badge = ready.locator("#viewer .still"), ready.locator("#viewer .badge")
    ready.locator("#viewer .stage").hover()
    ready.mouse.down()
    expect(badge).to_have_text("Original")
    expect(still).to_be_hidden()
    expect(ready.locator("#viewer .outline")).to_be_hidden()
    ready.mouse.up()
    expect(still).to_be_visible()
    ready.locator("#viewer .slider").press("End")
    expect(still).to_be_hidden()
    expect(badge).to_have_text("")
    ready.locator("#made button").click()
    expect(still).to_be_visible()


def test_a_tap_on_the_viewer_corrects_the_subject_and_new_words_outdo_it(ready: Page, tmp_path: Path) -> None:
    say(ready, "focus on the red square, f/1.4")
    tap(ready.locator("#viewer canvas.picture"), BLUE)
    expect(chip(ready, "focus: where you tapped")).to_be_visible()
    expect(chip(ready, "focus: red square")).to_have_attribute("aria-pressed", "false")
    outlined = "document.querySelector('#viewer .outline .line').getBoundingClientRect()"
    stage = box_of(ready.locator("#viewer canvas.picture"))
    ready.wait_for_function(f"{outlined}.left > {stage['x'] + stage['width'] / 2}")  # what was tapped, at the right
    assert ready.evaluate("document.querySelector('#viewer .outline').getAnimations().length") == 1  # it fades
    apply(ready)
    corrected = taken(ready, tmp_path)
    assert detail(corrected, BLUE) > 2 * detail(corrected, RED)
    say(ready, "focus on the background, f/1.4")
    expect(chip(ready, "focus: background")).to_have_attribute("aria-pressed", "true")
    expect(chip(ready, "focus: where you tapped")).to_have_count(0)


def test_a_tap_on_the_result_makes_it_again_and_nothing_is_lost(ready: Page, tmp_path: Path) -> None:
    say(ready, "focus on the red square, f/1.4, heart bokeh")
    apply(ready)
    say(ready, "everything sharp")
    apply(ready)
    made = ready.locator("#made button")
    expect(made).to_have_count(2)
    made.nth(1).click()
    expect(ready.locator("#viewer .badge")).to_contain_text("heart")
    expect(made.nth(1)).to_have_attribute("aria-pressed", "true")
    tap(ready.locator("#viewer .stage"), BLUE)
    expect(made).to_have_count(3, timeout=60_000)
    expect(ready.locator("#viewer .badge")).to_have_text("focus: where you tapped · f/1.4 · heart")
    expect(box(ready)).to_have_value("focus on the red square, f/1.4, heart bokeh")
    corrected = taken(ready, tmp_path)
    assert detail(corrected, BLUE) > 2 * detail(corrected, RED)


def test_a_focus_pull_is_a_video(ready: Page, tmp_path: Path) -> None:
    say(ready, "rack focus from the red square to the background")
    apply(ready)
    ready.wait_for_function("document.querySelector('#viewer video').currentTime > 0")
    ready.locator("#viewer .play").click()
    ready.wait_for_function("document.querySelector('#viewer video').paused")
    assert iio.immeta(taken(ready, tmp_path, "video"))["fps"] == 24
    ready.locator("#viewer .slider").press("Home")
    expect(ready.locator("#viewer video")).to_be_hidden()


def test_a_picture_of_another_photo_comes_back_with_its_stack(ready: Page, photos: Path, tmp_path: Path) -> None:
    say(ready, "focus on the red square, f/1.4")
    apply(ready)
    Image.open(photos / "squares.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    ready.locator("#photo").get_by_role("button", name="Remove Image").click()
    expect(box(ready)).to_be_disabled()
    ready.set_input_files("#photo input[type=file]", tmp_path / "mirrored.png")
    finished(ready)
    expect(ready.locator("#made .about")).to_be_hidden()
    ready.locator("#made button").click()
    expect(ready.locator("#viewer .badge")).to_have_text("focus: red square · f/1.4")
    expect(ready.locator("#photo img")).to_have_attribute("src", re.compile("squares"))
    picture = taken(ready, tmp_path)
    assert detail(picture, RED) > 2 * detail(picture, BLUE)


def test_another_photo_has_the_words_but_no_outline_of_the_last(ready: Page, photos: Path, tmp_path: Path) -> None:
    say(ready, "focus on the red square")
    expect(ready.locator("#viewer .outline")).to_be_visible()
    Image.open(photos / "squares.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    ready.locator("#photo").get_by_role("button", name="Remove Image").click()
    expect(box(ready)).to_be_disabled()
    ready.set_input_files("#photo input[type=file]", tmp_path / "mirrored.png")
    finished(ready)
    expect(chip(ready, "focus: red square")).to_be_visible()
    expect(ready.locator("#prompt .found")).to_contain_text("Looked for red")
    expect(ready.locator("#viewer .outline")).to_be_hidden()
    chip(ready, "focus: red square").click()
    chip(ready, "focus: red square").click()
    expect(ready.locator("#viewer .outline")).to_be_visible()


def test_another_photo_takes_the_box_away_until_its_stack_is_there(ready: Page, photos: Path) -> None:
    say(ready, "focus on the red square")
    ready.locator("#photo").get_by_role("button", name="Remove Image").click()
    expect(box(ready)).to_be_disabled()
    expect(box(ready)).to_have_value("focus on the red square")
    ready.set_input_files("#photo input[type=file]", photos / "squares.png")
    ready.wait_for_selector("#prompt [data-state=on]", timeout=120_000)
    expect(chip(ready, "focus: red square")).to_be_visible()


def test_on_a_phone_it_fits(app: str, photos: Path, open_page: Callable[..., Page]) -> None:
    page = opened(open_page(app, phone=True), photos)
    say(page, "focus on the red square on the left, f/1.4, heart-shaped bokeh, subtle blur, glowing lights")
    apply(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_programs_understand_and_render_prompts(app: str, photos: Path) -> None:
    client = Client(app, verbose=False)
    fields = client.predict("focus on the red square, f/1.4", api_name="/prompt")
    assert (fields["subject"], fields["f_number"], fields["blur"]) == ("red square", 1.4, None)
    photo, depth = (handle_file(photos / name) for name in ("squares.png", "depth.npy"))
    prompt = "focus on the red square, f/1.4"
    picture, details = client.predict(photo, prompt, depth=depth, api_name="/bokeh")
    assert detail(Path(picture), RED) > 2 * detail(Path(picture), BLUE)
    assert details["understood"]["subject"] == "red square"
    assert details["box"] == pytest.approx([20, 50, 100, 130], abs=8)
    assert json.dumps(details)
    picture, _ = client.predict(photo, prompt, depth=depth, x=180, y=90, api_name="/bokeh")
    assert detail(Path(picture), BLUE) > 2 * detail(Path(picture), RED)
    pull, _ = client.predict(photo, "from the red square to the background", depth=depth, api_name="/bokeh")
    assert iio.immeta(pull)["fps"] == 24


def mark_around(page: Page, place: tuple[float, float], half_width: float = 0.12) -> None:
    """Draw a line around a place of the viewer's picture."""
    page.locator("#viewer .mark").click()
    x, y = place
    corners = [
        (x - half_width, y - 0.15),
        (x + half_width, y - 0.15),
        (x + half_width, y + 0.15),
        (x - half_width, y + 0.15),
    ]
    draw(page, page.locator("#viewer .scene"), corners)


def test_a_marked_region_is_in_focus(ready: Page, tmp_path: Path) -> None:
    mark_around(ready, BLUE)
    expect(chip(ready, "focus: the region you marked")).to_be_visible()
    expect(ready.locator("#viewer .mark")).to_have_attribute("aria-pressed", "false")
    expect(ready.locator("#viewer .outline")).to_be_visible()
    ready.wait_for_function("document.querySelector('#viewer .focus-viewer').dataset.position === '4.000'")
    apply(ready)
    picture = taken(ready, tmp_path)
    assert detail(picture, BLUE) > 2 * detail(picture, RED)


def bring(page: Page, mask: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#focus-mask").click()
    chooser.value.set_files(mask)


def test_a_mask_can_be_brought(ready: Page, tmp_path: Path) -> None:
    mask = np.zeros(SIZE[::-1], np.uint8)
    Image.fromarray(mask).save(tmp_path / "empty.png")
    mask[60:120, 30:90] = 255
    Image.fromarray(mask).save(tmp_path / "red.png")
    Image.fromarray(mask[:, :120]).save(tmp_path / "half.png")
    for name, said in (("empty.png", "marks nothing"), ("half.png", "120x180 px and the photo 240x180 px")):
        bring(ready, tmp_path / name)
        expect(ready.locator(".error-beside", has_text=said)).to_be_visible()
    bring(ready, tmp_path / "red.png")
    expect(chip(ready, "focus: your mask")).to_be_visible()
    ready.wait_for_function("document.querySelector('#viewer .focus-viewer').dataset.position === '0.000'")
    apply(ready)
    picture = taken(ready, tmp_path)
    assert detail(picture, RED) > 2 * detail(picture, BLUE)
