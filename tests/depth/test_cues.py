"""Each cue on pictures where the answer is known."""

import numpy as np
import pytest

from refocus.depth.cues import (
    centre_cue,
    colourfulness_cue,
    even_out,
    height_cue,
    people_cue,
    separation_cue,
    sharpness_cue,
    squash,
)
from refocus.depth.superpixels import Regions, cut_regions
from tests.depth.scenes import sharp_disc_in_blur, square_before_wall, texture
from tests.reference import reference


@pytest.fixture
def square() -> tuple[Regions, np.ndarray]:
    photo, mask = square_before_wall()
    regions = cut_regions(photo)
    return regions, mask


def spread_of(regions: Regions, values: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Mean inside the mask and outside."""
    picture = values[regions.labels]
    return picture[mask].mean(), picture[~mask].mean()


def test_lower_is_nearer(square: tuple[Regions, np.ndarray]) -> None:
    regions, _ = square
    picture = height_cue(regions)[regions.labels]
    assert picture[:10].mean() < 0.1 < 0.9 < picture[-10:].mean()


def test_an_outlined_thing_is_nearer_than_what_reaches_the_top(square: tuple[Regions, np.ndarray]) -> None:
    regions, mask = square
    inside, outside = spread_of(regions, separation_cue(regions), mask)
    assert inside > outside + 0.4


def test_colourful_is_nearer_than_grey(square: tuple[Regions, np.ndarray]) -> None:
    regions, mask = square
    inside, outside = spread_of(regions, colourfulness_cue(regions), mask)
    assert inside > 0.9
    assert outside < 0.1


def test_the_middle_is_nearer_than_the_corners(square: tuple[Regions, np.ndarray]) -> None:
    regions, _ = square
    picture = centre_cue(regions)[regions.labels]
    assert picture[118:122, 118:122].mean() > 0.9
    assert picture[:4, :4].mean() < 0.1


def test_smoothing_stops_at_outlines(square: tuple[Regions, np.ndarray]) -> None:
    regions, mask = square
    truth = regions.mean(mask.astype(np.float64))
    noisy = truth + np.random.default_rng(0).normal(0, 0.3, regions.count)
    evened = even_out(regions, noisy, strength=20)
    inside = regions.mean(mask.astype(np.float64)) == 1
    assert evened[inside].std() < 0.4 * noisy[inside].std()
    assert spread_of(regions, evened, mask)[0] - spread_of(regions, evened, mask)[1] > 0.85


def test_stronger_smoothing_smooths_more(square: tuple[Regions, np.ndarray]) -> None:
    regions, _ = square
    noise = np.random.default_rng(1).normal(0, 1, regions.count)
    assert even_out(regions, noise, strength=50).std() < even_out(regions, noise, strength=1).std()


def test_the_sharp_region_is_found_in_a_photo_of_shallow_depth() -> None:
    photo, mask = sharp_disc_in_blur()
    regions = cut_regions(photo)
    sharpness, sure = sharpness_cue(regions, photo)
    inside, outside = spread_of(regions, sharpness, mask)
    assert sure > 0.9
    assert inside > outside + 0.5


def test_a_photo_sharp_throughout_has_no_focus_cue() -> None:
    photo = texture((300, 300), 4, (120, 120, 120))
    assert sharpness_cue(cut_regions(photo), photo)[1] == 0


def test_a_photo_without_texture_has_no_focus_cue() -> None:
    photo = np.full((200, 200, 3), 90, np.uint8)
    assert sharpness_cue(cut_regions(photo), photo)[1] == 0


def test_no_face_no_people(square: tuple[Regions, np.ndarray]) -> None:
    photo, _ = square_before_wall()
    assert not people_cue(square[0], photo).any()


def test_a_face_and_the_body_below_are_people() -> None:
    from PIL import Image

    photo = np.asarray(Image.open(reference("photos/genfocus/Blurry_example.jpg")).convert("RGB").resize((400, 400)))
    regions = cut_regions(photo)
    picture = people_cue(regions, photo)[regions.labels]
    assert picture[240, 190] > 0.8  # the nearer face
    assert picture[390, 190] > 0.6  # her chest
    assert picture[20, 20] < 0.2  # the wall behind


def test_squash_keeps_order_and_cuts_extremes(square: tuple[Regions, np.ndarray]) -> None:
    regions, _ = square
    values = np.arange(regions.count, dtype=np.float64)
    values[-1] = 1e9
    squashed = squash(values, regions)
    assert (squashed.min(), squashed.max()) == (0, 1)
    assert (np.diff(squashed) >= 0).all()
    assert np.median(squashed) == pytest.approx(0.5, abs=0.05)
