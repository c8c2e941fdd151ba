"""What is outlined around a tap."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, Disparity
from refocus.depth import estimate_disparity
from refocus.subjects import find_tapped
from tests.subjects.masks import Street

ASSETS = Path(__file__).parents[2] / "assets"


@pytest.mark.parametrize(("name", "at"), [("red", (80 / 360, 150 / 240)), ("blue", (300 / 360, 120 / 240))])
def test_a_tapped_thing_is_outlined_wherever_it_is_tapped(street: Street, name: str, at: tuple[float, float]) -> None:
    rgb, disparity, masks = street
    found = find_tapped(rgb, disparity, at)
    assert found is not None
    assert (found.mask & masks[name]).sum() / (found.mask | masks[name]).sum() > 0.85


@pytest.mark.parametrize("at", [(0.5, 0.9), (0.5, 0.1)])
def test_the_ground_and_the_sky_have_no_outline(street: Street, at: tuple[float, float]) -> None:
    rgb, disparity, _ = street
    assert find_tapped(rgb, disparity, at) is None


def test_in_a_photo_the_dandelion_is_outlined_and_the_grass_is_not() -> None:
    with Image.open(ASSETS / "dandelion.jpg") as image:
        image.thumbnail((512, 512))
        rgb = np.asarray(image.convert("RGB"))
    disparity = estimate_disparity(rgb)
    found = find_tapped(rgb, disparity, (0.3, 0.4))
    assert found is not None
    rows, columns = np.nonzero(found.mask)
    assert (columns.mean() / rgb.shape[1], rows.mean() / rgb.shape[0]) == pytest.approx((0.29, 0.36), abs=0.06)
    assert find_tapped(rgb, disparity, (0.55, 0.9)) is None


def test_corners_and_pictures_too_small_for_an_outline() -> None:
    rgb = np.full((9, 12, 3), 128, np.uint8)
    disparity = Disparity(np.zeros((9, 12), np.float32), False, "flat")
    for at in ((0.0, 0.0), (1.0, 1.0), (0.5, 0.5)):
        assert find_tapped(rgb, disparity, at) is None
    with pytest.raises(BadInput, match="8-bit RGB"):
        find_tapped(rgb[..., 0], disparity, (0.5, 0.5))
