"""Surfaces of one distance, alone in their slice, are found; all others are not."""

import numpy as np
import pytest

from refocus.optics.render.flat_layers import flat_surfaces


def _found(*places, pixels=None):
    return flat_surfaces(np.array(places), np.array(pixels or [1] * len(places)))


def test_flat_surfaces_are_found_with_their_mean_place():
    found = _found(9.71, 3.4, 3.44, -4.9, pixels=[5, 3, 1, 2])
    assert found == pytest.approx({9: 9.71, 3: 3.41, -5: -4.9})


@pytest.mark.parametrize("other", [4.2, 2.9, 3.9])
def test_what_is_not_alone_or_not_flat_is_not(other):
    assert _found(3.4, other) == {}


def test_a_surface_two_slices_on_disturbs_nobody():
    assert _found(3.4, 5.0) == {3: 3.4, 5: 5.0}
