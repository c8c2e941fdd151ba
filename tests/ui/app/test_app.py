"""The real app in a real browser: a photo goes in, a focal stack comes out."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pillow_heif
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Page, expect

from tests.ui.running_app import PROJECT
from tests.ui.steps import READY, box_of, finished, next_frame, refocus_again, upload

pytestmark = pytest.mark.browser

POSITION = "Number(document.querySelector('#viewer .focus-viewer').dataset.position)"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small photos of the same scene: a bright textured square on a darker textured wall."""
    folder = tmp_path_factory.mktemp("photos")
    noise = np.random.default_rng(3).integers(0, 60, (180, 240, 1))
    rgb = np.broadcast_to(noise + np.array([40, 60, 90]), (180, 240, 3)).astype(np.uint8).copy()
    rgb[60:150, 80:160] += 100
    picture = Image.fromarray(rgb)
    picture.save(folder / "square.png")
    picture.transpose(Image.Transpose.ROTATE_90).save(folder / "upright.png")
    pillow_heif.from_pillow(picture).save(folder / "square.heic")
    picture.resize((4000, 3000)).save(folder / "large.jpg", quality=90)
    (folder / "broken.png").write_text("no picture at all")
    near = np.zeros((180, 240), np.float32)
    near[60:150, 80:160] = 1
    np.save(folder / "depth.npy", near)
    return folder


def detail(page: Page) -> float:
    """How much detail the middle of the picture shows now."""
    script = """(canvas) => {
      const [w, h] = [canvas.width, canvas.height];
      const data = canvas.getContext("2d").getImageData(w * 0.4, h * 0.4, w * 0.2, h * 0.3).data;
      let sum = 0, squares = 0, n = 0;
      for (let i = 0; i < data.length; i += 4) { sum += data[i]; squares += data[i] ** 2; n += 1; }
      return Math.sqrt(squares / n - (sum / n) ** 2);
    }"""
    return page.locator("#viewer canvas.picture").evaluate(script)


def test_a_photo_becomes_a_stack_to_refocus(app: str, photos: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.locator("#more").get_by_text("More").click()
    page.set_input_files("#depth-file input[type=file]", photos / "depth.npy")
    expect(page.locator("#depth-file")).to_contain_text("depth")
    upload(page, photos / "square.png")
    finished(page)
    expect(page.locator("#status")).to_contain_text("by Thin lens")
    expect(page.locator("#status")).to_contain_text(re.compile(r"in \d+\.\d s"))

    page.wait_for_selector("#video video")  # what the fold below shows comes last

    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    slider = page.locator("#viewer input[type=range]")
    slider.focus()
    slider.press("Home")
    next_frame(page)
    near = detail(page)
    slider.press("End")
    next_frame(page)
    assert near > 2 * detail(page)
    assert not [url for url in requests if "queue" not in url and "heartbeat" not in url]


def test_a_tap_focuses_what_was_tapped_and_play_sweeps(app: str, photos: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.locator("#more").get_by_text("More").click()
    page.set_input_files("#depth-file input[type=file]", photos / "depth.npy")
    expect(page.locator("#depth-file")).to_contain_text("depth")
    upload(page, photos / "square.png")
    finished(page)
    canvas = page.locator("#viewer canvas.picture")
    box = box_of(canvas)
    canvas.click(position={"x": box["width"] * 0.05, "y": box["height"] * 0.05})
    page.wait_for_function(f"Math.abs({POSITION} - 8) < 0.1")
    canvas.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.6})
    page.wait_for_function(f"{POSITION} < 0.1")
    next_frame(page)
    page.locator("#viewer").get_by_role("button", name="Play").click()
    page.wait_for_function(f"{POSITION} > 0.2")


def test_what_is_pressed_is_saved(app: str, photos: Path, open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(app)
    upload(page, photos / "square.png")
    finished(page)
    taken = {}
    for name in ("video", "jpg", "html", "details"):
        with page.expect_download() as download:
            page.locator(f"#download-{name}").click()
        taken[name] = tmp_path / download.value.suggested_filename
        download.value.save_as(taken[name])
        expect(page.locator(f"#download-{name}")).to_be_enabled()
    assert iio.immeta(taken["video"])["fps"] == 24
    with Image.open(taken["jpg"]) as picture:
        assert picture.size == (240, 180)
    assert taken["html"].name == "square_refocus.html"
    assert json.loads(taken["details"].read_text())["engine"] == "thin-lens"
    expect(page.locator("#notes")).to_contain_text("Depth")
    expect(page.locator("#disparity img").first).to_be_visible()
    page.wait_for_function("document.querySelector('#video video')?.videoWidth === 240")
    video = page.locator("#video video")
    video.scroll_into_view_if_needed()
    page.wait_for_function("!document.querySelector('#video video').paused")
    page.locator("#viewer").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("document.querySelector('#video video').paused")  # it would keep a core busy unseen
    video.scroll_into_view_if_needed()
    page.wait_for_function("!document.querySelector('#video video').paused")


def test_a_bad_file_gives_one_sentence_and_the_last_stack_stays(
    app: str, photos: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(app)
    upload(page, photos / "square.png")
    finished(page)
    before = page.locator("#status").inner_text()
    upload(page, photos / "broken.png")
    error = page.locator(".error-beside")
    expect(error).to_contain_text("broken.png")
    expect(error).not_to_contain_text("Traceback")
    expect(page.locator("#photo img")).to_have_attribute("src", re.compile("square"))  # as the viewer shows
    assert page.locator(READY).count() == 1
    expect(page.locator("#status")).to_contain_text(before.split(".")[0])
    expect(page.locator("#refocus")).to_be_visible()
    expect(page.locator("#stop")).to_be_hidden()


def test_on_a_phone_an_error_is_on_the_screen(app: str, photos: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app, phone=True)
    page.wait_for_selector("#download-video:not([disabled])")
    upload(page, photos / "broken.png")
    error = page.locator(".error-beside")
    expect(error).to_contain_text("broken.png")
    expect(error).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["square.heic", "large.jpg"])
def test_phone_photos_work(app: str, photos: Path, open_page: Callable[..., Page], name: str) -> None:
    page = open_page(app)
    upload(page, photos / name)
    finished(page)
    width = 1024 if name == "large.jpg" else 240
    expect(page.locator("#status")).to_contain_text(f"{width} ×")


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_nothing_sticks_out_and_the_settings_follow_the_picture(
    app: str, photos: Path, open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(app, phone=True, viewport={"width": width, "height": 844})
    upload(page, photos / "square.png")
    finished(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    panel = box_of(page.locator("#download .export"))
    for control in page.locator("#download :is(button, select)").all():
        box = box_of(control)
        assert panel["x"] < box["x"]
        assert box["x"] + box["width"] < panel["x"] + panel["width"]
    expect(page.locator("footer .divider").locator("visible=true")).to_have_count(0)  # gradio leaves one alone there
    parts = ("#viewer", "#refocus", "#prompt", "#photo", "#blur", "#download")
    tops = [box_of(page.locator(part))["y"] for part in parts]
    assert tops == sorted(tops)
    assert tops[1] + box_of(page.locator("#refocus"))["height"] < 844  # picture, slider and button on one screen


# Whether an element has had the same height for ten of the page's frames.
RESTS = """(selector) => {
    const { height } = document.querySelector(selector).getBoundingClientRect();
    window.frames_of_one_height = height === window.last_height ? window.frames_of_one_height + 1 : 0;
    window.last_height = height;
    return window.frames_of_one_height >= 10;
}"""


@pytest.mark.parametrize("phone", [False, True])
def test_the_picture_stays_prompt_notes_while_results_arrive(
    app: str, photos: Path, open_page: Callable[..., Page], phone: bool
) -> None:
    page = open_page(app, phone=phone)
    page.wait_for_selector("#download-video:not([disabled])")
    upload(page, photos / "square.png")
    page.wait_for_selector("#viewer .focus-viewer[data-state=waiting]")
    page.wait_for_selector("#photo img")
    page.wait_for_function(RESTS, arg="#viewer")  # the photo has taken the place of the example
    top = box_of(page.locator("#viewer"))["y"]
    waiting = [box_of(page.locator(part)) for part in ("#viewer", "#blur", "#prompt", "#download")]
    finished(page)
    assert [box_of(page.locator(part)) for part in ("#viewer", "#blur", "#prompt", "#download")] == waiting
    assert waiting[0]["y"] == top


def test_an_example_is_one_tap_away(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.get_by_role("button", name="A cup of coffee on a table").click()
    finished(page)
    expect(page.locator("#status")).to_contain_text("600 × 400")


def test_other_settings_make_another_stack_without_looking_for_depth_again(
    app: str, photos: Path, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(app)
    upload(page, photos / "square.png")
    finished(page)
    page.locator("#more").get_by_text("More").click()
    page.locator("#frames input[type=number]").fill("3")
    page.locator("#frames input[type=number]").press("Tab")
    expect(page.locator("#frames input[type=range]")).to_have_value("3")
    page.locator("#refocus").click()
    expect(page.locator("#status")).to_contain_text("3 frames", timeout=60_000)
    expect(page.locator("#viewer")).to_contain_text("of 3")


def test_taking_the_photo_away_empties_the_viewer(app: str, photos: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    upload(page, photos / "square.png")
    finished(page)
    page.locator("#photo").get_by_role("button", name="Remove Image").click()
    page.wait_for_selector("#viewer .focus-viewer[data-state=empty]")
    expect(page.locator("#status")).to_contain_text("Open a photo")


def test_the_page_opens_with_a_result_that_works(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{app}/?blur=0.35&frames=many")
    page.wait_for_selector(READY)
    expect(page.locator("#status")).to_contain_text("This is an example")
    page.wait_for_selector("#prompt [data-state=on]")
    expect(page.locator("#blur input[type=number]")).to_have_value("0.6")  # what makes no sense spoils the link
    page.locator("#viewer .full").click()
    page.wait_for_selector("#viewer .still", state="visible", timeout=120_000)
    assert page.locator("#viewer .still").evaluate("still => still.complete && still.naturalHeight") in (
        1024,
        1600,
        True,
    )


def test_a_link_carries_settings(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{app}/?blur=0.35")
    page.wait_for_selector("#download-video:not([disabled])")
    expect(page.locator("#blur input[type=number]")).to_have_value("0.35")
    page.locator("#blur input[type=number]").fill("0.8")
    page.locator("#blur input[type=number]").press("Tab")
    page.locator("#copy-link").click()
    page.wait_for_url("**/?blur=0.8")


def test_a_second_photo_keeps_the_first_and_a_stop_brings_it_back(
    app: str, photos: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(app)
    page.wait_for_selector("#download-video:not([disabled])")
    upload(page, photos / "square.png")
    finished(page)
    assert page.locator("#shelf button").count() == 2
    page.locator("#shelf button").nth(1).click()
    expect(page.locator("#status")).to_contain_text("× 1024 px", timeout=20_000)
    page.locator("#shelf button").nth(0).click()
    expect(page.locator("#status")).to_contain_text("240 ×", timeout=20_000)
    upload(page, photos / "large.jpg")
    page.locator("#stop").click()  # perhaps before the work has begun
    expect(page.locator("#status")).to_contain_text("Stopped.")
    page.wait_for_selector(READY)
    page.wait_for_selector("#refocus", state="visible")
    assert page.locator("#viewer canvas.picture").evaluate("canvas => canvas.width") == 240


def test_the_example_for_programs_works(app: str, photos: Path, tmp_path: Path) -> None:
    document = (PROJECT / "refocus/docs/programs.md").read_text("utf-8")
    code = re.search(r"## HTTP API.*?```python\n(.*?)```", document, re.DOTALL)
    assert code is not None
    told = code[1].replace("http://127.0.0.1:7860", app).replace("cat.jpg", str(photos / "square.png"))
    assert told.count(app) == 1
    script = tmp_path / "example.py"
    script.write_text(told, "utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "thin-lens" in done.stdout


def test_from_start_to_download_by_keyboard_alone(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app, reduced_motion="reduce")
    page.wait_for_selector("#download-video:not([disabled])")

    def go_to(selector: str) -> None:
        for _ in range(80):
            if page.evaluate("chosen => document.activeElement.matches(chosen)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {selector}")

    go_to("#examples button[data-name=coffee]")
    page.keyboard.press("Enter")
    finished(page)
    go_to("#viewer input[type=range]")
    page.keyboard.press("End")
    expect(page.locator("#viewer input[type=range]")).to_have_attribute("aria-valuetext", "Frame 9 of 9, farthest")
    go_to("#download-details")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "coffee_settings.json"
    expect(page.locator("#download .message")).to_contain_text("coffee_settings.json")
    expect(page.locator("#download-details")).to_be_focused()  # the keyboard's place is kept


def test_what_a_screen_reader_is_told(app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    page.wait_for_selector("#download-video:not([disabled])")
    told = page.locator("body").aria_snapshot()
    for line in (
        'heading "Refocus" [level=1]',
        'group "Focus viewer"',
        'slider "Focus"',
        'button "Play"',
        'button "A cup of coffee on a table"',
        'heading "Download" [level=2]',
        'combobox "Focus motion"',
        'button "Refocus"',
    ):
        assert line in told, line
    assert "button:" not in told  # a button without a name
    assert "Drop Image Here" in page.get_by_role("button", name="Click to Upload").inner_text()  # named as it reads


def test_programs_get_the_same_through_the_api(app: str, photos: Path) -> None:
    client = Client(app, verbose=False)
    assert set(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == {
        "/refocus",
        "/prompt",
        "/bokeh",
        "/compare",
    }
    video, frames_zip, details = client.predict(handle_file(photos / "square.png"), frames=3, api_name="/refocus")
    assert iio.immeta(video)["fps"] == 24
    with zipfile.ZipFile(frames_zip) as archive:
        assert "frame_02.png" in archive.namelist()
    assert details["engine"] == "thin-lens"
    assert details["request"]["frames"] == 3


def test_a_photo_of_a_kind_browsers_do_not_show_is_shown_all_the_same(
    app: str, photos: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(app)
    upload(page, photos / "square.heic")
    finished(page)
    assert page.locator("#photo img").first.evaluate("picture => picture.naturalWidth") == 240
    refocus_again(page)
    with page.expect_download() as download:
        page.locator("#download-details").click()
    assert download.value.suggested_filename == "square_settings.json"


def test_a_photo_dropped_beside_the_control_is_taken_too(
    app: str, photos: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page(app)
    page.wait_for_selector("#photo input[type=file]", state="attached")
    drop = """async ([selector, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
      const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data });
      document.querySelector(selector).dispatchEvent(event);
    }"""
    page.evaluate(drop, ["#viewer", list((photos / "square.png").read_bytes())])
    finished(page)
    page.evaluate(drop, ["#viewer", list((photos / "upright.png").read_bytes())])
    expect(page.locator("#status")).to_contain_text("180 × 240", timeout=60_000)
