"""What a person sees at once: which of two things is nearer."""

import numpy as np
import pytest

from refocus.depth import estimate_disparity
from tests.depth.nearer import marked_photos, open_marked, share_in_order


@pytest.fixture(scope="module")
def shares() -> dict[str, float]:
    """For each photo, the share of marked pairs that the estimate has in order."""
    return {
        name: share_in_order(estimate_disparity(open_marked(name)).values, pairs)
        for name, pairs in marked_photos().items()
    }


def test_nine_of_ten_marked_pairs_are_in_order(shares: dict[str, float]) -> None:
    assert np.mean(list(shares.values())) >= 0.9, shares


def test_no_photo_is_upside_down(shares: dict[str, float]) -> None:
    assert min(shares.values()) > 0.6, shares


def test_a_ramp_has_fewer_in_order(shares: dict[str, float]) -> None:
    ramp = np.linspace(0, 1, 100)[:, None].repeat(100, axis=1)
    below = [share_in_order(ramp, pairs) for pairs in marked_photos().values()]
    assert np.mean(below) < np.mean(list(shares.values())) - 0.05
