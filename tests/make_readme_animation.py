"""Makes the README's picture of the app in use from the real app. Run: python -m tests.make_readme_animation"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw
from playwright.sync_api import FloatRect, Page, ViewportSize, sync_playwright

from tests.ui.chromium import start_chromium
from tests.ui.running_app import PROJECT, running_app
from tests.ui.steps import READY, box_of

TARGET = PROJECT / "assets" / "readme.webp"
MAX_BYTES = 2_000_000
PROMPT = "sharp background, f/2"
CHIPS = 2  # what is understood of it
DRUM = (0.52, 0.62)  # where it is in the first result, from the left and from the top
_VIEWPORT: ViewportSize = {"width": 1000, "height": 1200}
_MARGIN_PX = 16
_FRAME_MS, _PAUSE_MS = 80, 1000
_DRAG_FRAMES, _KEYS_PER_FRAME = 24, 1
_STILL_FRAMES = 8  # this many frames alike mean that all motion has ended
_MAX_FRAMES = 600  # far above what one step takes
_QUALITY = 75


class Recording:
    """Frames of a page whose clock stands still between them, so that a slow computer records a smooth animation."""

    def __init__(self, page: Page, left: float, right: float, bottom: float) -> None:
        """Stop the clock of `page`; record what is inside these borders, in CSS pixels."""
        self.page = page
        self._clip: FloatRect = {"x": round(left), "y": 0, "width": round(right - left), "height": round(bottom)}
        self._frames: list[Image.Image] = []
        self._durations_ms: list[int] = []
        self._pointer_at = ((left + right) / 2, bottom / 3)
        page.clock.pause_at(page.evaluate("Date.now() + 1000"))
        page.mouse.move(*self._pointer_at)

    def frame(self) -> bool:
        """Let one frame's time pass and record it; returns whether it differs from the one before."""
        self.page.clock.run_for(_FRAME_MS)
        with Image.open(io.BytesIO(self.page.screenshot(clip=self._clip))) as shot:
            picture = shot.convert("RGB")
        x, y = self._pointer_at
        picture.paste(_POINTER, (round(x - self._clip["x"]), round(y)), _POINTER)
        if self._frames and ImageChops.difference(picture, self._frames[-1]).getbbox() is None:
            return False
        self._frames.append(picture)
        self._durations_ms.append(_FRAME_MS)
        return True

    def until(self, done: Callable[[], bool]) -> None:
        """Record until `done`; waiting for the server adds no frames."""
        for _ in range(_MAX_FRAMES):
            if done():
                return
            self.frame()
        raise TimeoutError("The page did not come to what the animation waits for.")

    def until_still(self) -> None:
        """Record until nothing moves any more, and stay there for a moment."""
        unchanged = 0

        def is_still() -> bool:
            nonlocal unchanged
            unchanged = 0 if self.frame() else unchanged + 1
            return unchanged >= _STILL_FRAMES

        self.until(is_still)
        self._durations_ms[-1] += _PAUSE_MS

    def move(self, x: float, y: float, frames: int) -> None:
        """Move the pointer there, slowly at both ends."""
        from_x, from_y = self._pointer_at
        for frame in range(1, frames + 1):
            share = frame / frames
            eased = share * share * (3 - 2 * share)
            self._pointer_at = (from_x + (x - from_x) * eased, from_y + (y - from_y) * eased)
            self.page.mouse.move(*self._pointer_at)
            self.frame()

    def save(self, path: Path) -> None:
        """Write an animated WebP that repeats."""
        first, *others = self._frames
        first.save(
            path, save_all=True, append_images=others, duration=self._durations_ms, loop=0, quality=_QUALITY, method=6
        )


def record(page: Page) -> Recording:
    """Drag the focus from near to far, tap the drum, type a prompt."""
    desk, prompt = box_of(page.locator("#desk")), box_of(page.locator("#prompt"))
    recording = Recording(
        page,
        left=desk["x"] - _MARGIN_PX,
        right=desk["x"] + desk["width"] + _MARGIN_PX,
        bottom=prompt["y"] + prompt["height"] + _MARGIN_PX,
    )
    recording.until_still()

    slider = box_of(page.locator("#viewer .slider"))
    middle = slider["y"] + slider["height"] / 2
    thumb = slider["height"] / 2
    recording.move(slider["x"] + thumb, middle, 8)
    page.mouse.down()
    recording.move(slider["x"] + slider["width"] - thumb, middle, _DRAG_FRAMES)
    page.mouse.up()
    recording.until_still()

    picture = box_of(page.locator("#viewer canvas.picture"))
    recording.move(picture["x"] + picture["width"] * DRUM[0], picture["y"] + picture["height"] * DRUM[1], 8)
    page.mouse.down()
    page.mouse.up()
    recording.until_still()

    words = box_of(page.get_by_role("searchbox", name="Bokeh prompt"))
    recording.move(words["x"] + words["width"] * 0.7, words["y"] + words["height"] * 0.6, 8)
    page.mouse.down()
    page.mouse.up()
    for start in range(0, len(PROMPT), _KEYS_PER_FRAME):
        page.keyboard.type(PROMPT[start : start + _KEYS_PER_FRAME])
        recording.frame()
    recording.until(lambda: page.locator("#prompt .chips button").count() >= CHIPS)
    recording.until_still()
    return recording


def main() -> None:
    """Replace the picture, and print how large it is."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "log.txt") as url,
        sync_playwright() as playwright,
    ):
        browser = start_chromium(playwright)
        page = browser.new_page(viewport=_VIEWPORT)
        page.clock.install()
        page.goto(url)
        page.wait_for_selector(READY, timeout=120_000)
        page.wait_for_selector("#prompt [data-state=on]", timeout=120_000)
        recording = record(page)
        browser.close()
        made = Path(folder) / TARGET.name
        recording.save(made)
        size = made.stat().st_size
        if size > MAX_BYTES:
            raise SystemExit(f"The animation has {size:,} bytes; at most {MAX_BYTES:,} are wanted.")
        TARGET.write_bytes(made.read_bytes())
    print(f"{TARGET}: {size:,} bytes")


def _draw_pointer() -> Image.Image:
    """A mouse pointer, which screenshots leave out; its tip is the upper left corner."""
    scale, size = 8, 22
    outline = [(0, 0), (0, 17), (4, 13.5), (6.5, 19.5), (9, 18.4), (6.6, 12.6), (12, 12.4)]
    large = Image.new("RGBA", (size * scale, size * scale))
    points = [((x + 0.6) * scale, (y + 0.6) * scale) for x, y in outline]
    draw = ImageDraw.Draw(large)
    draw.polygon(points, fill="black")
    draw.line([*points, points[0]], fill="white", width=round(1.2 * scale), joint="curve")
    return large.resize((size, size), Image.Resampling.LANCZOS)


_POINTER = _draw_pointer()


if __name__ == "__main__":
    main()
