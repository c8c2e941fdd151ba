"""Rectangles around the light of slices: all of it, each pixel once, and fewer pixels than one rectangle takes."""

import torch

from refocus.optics.layout import BLOCK_PX, Layout


def _layout(place, hidden=None, alone=()):
    hidden = torch.full_like(place, torch.inf) if hidden is None else hidden
    return Layout.of(place, hidden, hidden.isfinite(), alone)


def _painted(layout, number, size, margin_px=4):
    painted = torch.zeros(size, dtype=torch.int)
    for part in layout.parts(number, margin_px):
        painted[part.rows, part.columns] += 1
    return painted


def test_all_light_is_in_exactly_one_rectangle():
    place = torch.rand(192, 256, generator=torch.Generator().manual_seed(0)) * 0.9
    place[:40, :50] = 3.5
    place[150:, 200:] = 3.2
    place[20:60, 220:] = -2.4
    layout = _layout(place)
    for number in layout.numbers():
        painted = _painted(layout, number, place.shape)
        assert painted.max() == 1
        assert (painted[(place - number).abs() < 1.0] == 1).all()


def test_scattered_light_takes_few_pixels():
    place = torch.zeros(512, 512)
    place[:16, :16] = place[-16:, -16:] = 5.5
    assert (_painted(_layout(place), 5, place.shape) > 0).float().mean() < 0.02


def test_numbers_run_from_near_to_far_without_empty_ones():
    place = torch.zeros(64, 64)
    place[:20] = 7.5
    assert _layout(place).numbers() == [8, 7, 1, 0]
    assert _layout(place, alone={0}).numbers() == [8, 7, 0]


def test_hidden_light_is_found_where_it_is():
    place, hidden = torch.full((64, 64), 4.2), torch.full((64, 64), torch.inf)
    hidden[:10, :10] = 1.5
    parts = list(_layout(place, hidden).parts(1, 4))
    assert len(parts) == 1
    assert parts[0].hides
    assert parts[0].rows.stop % BLOCK_PX == 0
    assert not any(part.hides for part in _layout(place, hidden).parts(4, 4))
