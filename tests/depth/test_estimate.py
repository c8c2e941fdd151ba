"""The built-in estimate keeps its contract on any photo, and is unsure where there is nothing to see."""

import numpy as np
import pytest
import skimage.data

from refocus.core import BadInput
from refocus.depth import estimate_disparity
from refocus.depth.estimate import draft_disparity

ASTRONAUT = skimage.data.astronaut()
PERSON, BEHIND = np.s_[100:480, 180:300], np.s_[20:160, 420:500]


@pytest.mark.parametrize("shape", [(64, 64), (16, 900), (333, 257)])
def test_shape_range_and_source(shape: tuple[int, int]) -> None:
    photo = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    disparity = estimate_disparity(photo)
    assert disparity.values.shape == shape
    assert disparity.values.dtype == np.float32
    assert (disparity.values.min(), disparity.values.max()) == (0, 1)
    assert not disparity.metric
    assert disparity.source == "built-in network"


def test_the_same_photo_gives_the_same_map() -> None:
    photo = np.random.default_rng(5).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    assert np.array_equal(estimate_disparity(photo).values, estimate_disparity(photo).values)


@pytest.mark.parametrize("photo", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((64, 8, 3), np.uint8)])
def test_what_is_no_photo_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(BadInput):
        estimate_disparity(photo)


def test_a_person_stands_out_from_the_background() -> None:
    values = estimate_disparity(ASTRONAUT).values
    assert np.median(values[PERSON]) > np.median(values[BEHIND]) + 0.25
    assert np.subtract(*np.percentile(values[PERSON], (90, 10))) < 0.3


def test_a_draft_is_close_to_the_estimate() -> None:
    drafted, final = draft_disparity(ASTRONAUT), estimate_disparity(ASTRONAUT)
    draft = drafted.disparity
    assert draft.values.shape == final.values.shape
    assert (draft.values.min(), draft.values.max()) == (0, 1)
    assert np.abs(draft.values - final.values).mean() < 0.08
    assert np.median(draft.values[PERSON]) > np.median(draft.values[BEHIND]) + 0.25
    assert np.array_equal(estimate_disparity(ASTRONAUT, drafted).values, final.values)


def test_a_mirrored_photo_has_the_mirrored_map() -> None:
    values, mirrored = (estimate_disparity(photo).values for photo in (ASTRONAUT, ASTRONAUT[:, ::-1].copy()))
    assert np.abs(values - mirrored[:, ::-1]).mean() < 0.05


def test_a_large_photo_gets_the_map_of_the_small_one() -> None:
    large = np.repeat(np.repeat(ASTRONAUT, 3, axis=0), 3, axis=1)
    assert np.abs(estimate_disparity(large).values[1::3, 1::3] - estimate_disparity(ASTRONAUT).values).mean() < 0.05


def test_pictures_without_content_have_a_low_confidence() -> None:
    rng = np.random.default_rng(0)
    blank = [np.full((240, 320, 3), grey, np.uint8) for grey in (0, 128, 255)]
    noise = [rng.integers(0, 256, (*size, 3)).astype(np.uint8) for size in ((90, 120), (240, 320))]
    unsure = [estimate_disparity(picture).confidence or 0 for picture in (*blank, *noise)]
    assert max(unsure) < 0.45 < 0.6 < (estimate_disparity(ASTRONAUT).confidence or 0)
