"""Behind what is thin, the nearest surface goes on, and another one may lie behind that."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from refocus.optics import render_stack
from refocus.optics.render.layers import Layers, find_layers
from refocus.optics.render.quality import layer_settings
from refocus.optics.render.thin import find_thin, look_behind
from tests.benchmarks.lens_rays import Truth
from tests.benchmarks.peers import summed_layers
from tests.benchmarks.thin_scenes import fence_and_branches, net_and_leaves
from tests.benchmarks.truths import psnr_db

SIZE = (96, 128)
JUMP = 0.05
WIRE, BRANCH, WALL = 0.9, 0.5, 0.1


def _wire_before_a_branch() -> tuple[torch.Tensor, torch.Tensor]:
    """A vertical wire, 3 px wide, before a horizontal branch, 5 px wide, before a wall: light and disparity."""
    light, disparity = torch.full((3, *SIZE), 0.8), torch.full(SIZE, WALL)
    light[:, 40:45], disparity[40:45] = torch.tensor([0.1, 0.3, 0.1])[:, None, None], BRANCH
    light[:, :, 60:63], disparity[:, 60:63] = 0.4, WIRE
    return light, disparity


def test_only_thin_things_are_thin() -> None:
    disparity = _wire_before_a_branch()[1]
    disparity[60:90, 80:120] = 0.7
    thin = find_thin(disparity, JUMP, 9)
    assert bool(thin[:, 60:63].all())
    assert bool(thin[40:45].all())
    thin[:, 60:63] = thin[40:45] = False
    assert not bool(thin.any())
    slope = torch.linspace(0.0, 1.0, SIZE[0])[:, None].expand(SIZE).contiguous()
    assert not bool(find_thin(slope, JUMP, 9).any())


def test_a_branch_goes_on_behind_a_wire() -> None:
    light, disparity = _wire_before_a_branch()
    behind = look_behind(light, disparity, find_thin(disparity, JUMP, 9), JUMP, 9)
    found, colour = torch.zeros(SIZE), torch.zeros(3, *SIZE)
    found[behind.where], colour[:, behind.where] = behind.disparity, behind.light
    torch.testing.assert_close(found[40:45, 60:63], torch.full((5, 3), BRANCH))
    torch.testing.assert_close(colour[:, 42, 61], torch.tensor([0.1, 0.3, 0.1]))
    torch.testing.assert_close(found[20:38, 60:63], torch.full((18, 3), WALL))
    torch.testing.assert_close(found[40:45, 20:50], torch.full((5, 30), WALL))


def _layers() -> Layers:
    return find_layers(*_wire_before_a_branch(), layer_settings("standard", max(SIZE), JUMP, 16))


def test_the_wall_lies_behind_the_branch_behind_the_wire() -> None:
    first, second = _layers().hidden
    torch.testing.assert_close(first.disparity[42, 60:63], torch.full((3,), BRANCH), atol=0.01, rtol=0)
    torch.testing.assert_close(second.disparity[42, 60:63], torch.full((3,), WALL), atol=0.01, rtol=0)
    torch.testing.assert_close(second.light[:3, 42, 60:63], torch.full((3, 3), 0.8), atol=0.05, rtol=0)
    assert (second.light[3, 42, 60:63] == 1.0).all()


def test_a_pixel_of_the_branch_beside_the_wire_stays_at_its_depth() -> None:
    first = _layers().hidden[0]
    torch.testing.assert_close(first.disparity[42, [59, 63]], torch.full((2,), BRANCH), atol=0.01, rtol=0)


def test_one_layer_is_hidden_without_thin_things() -> None:
    disparity = torch.full(SIZE, WALL)
    disparity[30:70, 40:90] = WIRE
    layers = find_layers(torch.rand(3, *SIZE), disparity, layer_settings("standard", max(SIZE), JUMP, 16))
    assert len(layers.hidden) == 1


@pytest.mark.parametrize(("make", "floor_db"), [(fence_and_branches, 33.1), (net_and_leaves, 28.8)])
def test_close_to_lens_pictures_and_closer_than_layers_with_summed_visibility(
    make: Callable[..., Truth], floor_db: float
) -> None:
    truth = make(width=240, frames=3, samples=64)
    seen = render_stack(
        truth.scene_linear,
        truth.disparity,
        focus_disparity=truth.focus_disparity,
        coc_px_per_disparity=truth.coc_px_per_disparity,
    )
    ours = np.mean([psnr_db(a, b) for a, b in zip(seen, truth.frames_linear, strict=True)])
    coc_px = [(truth.disparity - np.float32(f)) * truth.coc_px_per_disparity for f in truth.focus_disparity]
    peers = [psnr_db(summed_layers(truth.scene_linear, c), b) for c, b in zip(coc_px, truth.frames_linear, strict=True)]
    assert ours > floor_db
    assert ours > np.mean(peers)
