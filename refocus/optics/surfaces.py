"""What a lens sees of a scene: the surface in front at each pixel, and what hides behind it near edges."""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import max_pool2d

from refocus.optics.chords import fill_along_chords
from refocus.optics.fill import fill_from_around
from refocus.optics.unmix import unmix_edges

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
        has_lamps: whether anything is brighter than white.
    """

    front: torch.Tensor
    front_disparity: torch.Tensor
    hidden: torch.Tensor
    hidden_disparity: torch.Tensor
    has_lamps: bool


def find_surfaces(
    scene: torch.Tensor,
    disparity: torch.Tensor,
    *,
    jump: float,
    reach_px: int,
    disparity_range: tuple[float, float],
    thresholds: int,
) -> Surfaces:
    """Split a picture into front and hidden surfaces.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.
        reach_px: how far behind an edge the lens may look.
        disparity_range: smallest and largest disparity of the whole scene.
        thresholds: disparities, evenly spaced over the range, behind which to look.
    """
    edges = unmix_edges(scene, disparity, jump)
    front = torch.cat([scene, torch.ones_like(disparity)[None]])
    front[:3, edges.where], front[3, edges.where] = edges.near_light, edges.alpha
    far = torch.cat([scene, torch.ones_like(disparity)[None], edges.far_disparity[None]])
    far[:3, edges.where] = edges.far_light
    certainty = torch.ones_like(disparity)
    certainty[edges.where] = (1.0 - edges.alpha) ** 2
    hidden = _fill_hidden(far, certainty, edges.near_disparity, jump, reach_px, disparity_range, thresholds)
    hidden_disparity = torch.where(edges.where, edges.far_disparity, hidden[4])
    hidden = hidden[:4]
    hidden[:3, edges.where], hidden[3, edges.where] = edges.far_light, 1.0
    return Surfaces(front, edges.near_disparity, hidden, hidden_disparity, bool(scene.max() > 1.0))


def _fill_hidden(
    far: torch.Tensor,
    certainty: torch.Tensor,
    front_disparity: torch.Tensor,
    jump: float,
    reach_px: int,
    disparity_range: tuple[float, float],
    thresholds: int,
) -> torch.Tensor:
    """What lies behind: (5, height, width) premultiplied colour, alpha and disparity.

    Each pixel is filled from pixels that are farther than its own surface by a jump at least.
    """
    hidden = torch.zeros_like(far)
    low, high = disparity_range
    near_outline = front_disparity - _smallest_around(front_disparity, 2 * reach_px + 1) > jump
    if not bool(near_outline.any()):
        return hidden
    far_disparity = far[4]
    levels = max(1, math.ceil(math.log2(max(reach_px, 1))) + 1)
    # Averaged as the eye (and 8-bit sRGB) weighs light, or a few bright texels would make the filling too bright.
    far = torch.cat([far[:3].clamp(0.0, HIDDEN_LIGHT_MAX).sqrt(), far[3:]])
    for step in range(1, thresholds + 1):
        threshold = low + (high - low) * step / thresholds
        known = ((far_disparity < threshold - jump) * certainty)[None]
        filled, weight = fill_from_around(far, known, levels)
        behind = (front_disparity >= threshold - 0.5 * (high - low) / thresholds) & (weight[0] > 1e-3)
        hidden = torch.where(behind, filled, hidden)
    along, trust = fill_along_chords(
        far,
        hidden[4],
        front_disparity - jump,
        certainty > 0.5,
        near_outline & (hidden[3] > 0),
        jump=jump,
        reach_px=2 * reach_px,
    )
    hidden = torch.lerp(hidden, along, trust)
    hidden[:3] **= 2
    return hidden * near_outline


def _smallest_around(values: torch.Tensor, size: int) -> torch.Tensor:
    rows = max_pool2d(-values[None, None], (size, 1), 1, (size // 2, 0))
    return -max_pool2d(rows, (1, size), 1, (0, size // 2))[0, 0]
