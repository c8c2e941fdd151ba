"""One click under “Depth from” downloads the depth network and uses it; the hub is asked nothing before."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from refocus.models.monocular_depth.checkpoint import DEPTH_ANYTHING
from tests.hub_server import serve_hub
from tests.ui.running_app import PROJECT, START, running_app

pytestmark = pytest.mark.browser


@dataclass
class AppWithHub:
    """The app and the hub it would download from.

    Attributes:
        url: of the app.
        asked: the paths the hub was asked for.
        broken: set while the hub answers with errors.
        gate: set when the hub may send the weights.
    """

    url: str = ""
    asked: list[str] = field(default_factory=list)
    broken: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def app(tmp_path: Path, tiny_depth_anything: Path) -> Iterator[AppWithHub]:
    files = {path.name: path.read_bytes() for path in tiny_depth_anything.iterdir()}
    own = AppWithHub()
    with serve_hub(DEPTH_ANYTHING.weights.repo, files, broken=own.broken, gate=own.gate) as (endpoint, own.asked):
        environment = {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_DISABLE_XET": "1"}
        with running_app(tmp_path / "log.txt", START, PROJECT, **environment) as own.url:
            yield own
            own.gate.set()


def test_the_depth_network_comes_by_one_click(app: AppWithHub, tmp_path: Path, open_page: Callable[..., Page]) -> None:
    photo = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (72, 96, 3)).astype(np.uint8)).save(photo)
    page = open_page(app.url)
    status, notes = page.locator("#status"), page.locator("#notes")
    page.set_input_files("#photo input[type=file]", photo)
    expect(status).to_contain_text("of 96 × 72 px", timeout=120_000)
    page.locator("#more").get_by_text("More").click()
    network = page.get_by_role("radio", name="Depth Anything V2 Small (99 MB, Apache-2.0)")
    assert app.asked == []

    app.broken.set()
    network.check()
    expect(page.get_by_text("model.safetensors")).to_be_visible(timeout=60_000)  # what to fetch by hand
    app.broken.clear()

    page.locator("#refocus").click()
    expect(status).to_contain_text("Downloading Depth Anything V2 Small", timeout=60_000)
    page.locator("#stop").click()
    expect(status).to_contain_text("Stopped", timeout=60_000)

    app.gate.set()
    page.locator("#refocus").click()
    expect(status).to_contain_text("Made by Thin lens", timeout=120_000)
    expect(page.get_by_role("radio", name="Depth Anything V2 Small", exact=True)).to_be_checked(timeout=60_000)
    page.locator("#notes").wait_for(state="attached")
    expect(notes).to_contain_text("seen by Depth Anything V2 Small")
