"""What a lens sees of a scene: the surface in front at each pixel, and what hides behind it near edges."""

import math
from dataclasses import dataclass

import torch

from refocus.optics.chords import fill_along_chords
from refocus.optics.fill import average_around
from refocus.optics.unmix import unmix_edges
from refocus.optics.windows import smallest_around

HIDDEN_LIGHT_MAX = 1.0
"""Filled colours are clamped to this, so that lights are not seen twice."""
_THRESHOLD_APART = 0.25


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


@dataclass(frozen=True, slots=True)
class LookBehind:
    """How to look behind objects.

    Attributes:
        jump: a jump in disparity of at least this separates two surfaces.
        reach_px: how far behind an outline the lens may look.
        thresholds: how many disparities, at most, to look behind.
        chords_px: how finely to carry lines on behind objects, see `fill_along_chords`; 0 not at all.
    """

    jump: float
    reach_px: int
    thresholds: int
    chords_px: int


def find_surfaces(scene: torch.Tensor, disparity: torch.Tensor, look: LookBehind) -> Surfaces:
    """Split a picture into front and hidden surfaces.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        look: how to look behind objects.
    """
    edges = unmix_edges(scene, disparity, look.jump)
    front = torch.cat([scene, torch.ones_like(disparity)[None]])
    front[:3, edges.where], front[3, edges.where] = edges.near_light, edges.alpha
    far = torch.cat([scene, torch.ones_like(disparity)[None], edges.far_disparity[None]])
    far[:3, edges.where] = edges.far_light
    certainty = torch.ones_like(disparity)
    certainty[edges.where] = (1.0 - edges.alpha) ** 2
    hidden = _fill_hidden(far, certainty, edges.near_disparity, look)
    hidden_disparity = torch.where(edges.where, edges.far_disparity, hidden[4])
    hidden = hidden[:4]
    hidden[:3, edges.where], hidden[3, edges.where] = edges.far_light, 1.0
    return Surfaces(front, edges.near_disparity, hidden, hidden_disparity, bool(scene.max() > 1.0))


def _fill_hidden(
    far: torch.Tensor, certainty: torch.Tensor, front_disparity: torch.Tensor, look: LookBehind
) -> torch.Tensor:
    """What lies behind: (5, height, width) premultiplied colour, alpha and disparity.

    Each pixel is filled from pixels that are farther than its own surface by a jump at least.
    """
    hidden = torch.zeros_like(far)
    near_outline = front_disparity - smallest_around(front_disparity, 2 * look.reach_px + 1) > look.jump
    if not bool(near_outline.any()):
        return hidden
    far_disparity = far[4]
    levels = max(1, math.ceil(math.log2(max(look.reach_px, 1))) + 1)
    # Averaged as the eye (and 8-bit sRGB) weighs light, or a few bright texels would make the filling too bright.
    far = torch.cat([far[:3].clamp(0.0, HIDDEN_LIGHT_MAX).sqrt(), far[3:]])
    place = torch.nonzero(near_outline.view(-1))[:, 0]
    front, known_here = front_disparity.view(-1)[place], far.view(5, -1)[:, place]
    filled = known_here.new_zeros(known_here.shape)
    for threshold in _thresholds(front, look.thresholds, look.jump):
        known = ((far_disparity < threshold - look.jump) * certainty)[None]
        around, weight = average_around(far, known, levels)
        share = known.view(-1)[place]
        around, weight = around.view(5, -1)[:, place], torch.maximum(weight.view(-1)[place], share)
        behind = (front >= threshold) & (weight > 1e-3)
        filled = torch.where(behind, torch.lerp(around, known_here, share), filled)
    hidden.view(5, -1)[:, place] = filled
    if look.chords_px > 0:
        along, trust = fill_along_chords(
            far,
            hidden[4],
            front_disparity - look.jump,
            certainty > 0.5,
            near_outline & (hidden[3] > 0),
            jump=look.jump,
            reach_px=2 * look.reach_px,
            fine_reach_px=look.chords_px,
        )
        hidden = torch.lerp(hidden, along, trust)
    hidden[:3] **= 2
    return hidden * near_outline


def _thresholds(front_disparity: torch.Tensor, count: int, jump: float) -> list[float]:
    """Disparities to look behind, ascending, spread as the objects that hide something are."""
    ordered = front_disparity.sort().values
    places = torch.linspace(0, ordered.numel() - 1, count, device=ordered.device).long()
    taken: list[float] = []
    for value in ordered[places].tolist():
        if not taken or value - taken[-1] > _THRESHOLD_APART * jump:
            taken.append(value)
    return taken
