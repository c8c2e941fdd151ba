"""Maps with holes at another size."""

import numpy as np

from refocus.depth.resample import enlarge, fill, shrink


def test_shrinking_averages_what_is_known_only() -> None:
    values = np.array([[1, np.nan], [3, np.nan]], np.float32).repeat(2, axis=0).repeat(2, axis=1)
    small = shrink(values, (2, 2))
    assert small[:, 0].tolist() == [1, 3]
    assert np.isnan(small[:, 1]).all()


def test_shrinking_never_enlarges() -> None:
    assert shrink(np.zeros((4, 4), np.float32), (8, 2)).shape == (4, 2)


def test_filling_takes_the_nearest_known_value() -> None:
    values = np.array([[1, np.nan, np.nan, np.nan, 9]], np.float32)
    assert fill(values)[0, [0, 1, 3, 4]].tolist() == [1, 1, 9, 9]


def test_enlarging_a_step_mixes_nothing_and_a_slope_smoothly() -> None:
    step = np.repeat([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]], 4, axis=0).astype(np.float32)
    assert set(np.unique(enlarge(step, (16, 24)))) == {0.0, 1.0}
    slope = np.repeat(np.linspace(0, 1, 6, dtype=np.float32)[None], 4, axis=0)
    assert np.diff(enlarge(slope, (16, 24)), axis=1).max() < 0.06
