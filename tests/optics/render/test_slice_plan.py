"""The slices of a scene at one focus: their shares add up, and nothing lies outside of their rectangles."""

import numpy as np
import pytest
import torch

from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels
from refocus.optics.render.layers import Layers
from refocus.optics.render.quality import FocusedLens, SliceScale
from refocus.optics.render.slice_plan import SlicePlan, flat_slices

SIZE = (96, 128)
SCALE = SliceScale(step_px=0.9, growth=0.08, gap_px=1.8, coarse_coc_px=20.0)


def _layers(front_disparity: torch.Tensor, *hidden_disparity: torch.Tensor) -> Layers:
    planes = torch.ones(4, *SIZE)
    return Layers.of(planes, front_disparity, [(planes, each) for each in hidden_disparity], has_lamps=False)


def _plan(layers: Layers, focus: float, coc_px_per_disparity: float) -> SlicePlan:
    lens = FocusedLens(focus, coc_px_per_disparity, SCALE, BlurKernels(Aperture()))
    return SlicePlan.for_layers(layers, lens)


def _slope() -> torch.Tensor:
    return torch.linspace(0.0, 1.0, SIZE[0])[:, None].expand(SIZE).contiguous()


@pytest.mark.parametrize("focus", [0.0, 0.43, 1.0])
def test_shares_add_up_to_one_within_the_rectangles(focus: float) -> None:
    disparity = _slope()
    plan = _plan(_layers(disparity), focus, 40.0)
    total, mean_coc_px = torch.zeros(SIZE), torch.zeros(SIZE)
    for index in plan.indices():
        for part in plan.rectangles(index, 4):
            share = plan.share(disparity[part.rows, part.columns], index)
            total[part.rows, part.columns] += share
            mean_coc_px[part.rows, part.columns] += share * plan.coc_px(index)
    torch.testing.assert_close(total, torch.ones(SIZE), atol=1e-4, rtol=0)
    torch.testing.assert_close(mean_coc_px, (disparity - focus) * 40.0, atol=1e-3, rtol=0)


def test_indices_run_from_near_to_far_without_empty_ones() -> None:
    disparity = _slope() * 0.05
    disparity[:20] = 1.0
    indices = _plan(_layers(disparity), 0.0, 40.0).indices()
    assert indices == sorted(indices, reverse=True)
    assert indices[1:] == [3, 2, 1, 0]
    assert indices[0] > 10


def test_flat_surfaces_are_whole_in_one_slice_of_their_own_coc() -> None:
    disparity = torch.full(SIZE, 0.21)
    disparity[:20] = 0.77
    plan = _plan(_layers(disparity), 0.0, 40.0)
    assert [plan.coc_px(index) for index in plan.indices()] == pytest.approx([0.77 * 40, 0.21 * 40], abs=1e-3)
    near, far = (plan.share(disparity, index) for index in plan.indices())
    assert torch.equal(near, (disparity == 0.77).float())
    assert torch.equal(far, (disparity == 0.21).float())


def test_what_is_hidden_is_kept_apart_from_its_front() -> None:
    disparity, hidden, second = _slope(), torch.full(SIZE, -torch.inf), torch.full(SIZE, -torch.inf)
    hidden[:, :30] = disparity[:, :30] - 0.06
    second[:, :30] = disparity[:, :30] - 0.07
    plan = _plan(_layers(disparity, hidden, second), 0.5, 40.0)
    for index in plan.indices():
        shares = [plan.share(each, index) for each in (disparity, *plan.hidden_disparity)]
        assert (shares[0] * shares[1]).max() == 0.0
        assert (shares[1] * shares[2]).max() == 0.0
        hidden_parts = [part for part in plan.rectangles(index, 4) if part.hidden]
        assert all(part.columns.start == 0 for part in hidden_parts)


def test_without_any_blur_all_is_one_slice() -> None:
    plan = _plan(_layers(_slope()), 0.3, 0.0)
    assert plan.indices() == [0]
    torch.testing.assert_close(plan.share(_slope(), 0), torch.ones(SIZE))


def test_what_is_all_but_in_focus_is_found_on_either_side() -> None:
    for disparity in (0.4998, 0.5002):
        flat = torch.full(SIZE, disparity)
        plan = _plan(_layers(flat), 0.5, 40.0)
        assert plan.indices() == [0]
        assert sum(plan.share(flat[r.rows, r.columns], 0).sum() for r in plan.rectangles(0, 4)) == flat.numel()


def _flat(*positions: float, pixels: list[int] | None = None) -> dict[int, float]:
    return flat_slices(np.array(positions), np.array(pixels or [1] * len(positions)))


def test_flat_surfaces_are_found_at_their_mean_position() -> None:
    found = _flat(9.71, 3.4, 3.44, -4.9, pixels=[5, 3, 1, 2])
    assert found == pytest.approx({9: 9.71, 3: 3.41, -5: -4.9})


@pytest.mark.parametrize("other", [4.2, 2.9, 3.9])
def test_surfaces_with_neighbours_or_thickness_are_not_flat(other: float) -> None:
    assert _flat(3.4, other) == {}


def test_a_surface_two_slices_away_does_not_matter() -> None:
    assert _flat(3.4, 5.0) == {3: 3.4, 5: 5.0}
