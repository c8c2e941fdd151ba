import re

import numpy as np
import pytest

from refocus.ui.viewer.focus_viewer import outline_path


def corners(path: str) -> np.ndarray:
    return np.array(re.findall(r"(\d+) (\d+)", path), float)


def test_a_box_is_outlined_in_thousandths_of_the_picture() -> None:
    mask = np.zeros((200, 400), bool)
    mask[50:150, 100:300] = True
    path = outline_path(mask)
    assert path.startswith("M")
    assert path.endswith("Z")
    low, high = corners(path).min(0), corners(path).max(0)
    assert low == pytest.approx([250, 250], abs=6)
    assert high == pytest.approx([750, 750], abs=6)


def test_pieces_are_closed_one_by_one_and_specks_are_left_out() -> None:
    mask = np.zeros((200, 200), bool)
    mask[20:80, 20:80] = mask[120:180, 120:180] = True
    mask[100, 10] = True
    assert outline_path(mask).count("Z") == 2


def test_what_touches_the_frame_stays_inside_it() -> None:
    path = outline_path(np.ones((64, 96), bool))
    assert corners(path).min() >= 0
    assert corners(path).max() <= 1000


def test_a_smooth_shape_takes_few_corners() -> None:
    y, x = np.mgrid[:500, :500]
    assert len(corners(outline_path(np.hypot(x - 250, y - 250) < 180))) < 80


def test_nothing_has_no_outline() -> None:
    assert outline_path(np.zeros((10, 10), bool)) == ""
