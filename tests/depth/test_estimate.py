"""The built-in estimator keeps its contract on any photo."""

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.depth import estimate_disparity
from tests.depth.scenes import sharp_disc_in_blur, square_before_wall


@pytest.mark.parametrize("shape", [(64, 64), (16, 900), (333, 257)])
def test_shape_range_and_source(shape: tuple[int, int]) -> None:
    photo = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    disparity = estimate_disparity(photo)
    assert disparity.values.shape == shape
    assert disparity.values.dtype == np.float32
    assert (disparity.values.min(), disparity.values.max()) == (0, 1)
    assert not disparity.metric
    assert disparity.source


def test_a_blank_photo_has_a_map() -> None:
    assert np.isfinite(estimate_disparity(np.full((80, 120, 3), 128, np.uint8)).values).all()


def test_the_same_photo_gives_the_same_map() -> None:
    photo = np.random.default_rng(5).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    assert np.array_equal(estimate_disparity(photo).values, estimate_disparity(photo).values)


@pytest.mark.parametrize("photo", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((64, 8, 3), np.uint8)])
def test_what_is_no_photo_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(BadInput):
        estimate_disparity(photo)


def test_the_subject_of_a_shallow_photo_stands_out_and_keeps_its_outline() -> None:
    photo, mask = sharp_disc_in_blur()
    values = estimate_disparity(photo).values
    assert values[mask].mean() > values[~mask].mean() + 0.4
    cut = values > (values[mask].mean() + values[~mask].mean()) / 2
    assert (cut & mask).sum() / (cut | mask).sum() > 0.8


def test_a_large_photo_gets_the_map_of_the_small_one() -> None:
    photo, _ = square_before_wall(600)
    large = np.repeat(np.repeat(photo, 3, axis=0), 3, axis=1)
    assert np.abs(estimate_disparity(large).values[1::3, 1::3] - estimate_disparity(photo).values).mean() < 0.05


def test_shallow_focus_raises_the_confidence() -> None:
    measured = estimate_disparity(sharp_disc_in_blur()[0]).confidence
    guessed = estimate_disparity(square_before_wall()[0]).confidence
    assert measured is not None
    assert guessed is not None
    assert 0.4 < guessed < measured <= 0.7


def test_texture_adds_no_steps_to_a_slope() -> None:
    photo = np.full((480, 640, 3), (190, 120, 90), np.uint8)
    photo[::24] = photo[1::24] = (235, 225, 215)  # mortar
    values = estimate_disparity(photo).values
    steps = np.abs(np.diff(values[60:-60], axis=0))
    assert steps.max() < 20 * max(float(steps.mean()), 1e-4)  # stairs of the bare refinement: 35 times
