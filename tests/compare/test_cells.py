import numpy as np
import pytest

from refocus.compare.sheet import BLANK, column_count, draw_comparison, fitted_into, sized_for_drawing, video_cell
from tests.compare.comparisons import small_comparison


@pytest.mark.parametrize(("entries", "columns"), [(1, 1), (2, 2), (4, 4), (5, 3), (6, 3), (7, 4), (8, 4)])
def test_columns_of_a_video_fill_rows_evenly(entries: int, columns: int) -> None:
    assert column_count(entries) == columns


def test_stacks_are_scaled_to_the_size_of_drawing() -> None:
    large = small_comparison(1800, 1200)
    small = sized_for_drawing(large)
    width, height = video_cell(large)
    for before, after in zip(large.completed, small.completed, strict=True):
        assert after.stack is not None
        assert after.stack.frames.shape[1:3] == (height, width)
        assert (after.label, after.caption, after.result) == (before.label, before.caption, None)
    assert small.completed[0].disparity is not None
    assert small.completed[0].disparity.values.shape == (height, width)
    assert np.abs(draw_comparison([small]).astype(int) - draw_comparison([large])).mean() < 0.5
    assert sized_for_drawing(small_comparison()).completed[0].stack is not None


def test_small_stacks_are_not_scaled() -> None:
    before, after = small_comparison(), sized_for_drawing(small_comparison())
    for one, other in zip(before.completed, after.completed, strict=True):
        assert one.stack is not None
        assert other.stack is not None
        assert np.array_equal(one.stack.frames, other.stack.frames)


def test_other_proportions_are_kept() -> None:
    square = fitted_into(np.full((50, 50, 3), 200, np.uint8), (100, 50))
    assert (square[:, 30:70] == 200).all()
    assert (square[:, :20] == BLANK).all()


def test_rounded_sizes_leave_no_gap() -> None:
    assert (fitted_into(np.full((497, 1000, 3), 200, np.uint8), (500, 250)) == 200).all()
