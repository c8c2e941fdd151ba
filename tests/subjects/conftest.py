"""A drawn scene with known objects, sides and depth."""

import cv2
import numpy as np
import pytest

from refocus.core import Disparity
from tests.subjects.masks import Street


@pytest.fixture(scope="session")
def street() -> Street:
    """(rgb, disparity, masks): a red car at the left, a blue one at the right, sky above, ground below."""
    height, width = 240, 360
    rng = np.random.default_rng(5)
    y = np.mgrid[0:height, 0:width][0] / height
    rgb = np.full((height, width, 3), (120, 118, 112), np.uint8)
    rgb[y < 0.4] = (150, 190, 240)
    near = np.where(y < 0.4, 0.0, (y - 0.4) / 0.6)
    masks = {}
    for name, colour, box in (
        ("red", (205, 30, 35), (40, 120, 120, 190)),
        ("blue", (30, 60, 200), (240, 110, 310, 170)),
    ):
        mask = np.zeros((height, width), np.uint8)
        cv2.rectangle(mask, box[:2], box[2:], 1, cv2.FILLED)
        masks[name] = mask > 0
        rgb[masks[name]] = colour
        near[masks[name]] = 0.8 if name == "red" else 0.5
    masks["sky"] = (y < 0.4) & ~masks["red"] & ~masks["blue"]
    noise = rng.normal(0, 5, rgb.shape) * ~masks["sky"][..., None]
    rgb = np.clip(rgb + noise, 0, 255).astype(np.uint8)
    return rgb, Disparity(near.astype(np.float32), False, "drawn"), masks
