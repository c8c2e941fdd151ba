"""What a lens sees of a scene: the surface in front at each pixel, and what hides behind it near edges."""

import math
from dataclasses import dataclass

import torch

from refocus.optics.render.clean_depth import harden_steps, smooth_surfaces
from refocus.optics.render.disparity_histogram import Census, cells_of, grid_of
from refocus.optics.render.inpaint import fill_halved, look_up_halved
from refocus.optics.render.inpaint_lines import fill_along_chords
from refocus.optics.render.pyramid import shrink
from refocus.optics.render.unmix_edges import unmix_edges
from refocus.optics.render.window_filters import largest_around, smallest_around

HIDDEN_LIGHT_MAX = 1.0
"""Filled colours are clamped to this, so that lights are not seen twice."""
LAMP_LIGHT_MIN = 1.25
"""A pixel brighter than this is a lamp; a disc that is hardly brighter than white does not stand out."""
_THRESHOLD_APART = 0.25
_FAINTEST = 1e-3
"""With less weight than this nothing known is near."""


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """Premultiplied surfaces of a scene, already extended beyond the picture's border.

    Attributes:
        front: (4, height, width) colour times alpha, and alpha.
        front_disparity: (height, width).
        hidden: (4, height, width) what lies behind the front near depth edges; alpha 0 elsewhere.
        hidden_disparity: (height, width), -inf where nothing is hidden.
        has_lamps: whether anything is brighter than `LAMP_LIGHT_MIN`.
        census: of the front.
        hidden_at: (hidden,) flat indices of pixels with something hidden.
        hidden_cell: (hidden,) the cells of a census that they are in.
    """

    front: torch.Tensor
    front_disparity: torch.Tensor
    hidden: torch.Tensor
    hidden_disparity: torch.Tensor
    has_lamps: bool
    census: Census
    hidden_at: torch.Tensor
    hidden_cell: torch.Tensor

    @classmethod
    def of(
        cls,
        front: torch.Tensor,
        front_disparity: torch.Tensor,
        hidden: torch.Tensor,
        hidden_disparity: torch.Tensor,
        *,
        has_lamps: bool,
    ) -> "Surfaces":
        """Find out where what is. Arguments as the attributes."""
        size = front_disparity.shape[0], front_disparity.shape[1]
        cell = cells_of(size, front.device).view(-1)
        census = Census.of(front_disparity.reshape(-1), cell, grid_of(size))
        hidden_at = torch.nonzero(hidden_disparity.reshape(-1) > -torch.inf)[:, 0]
        return cls(front, front_disparity, hidden, hidden_disparity, has_lamps, census, hidden_at, cell[hidden_at])

    def cut(self, rows: slice, columns: slice) -> "Surfaces":
        """A part of them."""
        return Surfaces.of(
            self.front[:, rows, columns],
            self.front_disparity[rows, columns],
            self.hidden[:, rows, columns],
            self.hidden_disparity[rows, columns],
            has_lamps=self.has_lamps,
        )


@dataclass(frozen=True, slots=True)
class LookBehind:
    """How to look behind objects.

    Attributes:
        jump: a jump in disparity of at least this separates two surfaces.
        reach_px: how far behind an outline the lens may look.
        thresholds: how many disparities, at most, to look behind.
        chords_px: how finely to carry lines on behind objects, see `fill_along_chords`; 0 not at all.
        ramp_px: ramps of disparity up to twice as long become steps, see `harden_steps`.
    """

    jump: float
    reach_px: int
    thresholds: int
    chords_px: int
    ramp_px: int


def find_surfaces(scene: torch.Tensor, disparity: torch.Tensor, look: LookBehind) -> Surfaces:
    """Split a picture into front and hidden surfaces.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        look: how to look behind objects.
    """
    # Lamps may be a pixel or two wide, and their discs tell their depth from that of what is around.
    is_lamp = largest_around(scene.amax(0), 3) > LAMP_LIGHT_MIN
    disparity = smooth_surfaces(disparity, look.jump, keep=is_lamp)
    disparity = harden_steps(disparity, look.jump, look.ramp_px, keep=is_lamp)
    edges = unmix_edges(scene, disparity, look.jump)
    front = torch.cat([scene, torch.ones_like(disparity)[None]])
    front[:3, edges.where], front[3, edges.where] = edges.near_light, edges.alpha
    far = torch.cat([scene, edges.far_disparity[None]])
    far[:3, edges.where] = edges.far_light
    certainty = torch.ones_like(disparity)
    certainty[edges.where] = (1.0 - edges.alpha) ** 2
    hidden, hidden_disparity = _fill_hidden(far, certainty, edges.near_disparity, look)
    hidden_disparity = torch.where(edges.where, edges.far_disparity, hidden_disparity)
    hidden[:3, edges.where], hidden[3, edges.where] = edges.far_light, 1.0
    is_hidden = (hidden[3] > 0.0) & (edges.near_disparity - hidden_disparity > look.jump)
    hidden_disparity.masked_fill_(~is_hidden, -torch.inf)
    return Surfaces.of(
        front, edges.near_disparity, hidden, hidden_disparity, has_lamps=bool(scene.max() > LAMP_LIGHT_MIN)
    )


def _fill_hidden(
    far: torch.Tensor, certainty: torch.Tensor, front_disparity: torch.Tensor, look: LookBehind
) -> tuple[torch.Tensor, torch.Tensor]:
    """What lies behind: (4, height, width) premultiplied, and (height, width) disparity, 0 where nothing is.

    Each pixel is filled from pixels that are farther than its own surface by a jump at least.

    Args:
        far: (4, height, width) light and disparity of what is in sight; overwritten.
        certainty: (height, width) how far to trust it.
        front_disparity: (height, width).
        look: how to look behind objects.
    """
    size = front_disparity.shape
    hidden, hidden_disparity = torch.zeros_like(far), torch.zeros_like(front_disparity)
    near_outline = front_disparity - smallest_around(front_disparity, 2 * look.reach_px + 1) > look.jump
    place = torch.nonzero(near_outline.view(-1))[:, 0]
    if place.numel() == 0:
        return hidden, hidden_disparity
    # Averaged as the eye (and 8-bit sRGB) weighs light, or a few bright texels would make the filling too bright.
    far[:3].clamp_(0.0, HIDDEN_LIGHT_MAX).sqrt_()
    rows, columns = place.div(size[1], rounding_mode="floor"), place % size[1]
    filled, behind = _fill_at(rows, columns, far, certainty, front_disparity.view(-1)[place], look)
    hidden_disparity.view(-1)[place] = filled[3]
    if look.chords_px > 0:
        is_behind = torch.zeros_like(near_outline)
        is_behind.view(-1)[place] = behind
        chords = fill_along_chords(
            far,
            hidden_disparity,
            front_disparity - look.jump,
            certainty > 0.5,
            is_behind,
            jump=look.jump,
            reach_px=2 * look.reach_px,
            fine_reach_px=look.chords_px,
        )
        along, trust = chords.look_up(rows, columns)
        filled = torch.lerp(filled, along, trust.mul_(behind))
        hidden_disparity.view(-1)[place] = filled[3]
    hidden[3].view(-1)[place] = behind.to(far.dtype)
    hidden[:3].view(3, -1)[:, place] = filled[:3].square_()
    return hidden, hidden_disparity


def _fill_at(
    rows: torch.Tensor,
    columns: torch.Tensor,
    far: torch.Tensor,
    certainty: torch.Tensor,
    front: torch.Tensor,
    look: LookBehind,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Average what is farther around pixels.

    Args:
        rows, columns: (pixels,) places.
        far: (4, height, width) the square root of light, and disparity.
        certainty: (height, width) how far to trust it.
        front: (pixels,) disparity of the surface in front.
        look: how to look behind objects.

    Returns:
        (4, pixels) averages, 0 where nothing is behind, and (pixels,) bool where something is.
    """
    height, width = certainty.shape
    levels = max(1, math.ceil(math.log2(max(look.reach_px, 1))) + 1)
    known = torch.cat([far, torch.ones_like(certainty)[None]]).mul_(certainty)
    pooled = known.new_zeros(5, height // 2, width // 2)
    filled = known.new_zeros(4, rows.numel())
    behind = torch.zeros_like(rows, dtype=torch.bool)
    thresholds = _thresholds(front, look.thresholds, look.jump)
    counted = -torch.inf
    for threshold, following in zip(thresholds, [*thresholds[1:], torch.inf], strict=True):
        limit = threshold - look.jump
        _add_halved(pooled, known, (far[3] >= counted) & (far[3] < limit))
        counted = limit
        own = torch.nonzero((front >= threshold) & (front < following))[:, 0]
        around = look_up_halved(fill_halved(pooled.clone(), levels), rows[own], columns[own])
        pixels = rows[own] * width + columns[own]
        seen = far.view(4, -1)[:, pixels]
        share = certainty.view(-1)[pixels] * (seen[3] < limit)
        is_behind = torch.maximum(around[4], share) > _FAINTEST
        around = around[:4].div_(around[4].clamp_min(1e-6))
        filled[:, own] = torch.lerp(around, seen, share).mul_(is_behind)
        behind[own] = is_behind
    return filled, behind


def _add_halved(halved: torch.Tensor, planes: torch.Tensor, where: torch.Tensor) -> None:
    """Add planes, where a (height, width) condition holds, to planes of half their size."""
    rows, columns = where.any(dim=1).nonzero()[:, 0], where.any(dim=0).nonzero()[:, 0]
    if rows.numel() == 0:
        return
    (top, bottom), (left, right) = ((int(n[0]) // 2, int(n[-1]) // 2 + 1) for n in (rows, columns))
    full = slice(2 * top, 2 * bottom), slice(2 * left, 2 * right)
    halved[:, top:bottom, left:right] += shrink(planes[(slice(None), *full)] * where[full], 2)


def _thresholds(front_disparity: torch.Tensor, count: int, jump: float) -> list[float]:
    """Disparities to look behind, ascending, spread as the objects that hide something are."""
    ordered = front_disparity.sort().values
    places = torch.linspace(0, ordered.numel() - 1, count, device=ordered.device).long()
    taken: list[float] = []
    for value in ordered[places].tolist():
        if not taken or value - taken[-1] > _THRESHOLD_APART * jump:
            taken.append(value)
    return taken
