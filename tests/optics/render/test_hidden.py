"""What is hidden may be inpainted on a coarser grid, as it is in big pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from refocus.optics import render_stack
from refocus.optics.render import prepared_scene
from refocus.optics.render.hidden import Visible, inpaint_hidden
from refocus.optics.render.quality import layer_settings
from tests.benchmarks.truths import psnr_db, traced_scene
from tests.reference import reference

JUMP = 0.05


@pytest.mark.parametrize(("long_side_px", "scale"), [(480, 1), (1024, 1), (1536, 2), (4032, 4), (8064, 8), (20_000, 8)])
def test_the_grid_grows_with_the_picture(long_side_px: int, scale: int) -> None:
    assert layer_settings("standard", long_side_px, JUMP, 20).hidden_scale == scale
    assert layer_settings("exact", long_side_px, JUMP, 20).hidden_scale == 1


@pytest.mark.parametrize(("scale", "loss_db"), [(2, 0.3), (4, 0.9)])
def test_a_traced_scene_is_rendered_nearly_as_well(scale: int, loss_db: float, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = traced_scene(reference("groundtruth/S1/S1.npz"))

    def scores() -> np.ndarray:
        frames = render_stack(
            truth.scene_linear,
            truth.disparity,
            focus_disparity=truth.focus_disparity[::4],
            coc_px_per_disparity=truth.coc_px_per_disparity,
        )
        return np.array([psnr_db(*pair) for pair in zip(frames, truth.frames_linear[::4], strict=True)])

    fine = scores()
    monkeypatch.setattr(
        prepared_scene, "layer_settings", lambda *given: replace(layer_settings(*given), hidden_scale=scale)
    )
    coarse = scores()
    assert (coarse != fine).any()
    assert (coarse > fine - loss_db).all()


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_plain_wall_goes_on_behind_an_object(scale: int) -> None:
    light, disparity = torch.full((3, 64, 96), 0.25), torch.full((64, 96), 0.1)
    light[:, 20:41, 30:63], disparity[20:41, 30:63] = 0.9, 0.8
    settings = replace(layer_settings("standard", 96, JUMP, 12), hidden_scale=scale)
    visible = Visible.of(torch.cat([light, disparity[None]]), torch.ones_like(disparity), JUMP, scale)
    hidden, hidden_disparity = inpaint_hidden(visible, disparity, settings)
    inside = (slice(20, 41), slice(30, 63))
    behind = hidden[(3, *inside)] == 1.0
    assert behind[:8].all()
    assert behind[:, :8].all()
    assert hidden[(slice(3), *inside)][:, behind].sub(0.25).abs().max() < 0.01
    assert hidden_disparity[inside][behind].sub(0.1).abs().max() < 0.01
    assert (hidden[:, :8] == 0.0).all()
