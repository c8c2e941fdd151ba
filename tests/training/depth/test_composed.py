"""Figures put into other photos: where they stand, what hides them, what is known about them afterwards."""

import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.training.depth.batches import turned, turned_points
from refocus.training.depth.composed import Figure, cut_out, put_before, stand_on_floor
from refocus.training.depth.photos import OrderedPhoto

GREY, RED = 128, (200, 0, 0)


def figure(*, cut_off: bool) -> Figure:
    rgb = np.full((80, 40, 3), RED, np.uint8)
    return Figure(rgb, np.ones((80, 40), np.float32), "person", cut_off)


def floor_and_wall() -> NDArray[np.float32]:
    """Disparity of a wall above row 40 of 120, and of a floor that comes nearer below it."""
    rows = np.maximum(np.arange(120) - 40, 0) * 0.01 + 0.1
    return np.repeat(rows.astype(np.float32)[:, None], 160, axis=1)


def test_a_figure_stands_at_the_disparity_of_the_floor_under_its_feet() -> None:
    room, disparity = np.full((120, 160, 3), GREY, np.uint8), floor_and_wall()
    stood = [stand_on_floor(np.random.default_rng(seed), room, disparity, [figure(cut_off=False)]) for seed in range(9)]
    composed = [result for result in stood if result is not None]
    assert len(composed) > 4
    for rgb, values in composed:
        red = rgb[..., 0].astype(int) - rgb[..., 1] > 60
        rows, columns = np.nonzero(red)
        feet = disparity[rows.max(), columns[0]]
        assert values[red] == pytest.approx(values[red][0])  # one distance from head to feet
        assert values[red][0] == pytest.approx(feet, rel=0.15)
        assert (values[~red] == disparity[~red]).all()


def test_what_is_nearer_hides_the_figure() -> None:
    room, disparity = np.full((120, 160, 3), GREY, np.uint8), floor_and_wall()
    disparity[:, 70:90] = 2.0  # a pillar
    for seed in range(9):
        result = stand_on_floor(np.random.default_rng(seed), room, disparity, [figure(cut_off=False)])
        if result is not None:
            rgb, values = result
            assert (rgb[:, 70:90] == GREY).all()
            assert (values[:, 70:90] == 2.0).all()


def test_no_figure_stands_on_a_wall_or_is_cut_off_there() -> None:
    room, wall = np.full((120, 160, 3), GREY, np.uint8), np.full((120, 160), 0.5, np.float32)
    assert stand_on_floor(np.random.default_rng(0), room, wall, [figure(cut_off=False)]) is None
    assert stand_on_floor(np.random.default_rng(0), room, floor_and_wall(), [figure(cut_off=True)]) is None


def test_a_figure_that_is_cut_off_reaches_the_lower_border() -> None:
    put = put_before(np.random.default_rng(0), np.full((120, 160, 3), GREY, np.uint8), [figure(cut_off=True)])
    assert put is not None
    rgb, where = put
    assert where[-1].any()
    assert (rgb[~where] == GREY).all()
    assert (rgb[where][:, 1] < 60).all()


def test_figures_are_cut_out_along_their_outlines() -> None:
    rgb = np.full((200, 100, 3), GREY, np.uint8)
    rgb[50:180, 30:70] = RED
    outline = np.array([[0.3, 0.25], [0.7, 0.25], [0.7, 0.9], [0.3, 0.9]], np.float32)
    at_the_side = outline - np.array([0.3, 0], np.float32)
    photo = OrderedPhoto(
        "a", rgb, np.zeros((0, 2), np.float32), np.zeros(0, np.int64), (outline, at_the_side), ("person",) * 2, own=True
    )
    (found,) = cut_out([photo])  # the one at the side is not whole
    assert (found.rgb[found.alpha > 0.5] == RED).all()
    assert not found.cut_off


def test_points_turn_with_their_picture() -> None:
    picture = np.zeros((101, 101, 3), np.uint8)
    picture[20:23, 70:73] = 255
    turn = turned(picture, 7.0)[..., 0].astype(float)
    rows, columns = np.mgrid[:101, :101]
    centre = np.array([(turn * columns).sum(), (turn * rows).sum()]) / turn.sum()
    expected = turned_points(np.array([[71.5 / 101, 21.5 / 101]], np.float32), 7.0)[0] * 101 - 0.5
    assert centre == pytest.approx(expected, abs=0.1)
