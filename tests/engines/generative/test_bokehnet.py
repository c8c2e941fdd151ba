from typing import Any

import numpy as np
import pytest

from refocus.core import Disparity, Scene
from refocus.engines.generative.bokehnet import BokehNet
from refocus.media import Camera
from refocus.models.generative_refocus.defocus import MAX_BLUR_RADIUS_PX
from refocus.optics import Aperture, render_focus
from refocus.results.blur_amount import BlurAmount, blur_slope

SIZE = 192


def test_the_same_f_number_means_the_same_blur_to_optics_and_to_bokehnet() -> None:
    """A point of light one diopter behind the focus: its disc in the thin-lens picture, and its radius in the map."""
    disparity = np.full((SIZE, SIZE), 1.0, np.float32)
    disparity[:, :16] = 2.0  # what is in focus
    light_linear = np.zeros((SIZE, SIZE, 3), np.float32)
    light_linear[SIZE // 2, SIZE // 2 + 16] = 1000.0
    camera = Camera(focal_length_mm=50, focal_length_35mm=50, subject_distance_m=0.5)
    metric = Disparity(disparity, metric=True, source="made by hand")
    slope = blur_slope(metric, camera, long_side_px=SIZE, amount=BlurAmount("f_number", 0.5)).coc_px_per_disparity

    picture_linear = render_focus(
        light_linear,
        disparity,
        focus_disparity=2.0,
        coc_px_per_disparity=slope,
        aperture=Aperture.named("circle"),
    )
    disc = picture_linear[..., 0] > picture_linear[..., 0].max() / 2
    diameter_px = 2 * np.sqrt(disc.sum() / np.pi)

    anything: Any = None  # the map needs no model
    scene = Scene(np.zeros((SIZE, SIZE, 3), np.uint8), metric)
    bokehnet = BokehNet(anything, anything, scene.all_in_focus, steps=1, seed=0)
    radius_px = MAX_BLUR_RADIUS_PX * bokehnet.defocus(scene, 2.0, slope)[SIZE // 2, SIZE // 2 + 16]
    assert radius_px > 10
    assert 2 * radius_px == pytest.approx(diameter_px, rel=0.05)
