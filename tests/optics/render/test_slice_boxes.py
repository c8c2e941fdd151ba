"""Rectangles around the light of a slice: all of it, each pixel once, and fewer pixels than one rectangle takes."""

from collections.abc import Iterable

import numpy as np

from refocus.optics.render.slice_boxes import BLOCK_PX, CELL_PX, Rectangle, rectangles

SIZE = (1000, 1300)
GRID = (32, 41)
NOWHERE = np.zeros(GRID, bool)


def _painted(found: Iterable[Rectangle]) -> np.ndarray:
    painted = np.zeros(SIZE, int)
    for rectangle in found:
        painted[rectangle.rows, rectangle.columns] += 1
    return painted


def test_all_light_is_in_exactly_one_rectangle() -> None:
    lit = np.random.default_rng(0).random(GRID) < 0.1
    lit[3:9, 5:20] = lit[-1, -1] = True
    painted = _painted(rectangles(lit, [], SIZE, 4))
    assert painted.max() == 1
    assert (painted[lit.repeat(CELL_PX, 0).repeat(CELL_PX, 1)[: SIZE[0], : SIZE[1]]] == 1).all()


def test_scattered_light_takes_few_pixels() -> None:
    lit = NOWHERE.copy()
    lit[0, 0] = lit[-1, -1] = True
    assert (_painted(rectangles(lit, [], SIZE, 4)) > 0).mean() < 0.02


def test_hidden_light_is_found_with_its_layer() -> None:
    front, hidden = NOWHERE.copy(), NOWHERE.copy()
    front[-1, -1] = hidden[1, 1] = True
    found = list(rectangles(front, [NOWHERE, hidden], SIZE, 4))
    assert [part.hidden for part in found] == [(1,) if part.rows.start == CELL_PX else () for part in found]
    assert len(found) == 2
    assert all(part.rows.start % BLOCK_PX == 0 for part in found)


def test_no_light_takes_no_rectangle() -> None:
    assert list(rectangles(NOWHERE, [NOWHERE], SIZE, 4)) == []
