"""The thin-lens engine gives the very bytes it gave before code was moved.

Other processors and library versions may round otherwise, so this file goes once the move is done.
"""

import hashlib
import json
from pathlib import Path

import pytest
from numpy.typing import NDArray

from refocus import Photo, Refocused, RefocusPipeline

EXPECTED = json.loads(Path(__file__).with_name("thin_lens_bytes.json").read_text())


def sha256(array: NDArray) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def refocused(assets: Path, name: str, long_side: int) -> Refocused:
    photo = Photo.open(assets / f"{name}.jpg")
    return RefocusPipeline().refocus(photo, engine="thin-lens", frames=3, long_side=long_side)


@pytest.fixture(scope="module")
def coffee(assets: Path) -> Refocused:
    return refocused(assets, "coffee", 384)


@pytest.mark.parametrize("case", EXPECTED["stacks"])
def test_stacks_of_the_example_photos(assets: Path, case: str) -> None:
    name, long_side = case.split("@")
    result = refocused(assets, name, int(long_side))
    assert {
        "frames": sha256(result.stack.frames),
        "all_in_focus": sha256(result.scene.all_in_focus),
        "disparity": sha256(result.scene.disparity.values),
    } == EXPECTED["stacks"][case]


def test_a_picture_with_another_aperture(coffee: Refocused) -> None:
    assert sha256(coffee.bokeh(aperture="heart", position=0.5)) == EXPECTED["heart"]


def test_a_picture_as_a_prompt_says(coffee: Refocused) -> None:
    assert sha256(coffee.bokeh("focus on the cup, star-shaped bokeh at f/1.4")) == EXPECTED["prompt"]
