import numpy as np
import pytest

from refocus.depth.apply_strokes import geodesic_distance


def test_with_equal_costs_it_counts_the_steps() -> None:
    seed = np.zeros((20, 30), bool)
    seed[5, 7] = True
    rows, columns = np.mgrid[:20, :30]
    expected = abs(rows - 5) + abs(columns - 7)
    assert np.allclose(geodesic_distance(seed, np.ones((20, 30), np.float32), reach=100), expected)


def test_the_path_goes_around_an_expensive_area() -> None:
    toll = np.ones((21, 21), np.float32)
    toll[:20, 10] = 1000  # open at the bottom row
    seed = np.zeros((21, 21), bool)
    seed[0, 0] = True
    distance = geodesic_distance(seed, toll, reach=100)
    assert distance[0, 20] == pytest.approx(20 + 20 + 20, abs=1)


def test_without_a_seed_nothing_is_reached() -> None:
    assert np.isinf(geodesic_distance(np.zeros((5, 5), bool), np.ones((5, 5), np.float32), reach=9)).all()
