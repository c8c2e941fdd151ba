"""What users and files are called is text on the page: no part of it becomes an element, no request leaves the page."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from refocus.ui.security.shown_text import as_markdown, failure, inform
from tests.evaluate.pictures import textured
from tests.ui.steps import READY

pytestmark = pytest.mark.browser

ELSEWHERE = "http://elsewhere.test"
PICTURE = f"<img src={ELSEWHERE}/x.png class=hostile>"
# A file's name has no slash, but an address needs none.
NAME = "<img src=http:elsewhere.test class=hostile>"
LINES = (
    PICTURE, f"![x]({ELSEWHERE}/x.png)", f"[a]({ELSEWHERE})", "www.elsewhere.test", ELSEWHERE, "me@elsewhere.test",
    "**b** _i_ `c` ~~d~~", "# h", "- item", "1. item", "12) item", "&lt;img&gt;", "$$x$$", "<b class=hostile>b</b>",
)  # fmt: skip


def watch(page: Page) -> list[str]:
    """Addresses of other servers the page asks from now on; they are not answered."""
    own, asked = urlsplit(page.url).netloc, []

    def note(address: str) -> None:
        if urlsplit(address).scheme in ("http", "https") and urlsplit(address).netloc != own:
            asked.append(address)

    page.on("request", lambda request: note(request.url))
    page.route(re.compile("^https?://elsewhere"), lambda route: route.abort())
    return asked


def test_toasts_and_notes_show_any_text_as_it_is(
    serve: Callable[[gr.Blocks], str], open_page: Callable[..., Page]
) -> None:
    def fail() -> None:
        inform(f"Said of {PICTURE}")
        raise failure(f"There is no {PICTURE}. See /srv/app/7f3a/{NAME}")

    with gr.Blocks() as demo:
        gr.Markdown("\n".join(f"- {as_markdown(line)}" for line in LINES), elem_id="notes")
        gr.Button("Fail", elem_id="fail").click(fail)
    page = open_page(serve(demo))
    asked = watch(page)
    items = page.locator("#notes li")
    expect(items).to_have_count(len(LINES))
    for index, line in enumerate(LINES):
        assert items.nth(index).inner_text().strip() == line
        assert items.nth(index).locator("*").count() == 0
    page.locator("#fail").click()
    expect(page.locator(".error-beside")).to_have_text(f"There is no {PICTURE}. See {NAME}")
    expect(page.get_by_test_id("toast-text")).to_have_text(f"Said of {PICTURE}")
    assert page.locator(".hostile").count() == 0
    assert asked == []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos, a ZIP of broken pictures, and files of wrong kinds, with hostile names."""
    folder = tmp_path_factory.mktemp("files")
    Image.fromarray(textured(0, 96, 128)).save(folder / "wall.png")
    Image.fromarray(textured(0, 96, 128)).save(folder / f"{NAME}.png")
    np.save(folder / f"{NAME}.npy", np.zeros((96, 128), np.float32))
    (folder / f"{NAME}.exe").write_text("no picture")
    (folder / f"{NAME}.mp4").write_text("no video")
    (folder / f"{NAME}.json").write_text('{"engine": "' + NAME + '"}')
    with zipfile.ZipFile(folder / "brought.zip", "w") as archive:
        for index in range(3):
            archive.writestr(f"{index}{NAME}.png", "no picture")
    return folder


def test_names_of_what_is_compared_are_text(app: str, files: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    asked = watch(page)
    page.wait_for_selector(READY)
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-photo img")).to_have_attribute("src", re.compile("drum"))  # the first face's
    page.set_input_files("#compare-photo input[type=file]", files / f"{NAME}.png")
    expect(page.locator("#compare-photo img")).to_have_attribute("src", re.compile("elsewhere"))
    page.locator("#compare-more").get_by_text("More").click()
    brought = [files / "brought.zip", files / f"{NAME}.mp4"]
    page.set_input_files("#compare-brought input[type=file]", brought)
    expect(page.locator("#compare-brought")).to_contain_text("brought")
    page.locator("#compare-button").click()
    error = page.locator(".error-beside")
    expect(error).to_contain_text("The frames of brought do not fit together", timeout=120_000)
    expect(error).to_contain_text(f"0{NAME}.png is not a photo")
    assert "/" not in error.inner_text()
    assert page.locator(".hostile").count() == 0
    assert asked == []


@pytest.mark.parametrize("how", ["chosen", "dropped"])
def test_a_file_of_a_wrong_kind_is_refused_by_its_name_as_text(
    app: str, files: Path, how: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(app)
    asked = watch(page)
    page.wait_for_selector(READY)
    page.get_by_text("More settings", exact=True).first.click()
    if how == "chosen":
        page.set_input_files("#own-stack input[type=file]", files / f"{NAME}.exe")
    else:
        page.locator("#own-stack button").first.evaluate(
            """(target, name) => {
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File(["no picture"], name));
                target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
            }""",
            f"{NAME}.exe",
        )
    expect(page.get_by_test_id("toast-text").first).to_contain_text("elsewhere.test class=hostile_.exe. Only")
    assert page.locator(".hostile").count() == 0
    assert asked == []


def test_what_is_refocused_and_asked_for_is_text(app: str, files: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(app)
    asked = watch(page)
    page.wait_for_selector(READY)
    page.set_input_files("#photo input[type=file]", files / f"{NAME}.png")
    page.locator("#prompt textarea, #prompt input").first.fill(f"focus on {PICTURE}, {NAME}")
    expect(page.locator("#prompt")).to_contain_text("hostile", timeout=60_000)
    expect(page.locator("#status")).to_contain_text(" px.", timeout=120_000)
    page.get_by_text("More settings", exact=True).first.click()
    page.set_input_files("#depth-file input[type=file]", files / f"{NAME}.npy")
    expect(page.locator("#depth-file")).to_contain_text("elsewhere")
    page.locator("#refocus").click()
    expect(page.locator(".error-beside")).to_contain_text("same depth everywhere", timeout=120_000)
    assert page.locator(".hostile").count() == 0
    assert asked == []
