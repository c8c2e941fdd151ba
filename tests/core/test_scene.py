import numpy as np
import pytest

from refocus.core import BadInput, Disparity, Scene


def test_disparity_knows_its_range() -> None:
    disparity = Disparity(np.array([[0.25, 2.0]]), metric=True, source="given")
    assert (disparity.nearest, disparity.farthest) == (2.0, 0.25)
    assert disparity.values.dtype == np.float32


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(BadInput, match="not finite"):
        Disparity(np.array([[0.0, bad]]), metric=False, source="given")


def test_a_map_with_channels_is_refused() -> None:
    with pytest.raises(BadInput, match=r"\(2, 2, 3\)"):
        Disparity(np.zeros((2, 2, 3), np.float32), metric=False, source="given")


def test_a_scene_needs_a_map_of_the_pictures_size() -> None:
    with pytest.raises(BadInput, match="6x4 px but its disparity map is 4x6 px"):
        Scene(np.zeros((4, 6, 3), np.uint8), Disparity(np.zeros((6, 4), np.float32), metric=False, source="given"))
