import numpy as np
import pytest
import torch

from refocus.optics import render_focus
from refocus.optics.render.compose import remove_negative_light
from refocus.optics.render.quality import Quality


@pytest.mark.parametrize("quality", ["preview", "standard", "exact"])
@pytest.mark.parametrize("coc_px", [0.7, 1.5, 2.3, 5.2, 13.3, 25.0])
def test_a_dot_on_black_gains_no_light(quality: Quality, coc_px: float) -> None:
    scene = np.zeros((96, 96, 3), np.float32)
    scene[48, 48] = (1.0, 0.5, 0.1)
    flat = np.full((96, 96), 0.5, np.float32)
    seen = render_focus(scene, flat, focus_disparity=0.0, coc_px_per_disparity=2 * coc_px, quality=quality)
    assert seen.min() >= 0.0
    assert seen.sum(axis=(0, 1)) == pytest.approx(scene.sum(axis=(0, 1)), rel=0.005)


def test_light_below_black_is_subtracted_from_its_neighbours_only() -> None:
    light = torch.full((1, 20, 40), 0.5)
    light[0, 10, 10] = -0.2
    total = float(light.sum())
    corrected = remove_negative_light(light.clone(), 1)
    assert float(corrected.min()) == 0.0
    assert float(corrected.sum()) == pytest.approx(total, rel=1e-5)
    assert torch.equal(corrected[:, :, 13:], light[:, :, 13:])


def test_a_picture_remove_negative_light_stays_as_it_is() -> None:
    light = torch.rand(3, 8, 8)
    assert torch.equal(remove_negative_light(light.clone(), 2), light)
