"""Links to the page keep their meaning: every parameter's name, how its value is written, and what it asks for."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from refocus.cli import main
from tests.ui.running_app import running_app
from tests.ui.steps import finished, upload

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("one_thread")]

EVERY_PARAMETER = {
    "engine": "video-diffusion",
    "blur": "0.35",
    "frames": "5",
    "aperture": "heart",
    "long_side": "768",
    "sharp": "True",
    "depth_source": "built-in",
    "depth_is": "metres",
    "seed": "7",
    "steps": "3",
    "full_size": "True",
    "guidance": "2.5",
    "decode_overlap": "2",
    "corrected_clip": "True",
    "input_position": "3",
    "more_positions": "5",
    "restore": 'the sign says "OPEN"',
    "k": "20.0",
}
OF_ONE_PHOTO = ("input_position", "more_positions")  # understood, but never written: the next photo has others
# A link, and the options that ask for the same.
MEANINGS = {
    "thin-lens": (
        "engine=thin-lens&blur=0.35&frames=4&aperture=heart&long_side=768&sharp=True&depth_source=built-in",
        "--blur 0.35 --frames 4 --aperture heart --long-side 768 --sharp --depth-source built-in",
    ),
    "thin-lens, K": ("engine=thin-lens&k=20.0&blur=0.8&frames=3", "--k 20 --frames 3"),
    "video-diffusion": (
        "engine=video-diffusion&seed=7&steps=1&full_size=True&guidance=2.5&decode_overlap=2&corrected_clip=True"
        "&input_position=3",
        "--seed 7 --steps 1 --full-size --guidance 2.5 --decode-overlap 2 --corrected-clip --input-position 3",
    ),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_video_model: Path) -> Iterator[str]:
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with running_app(log, REFOCUS_MODELS=str(tiny_video_model), REFOCUS_DEVICE="cpu") as url:
        yield url


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    rgb = np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)
    Image.fromarray(rgb).save(path)
    return path


def opened(open_page: Callable[..., Page], address: str) -> Page:
    page = open_page(address)
    page.wait_for_selector("#download-video:not([disabled])")  # the page's first result is there, so are the settings
    return page


def test_every_parameter_comes_back_in_the_pages_own_link(app: str, open_page: Callable[..., Page]) -> None:
    opening = f"{app}/?{urlencode({**EVERY_PARAMETER, 'utm_source': 'mail'})}"
    page = opened(open_page, opening)
    page.locator("#copy-link").click()
    page.wait_for_url(lambda url: "utm_source" not in url)
    expected = {name: value for name, value in EVERY_PARAMETER.items() if name not in OF_ONE_PHOTO}
    assert dict(parse_qsl(urlsplit(page.url).query)) == expected


@pytest.mark.parametrize("case", MEANINGS)
def test_a_link_asks_for_what_the_options_ask_for(
    case: str,
    app: str,
    photo: Path,
    tiny_video_model: Path,
    tmp_path: Path,
    open_page: Callable[..., Page],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query, options = MEANINGS[case]
    monkeypatch.setenv("REFOCUS_DEVICE", "cpu")
    monkeypatch.setenv("REFOCUS_MODELS", str(tiny_video_model))
    page = opened(open_page, f"{app}/?{query}")
    upload(page, photo)
    finished(page)
    with page.expect_download() as download:
        page.locator("#download-details").click()
    settings = tmp_path / "settings.json"
    download.value.save_as(settings)
    engine = case.split(",")[0]
    linked = request_of(photo, tmp_path / "linked", "--settings", str(settings))
    assert linked == request_of(photo, tmp_path / "typed", "--engine", engine, *options.split())


def request_of(photo: Path, out: Path, *options: str) -> dict:
    """What stack.json tells of how a stack was made."""
    assert main(["stack", str(photo), "--out", str(out), *options]) == 0
    described = json.loads((out / "stack.json").read_text(encoding="utf-8"))
    return {"engine": described["engine"], **described["request"]}
