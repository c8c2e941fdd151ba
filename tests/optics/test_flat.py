"""Surfaces of one distance move onto one slice; all others stay."""

import torch

from refocus.optics.flat import settle_flat_surfaces


def test_flat_surface_alone_moves_onto_its_slice():
    place = torch.full((8, 8), 3.4)
    place[:4] = 9.71
    alone = settle_flat_surfaces(place, torch.full((8, 8), torch.inf))
    assert set(place.unique().tolist()) == {3.0, 9.0}
    assert abs(alone[3] - 3.4) < 1e-5
    assert abs(alone[9] - 9.71) < 1e-5


def test_what_is_not_alone_or_not_flat_stays():
    for other in (4.2, 2.9, 3.9):
        place = torch.full((8, 8), 3.4)
        place[0, 0] = other
        before = place.clone()
        assert settle_flat_surfaces(place) == {}
        assert torch.equal(place, before)


def test_what_is_hidden_in_the_same_slice_counts():
    place, hidden = torch.full((8, 8), 3.4), torch.full((8, 8), torch.inf)
    hidden[0] = 3.9
    assert settle_flat_surfaces(place, hidden) == {}
