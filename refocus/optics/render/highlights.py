"""Recover the intensity of lamps that a photo has clipped at white."""

from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.numbers import real
from refocus.optics.render.checks import check_picture

Picture = TypeVar("Picture")
_CLIPPED = 0.90
_LAMP_LARGEST_SHARE = 0.0015
_SURROUND_RATIO = 4.0
_GAIN_MAX = 40.0


def recover_highlights(scene_linear: Picture, strength: float) -> Picture:
    """Brighten small clipped lamps, so that they become discs out of focus.

    A photo clips lamps and glints at white, which blurs to grey. A white area that is small and much brighter than its
    surroundings counts as a lamp: the smaller it is and the more it stands out, the brighter it becomes. Large ones
    and those in bright surroundings (skies, shirts, windows) are unchanged.

    Args:
        scene_linear: (height, width, 3) float32 linear light, at least 0; array or tensor.
        strength: 0 (unchanged) to 1 (lamps up to 40 times white).

    Returns:
        As `scene_linear`; only lamps are changed, and only brightened.

    Raises:
        BadInput: on a wrong picture or a strength out of range.
    """
    import torch

    strength = real("strength", strength, 0.0, 1.0)
    scene = check_picture(scene_linear)
    gain = 1.0 + strength * (_GAIN_MAX - 1.0) * _lamp_likelihood(scene.cpu().numpy())
    recovered = scene * torch.from_numpy(gain[..., None]).to(scene)
    return cast(Picture, recovered if isinstance(scene_linear, torch.Tensor) else recovered.numpy())


def _lamp_likelihood(scene: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely each pixel is a lamp, (height, width) in [0, 1]."""
    brightest = scene.max(axis=2)
    clipped = (brightest >= _CLIPPED).astype(np.uint8)
    height, width = clipped.shape
    count, label, stats, _ = cv2.connectedComponentsWithStats(clipped, connectivity=8)
    largest_px = max(_LAMP_LARGEST_SHARE * height * width, 4.0)
    area_px = stats[:, cv2.CC_STAT_AREA].astype(np.float32)
    smallness = np.clip(1.0 - area_px / largest_px, 0.0, 1.0)
    # Surroundings: mean light around each spot without the clipped pixels.
    reach_px = max(3, 2 * round(0.012 * max(height, width)) + 1)
    dim = cv2.boxFilter(np.where(clipped, 0.0, brightest).astype(np.float32), -1, (reach_px, reach_px))
    share = cv2.boxFilter(1.0 - clipped.astype(np.float32), -1, (reach_px, reach_px))
    around = dim / np.maximum(share, 1e-3)
    around_spot = np.bincount(label.ravel(), around.ravel(), minlength=count) / np.maximum(area_px, 1.0)
    contrast = 1.0 / np.maximum(around_spot, 1e-3)
    standing_out = np.clip((contrast - 1.5) / (_SURROUND_RATIO - 1.5), 0.0, 1.0)
    spot = (smallness * standing_out).astype(np.float32)
    spot[0] = 0.0
    likelihood = spot[label]
    # The fringe of a clipped spot is anti-aliased: the gain rises along it.
    return likelihood * np.clip((brightest - _CLIPPED) / (1.0 - _CLIPPED), 0.25, 1.0)
