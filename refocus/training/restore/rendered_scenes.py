"""Photographs with the disparity of the built-in network, as our own renderer blurs them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.depth import estimate_disparity
from refocus.optics import Aperture, render_focus
from refocus.training.restore.scene_lights import add_lights
from refocus.training.restore.sharp_windows import PhotoSizes
from refocus.training.restore.synthetic_blur import MAX_COC_PX, OPENINGS, BlurredScene

_SCENE_LONG_SIDE_PX, _SCENE_SHORT_SIDE_PX = 640, 200  # long, but not too narrow for a crop
_LEAST_RANGE_PX, _MOST_RANGE_PX = 3.0, 36.0  # blur over the whole range of disparity
_FLAT_SHARE = 0.25  # of the scenes: one plane, out of focus as a whole


def render_scene(photograph: PhotoSizes, random: np.random.Generator) -> BlurredScene:
    """Blur a photograph with a random lens, focused somewhere in its range of disparity.

    Args:
        photograph: at several sizes; the one nearest to a long side of 640 px is used.
        random: random generator.
    """
    picture = min(photograph, key=lambda size: abs(max(size.shape[:2]) - _SCENE_LONG_SIDE_PX))
    scale = min(1.0, max(_SCENE_LONG_SIDE_PX / max(picture.shape[:2]), _SCENE_SHORT_SIDE_PX / min(picture.shape[:2])))
    picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    disparity = _disparity(picture, random)
    focus = float(np.percentile(disparity, random.uniform(0, 100))) + random.normal(0, 0.1)
    focus = min(max(focus, 0.0), 1.0)
    range_px = float(np.exp(random.uniform(np.log(_LEAST_RANGE_PX), np.log(_MOST_RANGE_PX))))
    coc_px = range_px * (disparity - focus)
    range_px *= min(1.0, MAX_COC_PX / max(float(np.abs(coc_px).max()), 1e-6))
    scene_linear = add_lights(srgb_to_linear(picture), random)
    aperture = Aperture(name=OPENINGS[random.integers(len(OPENINGS))], rotation_deg=float(random.uniform(0, 60)))
    seen = render_focus(
        scene_linear,
        disparity,
        focus_disparity=focus,
        coc_px_per_disparity=range_px,
        aperture=aperture,
        character=float(random.uniform(-0.6, 0.6)),
    )
    return BlurredScene(
        linear_to_srgb8(scene_linear), linear_to_srgb8(np.asarray(seen)), range_px * (disparity - np.float32(focus))
    )


def _disparity(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.float32]:
    """The built-in network's estimate in [0, 1], or a slightly tilted plane."""
    if random.random() >= _FLAT_SHARE:
        return estimate_disparity(picture).values.astype(np.float32)
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    tilt = np.float32(random.uniform(0, 0.3)) * (np.cos(angle) * columns / width + np.sin(angle) * rows / height)
    return np.clip(random.choice([0.15, 0.85]) + tilt, 0, 1).astype(np.float32)
