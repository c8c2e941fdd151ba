"""Renderers to compare with: what people write first. All take (scene_linear, coc_px per pixel)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb, srgb_to_linear
from refocus.optics.aperture import Aperture, KernelCaster


def copy_sharp(scene_linear: NDArray[np.float32], coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """No blur at all."""
    return scene_linear


def blur_and_pick(scene_linear: NDArray[np.float32], coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur the whole picture once for each whole pixel of CoC and pick each pixel's own: linear light."""
    caster = KernelCaster(Aperture())
    rounded = np.abs(coc_px).round().astype(int)
    picked = np.empty_like(scene_linear)
    for diameter in np.unique(rounded):
        kernel = caster.kernel(float(diameter))
        blurred = cv2.filter2D(scene_linear, -1, kernel, borderType=cv2.BORDER_REFLECT)
        own = rounded == diameter
        picked[own] = blurred[own]
    return picked


def blur_and_pick_srgb(scene_linear: NDArray[np.float32], coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same in sRGB values, as photo editors without linear light do."""
    return srgb_to_linear(blur_and_pick(linear_to_srgb(scene_linear), coc_px))
