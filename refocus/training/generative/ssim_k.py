"""Genfocus' K of a photo by the best match of a rendering (arXiv 2512.16923, equation 5)."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.optics import coc_px_from_k_radius_px, render_focus

_COARSE_STEPS = 7
_GOLDEN = (math.sqrt(5) - 1) / 2
_TOLERANCE = 0.015  # of log K


class FoundK(NamedTuple):
    """K of the best rendering, in pixels of blur radius per diopter, and its SSIM with the photo."""

    k_radius_px_per_diopter: float
    ssim: float


def find_k(
    sharp_srgb: NDArray[np.uint8],
    disparity_diopters: NDArray[np.float32],
    photo_srgb: NDArray[np.uint8],
    focus_diopters: float,
    *,
    largest_radius_px: float = 60.0,
    border_px: int = 0,
) -> FoundK:
    """Search the K whose rendering is most like the photo.

    The SSIM is computed for radii (at the point farthest from the focus) from 0.5 px to the largest in geometric steps,
    then a golden-section search refines the best one to about 1 %. K = 0, no blur, is compared as well.

    Args:
        sharp_srgb: (height, width, 3) uint8, the all-in-focus picture.
        disparity_diopters: (height, width) float32.
        photo_srgb: (height, width, 3) uint8, the photo with blur.
        focus_diopters: the disparity in focus.
        largest_radius_px: end of the search, at the point farthest from the focus.
        border_px: margin that is left out on each side.
    """
    low, high = float(disparity_diopters.min()), float(disparity_diopters.max())
    focus = float(np.clip(focus_diopters, low, high))
    reach = max(high - focus, focus - low)
    scene_linear, truth = srgb_to_linear(sharp_srgb), _tensor(photo_srgb, border_px)

    def quality(k: float) -> float:
        rendered = render_focus(
            scene_linear,
            disparity_diopters,
            focus_disparity=focus,
            coc_px_per_disparity=coc_px_from_k_radius_px(k),
            quality="preview",
        )
        value = structural_similarity_index_measure(
            _tensor(linear_to_srgb8(rendered), border_px), truth, data_range=1.0
        )
        return float(value if isinstance(value, Tensor) else value[0])

    unblurred = FoundK(0.0, quality(0.0))
    if reach <= 0:
        return unblurred  # a flat scene in focus looks the same for every K
    return max(unblurred, _best(quality, 0.5 / reach, largest_radius_px / reach), key=lambda found: found.ssim)


def _best(quality: Callable[[float], float], low: float, high: float) -> FoundK:
    """The best K between two: geometric steps, then golden-section search around the best step."""
    steps = np.geomspace(low, high, _COARSE_STEPS)
    values = [quality(float(k)) for k in steps]
    at = int(np.argmax(values))
    left, right = math.log(steps[max(at - 1, 0)]), math.log(steps[min(at + 1, len(steps) - 1)])
    inner_left, inner_right = right - _GOLDEN * (right - left), left + _GOLDEN * (right - left)
    value_left, value_right = quality(math.exp(inner_left)), quality(math.exp(inner_right))
    while right - left > _TOLERANCE:
        if value_left > value_right:
            right, inner_right, value_right = inner_right, inner_left, value_left
            inner_left = right - _GOLDEN * (right - left)
            value_left = quality(math.exp(inner_left))
        else:
            left, inner_left, value_left = inner_left, inner_right, value_right
            inner_right = left + _GOLDEN * (right - left)
            value_right = quality(math.exp(inner_right))
    return max(
        (FoundK(math.exp(inner_left), value_left), FoundK(math.exp(inner_right), value_right)), key=lambda f: f.ssim
    )


def _tensor(picture_srgb: NDArray[np.uint8], border_px: int) -> Tensor:
    """(1, 3, height, width) float32 in [0, 1], without the border."""
    height, width = picture_srgb.shape[:2]
    inner = picture_srgb[border_px : height - border_px, border_px : width - border_px]
    return torch.from_numpy(np.ascontiguousarray(inner.transpose(2, 0, 1))).float()[None] / 255
