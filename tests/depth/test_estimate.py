"""The built-in estimator keeps its contract on any photo."""

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.depth import estimate_disparity


@pytest.mark.parametrize("shape", [(64, 64), (16, 900), (333, 257)])
def test_shape_range_and_source(shape):
    photo = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    disparity = estimate_disparity(photo)
    assert disparity.values.shape == shape
    assert disparity.values.dtype == np.float32
    assert (disparity.values.min(), disparity.values.max()) == (0, 1)
    assert not disparity.metric
    assert disparity.source


def test_a_blank_photo_is_answered():
    assert np.isfinite(estimate_disparity(np.full((80, 120, 3), 128, np.uint8)).values).all()


def test_the_same_photo_gives_the_same_map():
    photo = np.random.default_rng(5).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    assert np.array_equal(estimate_disparity(photo).values, estimate_disparity(photo).values)


@pytest.mark.parametrize("photo", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((64, 8, 3), np.uint8)])
def test_what_is_no_photo_is_refused(photo):
    with pytest.raises(BadInput):
        estimate_disparity(photo)
