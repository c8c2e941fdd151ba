"""What a lens sees of a scene: the surface in front at each pixel, and what hides behind it near edges."""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import max_pool2d

from refocus.optics.fill import fill_smoothly

HIDDEN_LIGHT_MAX = 1.0
"""Filled colours are clamped to this, so that lights are not seen twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """Premultiplied surfaces of a scene, already extended beyond the picture's border.

    Attributes:
        front: (4, height, width) colour times alpha, and alpha.
        front_disparity: (height, width).
        hidden: (4, height, width) what lies behind the front near depth edges; alpha 0 elsewhere.
        hidden_disparity: (height, width).
    """

    front: torch.Tensor
    front_disparity: torch.Tensor
    hidden: torch.Tensor
    hidden_disparity: torch.Tensor


def find_surfaces(scene: torch.Tensor, disparity: torch.Tensor, gap: float, reach_px: int, steps: int) -> Surfaces:
    """Split a picture into front and hidden surfaces.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        gap: a jump in disparity of at least this separates two surfaces.
        reach_px: how far behind an edge the lens may look.
        steps: disparity thresholds to look behind.
    """
    hidden = torch.zeros_like(scene)
    hidden_disparity = torch.zeros_like(disparity)
    hidden_alpha = torch.zeros_like(disparity)
    low, high = float(disparity.min()), float(disparity.max())
    levels = max(1, math.ceil(math.log2(max(reach_px, 1))) + 1)
    stacked = torch.cat([scene.clamp_max(HIDDEN_LIGHT_MAX), disparity[None]])
    near_edge = _spread(disparity[None], 2 * reach_px + 1)
    for step in range(1, steps + 1):
        if high - low < gap:
            break
        threshold = low + (high - low) * step / steps
        known = (disparity < threshold - gap).float()[None]
        if not bool(known.any()):
            continue
        filled, weight = fill_smoothly(stacked, known, levels)
        behind = (disparity >= threshold - 0.5 * (high - low) / steps) & (weight[0] > 1e-3)
        hidden = torch.where(behind, filled[:3], hidden)
        hidden_disparity = torch.where(behind, filled[3], hidden_disparity)
        hidden_alpha = torch.where(behind, 1.0, hidden_alpha)
    hidden_alpha = hidden_alpha * ((disparity - near_edge[0]) > gap)
    ones = torch.ones_like(disparity)[None]
    return Surfaces(
        torch.cat([scene, ones]), disparity, torch.cat([hidden * hidden_alpha, hidden_alpha[None]]), hidden_disparity
    )


def _spread(values: torch.Tensor, size: int) -> torch.Tensor:
    """Smallest value within a square of odd size."""
    rows = max_pool2d(-values[None], (size, 1), 1, (size // 2, 0))
    return -max_pool2d(rows, (1, size), 1, (0, size // 2))[0]
