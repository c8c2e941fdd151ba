"""The focus viewer in a real browser: what a person sees and does."""

import base64
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client
from PIL import Image
from playwright.sync_api import Page, Route, expect

from refocus.core import Disparity, FocalStack, stack_focus_disparity
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.optics import render_focus
from refocus.ui.viewer.focus_viewer import FocusView, FocusViewer, draft_value, photo_value, viewer_value, with_still
from refocus.ui.viewer.preview_look import PreviewLook
from tests.ui.steps import box_of, next_frame

pytestmark = pytest.mark.browser

# One plain colour a frame, so that a pixel tells which frame is shown.
COLOURS = np.array([[200, 40, 40], [40, 160, 60], [40, 60, 200], [190, 180, 40], [30, 30, 30]], np.uint8)
PHOTO_COLOUR = (120, 120, 120)
LAST = len(COLOURS) - 1
HOSTILE = "<img src=x onerror=alert(1)> ${1+1} {{value}}"
READY = ".focus-viewer[data-ready=true]"


LOOK = PreviewLook(blur=0.5, blur_span=0.06, aperture="circle")
HALVES = np.repeat(np.where(np.arange(600) < 300, 255, 0)[None, :, None], 400, 0).repeat(3, 2).astype(np.uint8)
TEXTURE = np.asarray(
    Image.fromarray(np.random.default_rng(5).integers(60, 196, (25, 38)).astype(np.uint8))
    .resize((600, 400))
    .convert("RGB")
)
NEAR_IN_THE_MIDDLE = np.zeros((400, 600), np.float32)
NEAR_IN_THE_MIDDLE[100:300, 200:400] = 1


def _bands(width: int, height: int, focus_disparity: np.ndarray) -> Disparity:
    bands = np.repeat(focus_disparity, width // len(focus_disparity))
    return Disparity(np.tile(bands, (height, 1)), metric=False, source="test")


def _draft(folder: Path) -> FocusView:
    """The photo is white left of the middle and black right of it, within the middle band."""
    focus = stack_focus_disparity(1.0, 0.0, len(COLOURS))
    return draft_value(HALVES, _bands(600, 400, focus), focus, folder, 2.0, look=LOOK, subject="face", scene="same")


def _textured(folder: Path) -> FocusView:
    focus = stack_focus_disparity(1.0, 0.0, len(COLOURS))
    disparity = Disparity(NEAR_IN_THE_MIDDLE, metric=False, source="test")
    return draft_value(TEXTURE, disparity, focus, folder, 2.0, look=LOOK)


def _view(folder: Path, colours: np.ndarray = COLOURS, width: int = 600, height: int = 400, **given: Any) -> FocusView:
    """Five bands from left (near) to right (far), each sharp in its own frame."""
    frames = np.broadcast_to(colours[:, None, None, :], (len(colours), height, width, 3)).copy()
    stack = FocalStack(frames, stack_focus_disparity(1.0, 0.0, len(colours)))
    disparity = _bands(width, height, stack.focus_disparity)
    photo = np.full((height, width, 3), PHOTO_COLOUR, np.uint8)
    return viewer_value(stack, disparity, folder, 0.0, photo_srgb=photo, description=HOSTILE, **given)


@dataclass
class App:
    """A running page with one viewer, and what its handler heard."""

    url: str
    heard: list[dict] = field(default_factory=list)

    def last_heard(self) -> dict:
        """The newest focus event; waits for one."""
        deadline = time.monotonic() + 10
        while not self.heard and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.heard[-1]


def count_frames(view: FocusView) -> int:
    """Stands for a handler that takes the viewer as its input."""
    return sum(Path(file.path).is_file() for file in view.frames)


@pytest.fixture(scope="module")
def app(serve_for_module: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> App:
    folder = tmp_path_factory.mktemp("viewer")
    view = _view(folder / "first")
    second = _view(folder / "second", COLOURS[::-1], 400, 600)
    still = with_still(view, np.full((800, 1200, 3), 250, np.uint8), 2.0, folder / "first")
    draft, looked = _draft(folder / "draft"), _view(folder / "looked", scene="same", look=LOOK)
    textured = _textured(folder / "textured")
    waiting = photo_value(np.full((400, 600, 3), PHOTO_COLOUR, np.uint8), folder / "third")
    values = {
        "second": second,
        "still": still,
        "waiting": waiting,
        "draft": draft,
        "textured": textured,
        "looked": looked,
        "none": None,
    }
    running = App("")
    with gr.Blocks() as demo:
        viewer = FocusViewer(view, elem_id="viewer")
        for name, value in values.items():
            gr.Button(name, elem_id=name).click(lambda value=value: value, outputs=viewer, api_name=name)
        number = gr.Number(elem_id="number")
        gr.Button("count", elem_id="count").click(count_frames, viewer, number)
        gr.Button("mark", elem_id="mark").click(lambda: FocusViewer(elem_classes="marked"), outputs=viewer)

        def hear(event: gr.EventData) -> None:
            running.heard.append({"x": event.x, "y": event.y, "position": event.position})

        outlines = {"first": ("M0 0L500 0L500 500Z", 1), "second": ("", 2), "mask": ("M0 0L9 0L9 9Z", None)}
        for name, (path, asked) in outlines.items():
            belongs = {"scene": "same"} if asked is None else {"scene": "same", "asked": asked}
            found = {"outline": {"path": path, **belongs}, "pull": {"position": float(asked or 3), **belongs}}
            gr.Button(name, elem_id=f"found-{name}").click(lambda found=found: FocusViewer(**found), outputs=viewer)

        viewer.focus(hear, show_progress="hidden", api_visibility="private")
    running.url = serve_for_module(demo)
    return running


@pytest.fixture
def page(app: App, open_page: Callable[..., Page]) -> Page:
    page = open_page(app.url)
    page.wait_for_selector(READY)
    app.heard.clear()
    return page


def pixel(page: Page, u: float = 0.5, v: float = 0.5) -> list[int]:
    return page.evaluate(
        """([u, v]) => {
            const canvas = document.querySelector(".picture");
            const at = [Math.floor(u * canvas.width), Math.floor(v * canvas.height)];
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
        }""",
        [u, v],
    )


def shows(page: Page, colour: np.ndarray | tuple[int, ...]) -> None:
    """Wait until the picture has this colour, but for the loss in compression."""
    for _ in range(100):
        if np.abs(np.subtract(pixel(page), colour, dtype=float)).max() <= 4:
            return
        page.wait_for_timeout(20)
    assert pixel(page) == pytest.approx(list(colour), abs=4)


def position(page: Page) -> float:
    return float(page.locator(".focus-viewer").get_attribute("data-position") or "nan")


def rests_at(page: Page, wanted: float) -> None:
    expect(page.locator(".focus-viewer")).to_have_attribute("data-position", f"{wanted:.3f}")


def zoom_rests(page: Page) -> None:
    """Wait until the scene has glided to its place."""
    page.locator(".scene").evaluate("e => Promise.all(e.getAnimations().map((animation) => animation.finished))")


def tap(page: Page, u: float, v: float = 0.5, **options: Any) -> None:
    box, stage = box_of(page.locator(".scene")), box_of(page.locator(".stage"))
    page.locator(".stage").click(
        position={
            "x": box["x"] + u * box["width"] - stage["x"],
            "y": box["y"] + v * box["height"] - stage["y"],
        },
        **options,
    )


def drag_slider(page: Page, fractions: list[float]) -> None:
    """Press the knob and pull it over these places of its way, without letting go."""
    box = box_of(page.locator(".slider"))
    knob = 22
    start = position(page) / LAST
    for i, fraction in enumerate([start, *fractions]):
        page.mouse.move(box["x"] + knob / 2 + fraction * (box["width"] - knob), box["y"] + 37)
        if i == 0:
            page.mouse.down()


def test_it_opens_at_the_value_s_position_and_shape(page: Page) -> None:
    shows(page, COLOURS[0])
    rests_at(page, 0)
    box = box_of(page.locator(".picture"))
    assert box["width"] / box["height"] == pytest.approx(1.5, abs=0.01)


def test_dragging_shows_each_frame_and_blends_between(page: Page) -> None:
    drag_slider(page, [0.25])
    shows(page, COLOURS[1])
    drag_slider(page, [1.0])
    shows(page, COLOURS[4])
    drag_slider(page, [0.625])
    page.mouse.up()
    t = position(page) - 2
    assert 0.4 < t < 0.6
    shows(page, (1 - t) * COLOURS[2] + t * COLOURS[3])


def test_dragging_asks_the_server_for_nothing_and_resting_tells_it_once(page: Page, app: App) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.clock.install()
    drag_slider(page, list(np.linspace(0, 1, 60)))
    page.clock.run_for(5000)
    assert requests == []
    page.mouse.up()
    assert app.last_heard() == {"x": None, "y": None, "position": 4.0}
    page.clock.run_for(5000)
    page.locator("#count").click()  # what was sent before it has been heard when its answer is there
    expect(page.locator("#number input")).to_have_value("5")
    assert len(app.heard) == 1


def test_a_tap_focuses_on_what_is_there(page: Page, app: App) -> None:
    for band in (4, 1, 2, 0, 3):
        app.heard.clear()
        u = (band + 0.5) / len(COLOURS)
        tap(page, u, 0.25)
        rests_at(page, band)
        shows(page, COLOURS[band])
        heard = app.last_heard()
        assert (heard["x"], heard["y"], heard["position"]) == pytest.approx((u, 0.25, band), abs=0.005)


def test_a_tap_moves_the_picture_within_one_frame(page: Page) -> None:
    before = pixel(page)
    after = page.evaluate(
        """() => new Promise((resolve) => {
            const stage = document.querySelector(".stage");
            const box = stage.getBoundingClientRect();
            const at = { clientX: box.x + box.width * 0.9, clientY: box.y + 50, pointerId: 1, bubbles: true };
            stage.setPointerCapture = () => {};
            stage.dispatchEvent(new PointerEvent("pointerdown", at));
            stage.dispatchEvent(new PointerEvent("pointerup", at));
            requestAnimationFrame(() => {
                const canvas = document.querySelector(".picture");
                resolve([...canvas.getContext("2d").getImageData(5, 5, 1, 1).data].slice(0, 3));
            });
        })"""
    )
    assert after != before


def test_keys_move_by_planes_and_tenths(page: Page, app: App) -> None:
    page.locator(".slider").focus()
    for key, wanted in [
        ("ArrowRight", 1.0),
        ("ArrowUp", 2.0),
        ("Shift+ArrowRight", 2.1),
        ("ArrowRight", 3.0),
        ("Shift+ArrowLeft", 2.9),
        ("ArrowDown", 2.0),
        ("End", 4.0),
        ("ArrowRight", 4.0),
        ("Home", 0.0),
    ]:
        app.heard.clear()
        page.keyboard.press(key)
        rests_at(page, wanted)
    assert app.last_heard()["position"] == 0.0


def test_space_plays_near_to_far_and_back_and_stops(page: Page, app: App) -> None:
    page.locator(".slider").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    at = "Number(document.querySelector('.focus-viewer').dataset.position)"
    page.wait_for_function(f"{at} > 3.8")  # however slow the machine is, it gets to the far end
    page.wait_for_function(f"{at} < 0.5")  # and back
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    stopped = position(page)
    next_frame(page)
    assert position(page) == stopped
    assert app.last_heard()["position"] == pytest.approx(stopped, abs=0.001)


def test_press_and_hold_shows_the_photo_until_let_go(page: Page, app: App) -> None:
    page.locator(".picture").hover(position={"x": 500, "y": 50})
    page.mouse.down()
    shows(page, PHOTO_COLOUR)
    expect(page.locator(".badge")).to_have_text("Original")
    page.mouse.up()
    shows(page, COLOURS[0])
    rests_at(page, 0)
    assert app.heard == []


def test_original_gives_way_when_the_focus_moves(page: Page) -> None:
    button = page.get_by_role("button", name="Original")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    shows(page, PHOTO_COLOUR)
    page.locator(".slider").press("End")
    expect(button).to_have_attribute("aria-pressed", "false")
    shows(page, COLOURS[4])


def overlay_alpha(page: Page, u: float) -> int:
    return page.evaluate(
        """(u) => {
            const canvas = document.querySelector(".overlay");
            const [x, y] = [Math.floor(u * canvas.width), Math.floor(canvas.height / 2)];
            return canvas.getContext("2d").getImageData(x, y, 1, 1).data[3];
        }""",
        u,
    )


def test_depth_lets_the_plane_in_focus_shine_through(page: Page) -> None:
    page.get_by_role("button", name="Depth").click()
    expect(page.locator(".overlay")).to_be_visible()
    assert overlay_alpha(page, 0.1) < 100 < 200 < overlay_alpha(page, 0.9)
    page.locator(".slider").press("End")
    rests_at(page, 4)
    assert overlay_alpha(page, 0.9) < 100 < 200 < overlay_alpha(page, 0.1)
    page.get_by_role("button", name="Depth").click()
    expect(page.locator(".overlay")).to_be_hidden()


def test_peaking_marks_edges_in_the_plane_in_focus(page: Page) -> None:
    page.locator(".slider").press("ArrowRight")
    page.get_by_role("button", name="Peaking").click()
    expect(page.locator(".overlay")).to_be_visible()
    assert overlay_alpha(page, 0.1) == 0  # another plane
    assert overlay_alpha(page, 0.3) == 0  # plain colour in focus
    assert max(overlay_alpha(page, 0.2), overlay_alpha(page, 0.204)) > 200  # its edge


def test_zoom_keeps_taps_on_their_pixels(page: Page) -> None:
    tap(page, 0.3)
    rests_at(page, 1)
    page.get_by_role("button", name="Zoom").click()
    expect(page.locator(".stage")).to_have_class("stage zoomed")
    zoom_rests(page)
    stage, scene = box_of(page.locator(".stage")), box_of(page.locator(".scene"))
    assert scene["width"] > 2 * stage["height"]
    centre = (stage["x"] + 40 - scene["x"]) / scene["width"]
    page.locator(".stage").click(position={"x": 40, "y": 60})
    rests_at(page, int(centre * len(COLOURS)))
    page.get_by_role("button", name="Fit").click()
    zoom_rests(page)
    assert box_of(page.locator(".scene"))["height"] == pytest.approx(stage["height"], abs=1)


def test_double_click_and_wheel_zoom_but_a_plain_wheel_scrolls(page: Page) -> None:
    page.locator(".stage").hover()
    page.mouse.wheel(0, -200)
    expect(page.locator(".stage")).to_have_class("stage")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(page.locator(".stage")).to_have_class("stage zoomed")
    page.keyboard.press("Tab")
    page.locator(".slider").press("0")
    expect(page.locator(".stage")).to_have_class("stage")
    zoom_rests(page)
    page.locator(".stage").dblclick(position={"x": 500, "y": 100})
    expect(page.locator(".stage")).to_have_class("stage zoomed")


def test_a_new_value_replaces_the_old_and_frees_its_bitmaps(app: App, open_page: Callable[..., Page]) -> None:
    page = open_page(app.url)
    page.wait_for_selector(READY)
    page.evaluate(
        """() => {
            window.freed = 0;
            const close = ImageBitmap.prototype.close;
            ImageBitmap.prototype.close = function () { window.freed++; close.call(this); };
        }"""
    )
    page.locator("#second").click()
    shows(page, COLOURS[4])
    page.wait_for_selector(READY)
    assert page.evaluate("document.querySelector('.picture').height") == 600
    page.wait_for_function("window.freed === 7")  # five frames, the photo and the map
    page.locator("#none").click()
    expect(page.get_by_text("Its focus becomes a slider.")).to_be_visible()
    expect(page.locator(".slider")).to_be_disabled()
    page.wait_for_function("window.freed === 14")


def test_a_still_is_shown_in_its_place_only_and_loads_no_frame_again(page: Page) -> None:
    page.locator(".slider").press("ArrowRight")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.locator("#still").click()
    page.wait_for_function("document.querySelector('.still').naturalWidth === 1200")
    rests_at(page, 1)
    expect(page.locator(".still")).to_be_hidden()
    page.locator(".slider").press("ArrowRight")
    expect(page.locator(".still")).to_be_visible()
    page.locator(".slider").press("ArrowRight")
    expect(page.locator(".still")).to_be_hidden()
    assert [url for url in requests if "focus_" in url] == []


def test_while_the_stack_is_made_the_photo_is_shown(page: Page) -> None:
    page.locator("#waiting").click()
    shows(page, PHOTO_COLOUR)
    expect(page.locator(".focus-viewer")).to_have_attribute("data-state", "waiting")
    expect(page.locator(".slider")).to_be_disabled()
    expect(page.get_by_role("button", name="Play")).to_be_disabled()


def test_screen_readers_hear_names_and_values(page: Page) -> None:
    page.locator(".slider").press("ArrowRight")
    expect(page.locator(".slider")).to_have_attribute("aria-valuetext", "Frame 2 of 5, nearer third")
    expect(page.locator("#viewer")).to_match_aria_snapshot(
        """
        - group "Focus viewer":
          - img /.+/
          - button "Play"
          - slider "Focus"
          - button "Original"
          - button "Depth"
          - button "Peaking"
          - button "Zoom"
        """
    )


def test_words_of_the_user_stay_words(page: Page) -> None:
    expect(page.locator(".picture")).to_have_attribute("aria-label", HOSTILE)
    assert page.locator("#viewer img[src=x]").count() == 0


def test_a_lost_frame_is_said_and_the_rest_stays_usable(app: App, open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank", expected="404")
    page.route("**/focus_02.webp", lambda route: route.fulfill(status=404))
    page.goto(app.url, wait_until="domcontentloaded")
    expect(page.locator(".badge")).to_have_text("The pictures could not be loaded. Reload the page to try again.")
    page.locator(".slider").press("End")
    shows(page, COLOURS[4])


def test_programs_get_the_frames_as_files(app: App) -> None:
    view = Client(app.url, verbose=False).predict(api_name="/second")
    first = np.asarray(Image.open(view["frames"][0]))
    assert first.shape == (600, 400, 3)
    assert first.mean((0, 1)) == pytest.approx(COLOURS[4], abs=4)
    assert (len(view["frames"]), view["position"]) == (5, 0.0)


def test_as_an_input_it_gives_its_files(page: Page) -> None:
    page.locator("#count").click()
    expect(page.locator("#number input")).to_have_value("5")


def test_other_settings_change_without_touching_the_view(page: Page) -> None:
    page.locator(".slider").press("End")
    page.locator("#mark").click()
    expect(page.locator("#viewer")).to_have_class(re.compile("marked"))
    shows(page, COLOURS[4])
    page.locator(".slider").press("Home")
    shows(page, COLOURS[0])


def test_reduced_motion_jumps_to_the_focus(app: App, open_page: Callable[..., Page]) -> None:
    page = open_page(app.url, reduced_motion="reduce")
    page.wait_for_selector(READY)
    tap(page, 0.9)
    frames = page.evaluate(
        """() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() =>
            resolve(document.querySelector(".focus-viewer").dataset.position))))"""
    )
    assert frames == "4.000"


def test_on_a_phone_everything_fits_and_fingers_work(app: App, open_page: Callable[..., Page]) -> None:
    page = open_page(app.url, phone=True)
    page.wait_for_selector(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.locator(".focus-viewer button:visible").all():
        assert box_of(button)["height"] >= 40
        assert box_of(button)["width"] >= 40
    box = box_of(page.locator(".picture"))
    page.touchscreen.tap(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"])
    rests_at(page, 3)
    shows(page, COLOURS[3])


def test_pinching_zooms_where_the_fingers_are(app: App, open_page: Callable[..., Page]) -> None:
    page = open_page(app.url, phone=True)
    page.wait_for_selector(READY)
    box = box_of(page.locator(".picture"))
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})

    fingers("touchStart", (x - 20, y), (x + 20, y))
    for spread in (30, 40, 50, 60):
        fingers("touchMove", (x - spread, y), (x + spread, y))
    fingers("touchEnd")
    zoomed = box_of(page.locator(".scene"))
    assert zoomed["width"] == pytest.approx(3 * box["width"], rel=0.02)
    assert zoomed["x"] + zoomed["width"] / 2 == pytest.approx(x, abs=2)
    rests_at(page, 0)


def previewed(page: Page, **look: Any) -> None:
    """Wait until the preview of this look is there, in the size of the picture."""
    page.wait_for_function(
        """(wanted) => {
            const drawn = JSON.parse(document.querySelector(".preview").dataset.look || "{}");
            return drawn.size === "fine" && Object.entries(wanted).every(([key, value]) => drawn[key] === value);
        }""",
        arg=look,
    )


def preview_pixels(page: Page) -> np.ndarray:
    """The preview, (height, width, 3) uint8."""
    address = page.locator(".preview").evaluate("canvas => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))


def final_pixels(photo_srgb: np.ndarray, disparity: np.ndarray, position: float) -> np.ndarray:
    """What the preview stands for: the same, rendered by optics."""
    frame = render_focus(
        srgb_to_linear(photo_srgb),
        disparity,
        focus_disparity=1 - position / LAST,
        coc_px_per_disparity=LOOK.blur * LOOK.blur_span * 600,
    )
    return linear_to_srgb8(frame)


def edge_diameter_px(picture: np.ndarray) -> float:
    """Diameter of the disc that blurs the edge in the middle: its light's slope has a variance of diameter² / 16."""
    light = srgb_to_linear(picture[200, 280:320, 0])
    slope = np.abs(np.diff(light))
    where = np.arange(len(slope))
    middle = np.average(where, weights=slope)
    return float(4 * np.sqrt(np.average((where - middle) ** 2, weights=slope)))


def look(page: Page, **wanted: Any) -> None:
    """What the controls of the page do."""
    page.evaluate("(look) => refocus.tellLook(look)", wanted)


def test_before_there_are_frames_the_browser_refocuses_a_draft(page: Page) -> None:
    page.locator("#draft").click()
    expect(page.locator(".badge")).to_have_text("Draft")
    expect(page.locator(".subject")).to_have_text("face")
    rests_at(page, 2)
    previewed(page, position=2)
    assert edge_diameter_px(preview_pixels(page)) < 2.5
    photo, bands = HALVES, _bands(600, 400, stack_focus_disparity(1.0, 0.0, len(COLOURS))).values
    for key, at in (("Home", 0), ("ArrowRight", 1), ("End", LAST)):
        page.locator(".slider").press(key)
        previewed(page, position=at)
        final = edge_diameter_px(final_pixels(photo, bands, at))
        assert edge_diameter_px(preview_pixels(page)) == pytest.approx(final, rel=0.1)


def test_a_preview_gives_way_to_the_final_picture_without_a_jump(page: Page) -> None:
    page.locator("#textured").click()
    expect(page.locator(".badge")).to_have_text("Draft")
    rests_at(page, 2)  # a key before would be undone by the draft's own start
    for key, at in (("Home", 0), ("End", LAST)):
        page.locator(".slider").press(key)
        previewed(page, position=at)
        blurred = at / LAST == NEAR_IN_THE_MIDDLE
        final = final_pixels(TEXTURE, NEAR_IN_THE_MIDDLE, at)[blurred].astype(float)
        away = preview_pixels(page)[blurred] - final
        assert abs(away.mean()) <= 2
        assert np.abs(away).mean() <= 2 < 4 < np.abs(TEXTURE[blurred] - final).mean()


def test_another_look_is_previewed_and_the_slider_stays_when_its_frames_come(page: Page) -> None:
    page.locator("#draft").click()
    expect(page.locator(".badge")).to_have_text("Draft")
    rests_at(page, 2)
    page.locator(".slider").press("End")
    rests_at(page, LAST)
    page.locator("#looked").click()
    page.wait_for_selector(READY)
    rests_at(page, LAST)
    expect(page.locator(".preview")).to_be_hidden()
    look(page, blur=1, aperture="heart")
    previewed(page, blur=1, aperture="heart", position=LAST)
    expect(page.locator(".badge")).to_have_text("Preview")
    expect(page.locator(".preview")).to_be_visible()
    look(page, blur=0.5, aperture="circle")
    expect(page.locator(".preview")).to_be_hidden()
    expect(page.locator(".badge")).to_have_text("")


def test_the_view_that_is_shown_can_be_chosen_again_while_another_is_being_loaded_in_its_place(page: Page) -> None:
    page.locator("#looked").click()
    expect(page.locator(".preview")).to_be_hidden()
    page.wait_for_selector(READY)
    page.locator(".slider").press("End")
    shows(page, COLOURS[LAST])
    held: list[Route] = []
    page.route(re.compile("/file="), lambda route: held.append(route))
    page.locator("#draft").click()
    page.wait_for_selector(".focus-viewer[data-ready=false]")
    page.locator("#looked").click()  # as after a Stop
    page.wait_for_selector(READY)
    for route in held:
        route.continue_()
    page.wait_for_timeout(300)
    page.wait_for_selector(READY)
    expect(page.locator(".badge")).to_have_text("")
    shows(page, COLOURS[LAST])


def test_of_answers_that_come_in_another_order_the_latest_question_counts(page: Page) -> None:
    page.locator("#looked").click()
    rests_at(page, 0)
    for found in ("second", "first"):
        page.locator(f"#found-{found}").click()
        rests_at(page, 2)
    page.wait_for_timeout(300)
    rests_at(page, 2)
    expect(page.locator(".outline")).to_be_hidden()
    page.locator("#found-mask").click()  # without a number it is no answer to a prompt
    rests_at(page, 3)
    expect(page.locator(".outline")).to_be_visible()
    page.locator("#found-second").click()
    rests_at(page, 2)
    expect(page.locator(".outline")).to_be_hidden()
