"""Cutting a scene at one focus: the shares of its slices add up, and nothing lies outside of their rectangles."""

import pytest
import torch

from refocus.optics.render.layers import Surfaces
from refocus.optics.render.slice_plan import Cuts
from refocus.optics.render.slice_scale import Slicing

SIZE = (96, 128)
SLICING = Slicing(step_px=0.9, growth=0.08, gap_px=1.8, coarse_coc_px=20.0)


def _surfaces(front_disparity, hidden_disparity=None):
    if hidden_disparity is None:
        hidden_disparity = torch.full(SIZE, -torch.inf)
    planes = torch.ones(4, *SIZE)
    return Surfaces.of(planes, front_disparity, planes, hidden_disparity, has_lamps=False)


def _slope():
    return torch.linspace(0.0, 1.0, SIZE[0])[:, None].expand(SIZE).contiguous()


@pytest.mark.parametrize("focus", [0.0, 0.43, 1.0])
def test_shares_add_up_to_one_within_the_rectangles(focus):
    disparity = _slope()
    cuts = Cuts.of(_surfaces(disparity), focus, 40.0, SLICING)
    total, mean_coc_px = torch.zeros(SIZE), torch.zeros(SIZE)
    for number in cuts.numbers():
        for part in cuts.rectangles(number, 4):
            share = cuts.share(disparity[part.rows, part.columns], number)
            total[part.rows, part.columns] += share
            mean_coc_px[part.rows, part.columns] += share * cuts.coc_px(number)
    torch.testing.assert_close(total, torch.ones(SIZE), atol=1e-4, rtol=0)
    torch.testing.assert_close(mean_coc_px, (disparity - focus) * 40.0, atol=1e-3, rtol=0)


def test_numbers_run_from_near_to_far_without_empty_ones():
    disparity = _slope() * 0.05
    disparity[:20] = 1.0
    numbers = Cuts.of(_surfaces(disparity), 0.0, 40.0, SLICING).numbers()
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[1:] == [3, 2, 1, 0]
    assert numbers[0] > 10


def test_flat_surfaces_are_whole_in_one_slice_of_their_own_coc():
    disparity = torch.full(SIZE, 0.21)
    disparity[:20] = 0.77
    cuts = Cuts.of(_surfaces(disparity), 0.0, 40.0, SLICING)
    assert [cuts.coc_px(number) for number in cuts.numbers()] == pytest.approx([0.77 * 40, 0.21 * 40], abs=1e-3)
    near, far = (cuts.share(disparity, number) for number in cuts.numbers())
    assert torch.equal(near, (disparity == 0.77).float())
    assert torch.equal(far, (disparity == 0.21).float())


def test_what_is_hidden_is_kept_apart_from_its_front():
    disparity, hidden = _slope(), torch.full(SIZE, -torch.inf)
    hidden[:, :30] = disparity[:, :30] - 0.06
    cuts = Cuts.of(_surfaces(disparity, hidden), 0.5, 40.0, SLICING)
    for number in cuts.numbers():
        both = cuts.share(disparity, number) * cuts.share(cuts.hidden_disparity, number)
        assert both.max() == 0.0
        hides = [part for part in cuts.rectangles(number, 4) if part.hides]
        assert all(part.columns.start == 0 for part in hides)


def test_without_any_blur_all_is_one_slice():
    cuts = Cuts.of(_surfaces(_slope()), 0.3, 0.0, SLICING)
    assert cuts.numbers() == [0]
    torch.testing.assert_close(cuts.share(_slope(), 0), torch.ones(SIZE))


def test_what_is_all_but_in_focus_is_found_on_either_side():
    for disparity in (0.4998, 0.5002):
        flat = torch.full(SIZE, disparity)
        cuts = Cuts.of(_surfaces(flat), 0.5, 40.0, SLICING)
        assert cuts.numbers() == [0]
        assert sum(cuts.share(flat[r.rows, r.columns], 0).sum() for r in cuts.rectangles(0, 4)) == flat.numel()
