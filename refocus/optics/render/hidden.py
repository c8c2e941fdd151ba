"""What lies behind the front of a scene: inpainted from what is farther around, on a coarser grid for big pictures."""

import math
from dataclasses import dataclass, replace

import torch
from torch.nn.functional import max_pool2d

from refocus.optics.render.filters import enlarge, minimum_filter, shrink
from refocus.optics.render.inpaint import inpaint_along_lines, inpaint_halved, sample_halved
from refocus.optics.render.quality import LayerSettings

HIDDEN_LIGHT_MAX = 1.0
"""Inpainted light is clamped to this, so that lamps do not appear twice."""
_THRESHOLD_DISTANCE = 0.25
_FEWER_THRESHOLDS = 3
"""The second hidden layer looks behind this many times fewer disparities."""
_MIN_WEIGHT = 1e-3
"""With less weight than this nothing known is within reach."""


@dataclass(frozen=True, slots=True, eq=False)
class Visible:
    """What is visible of a scene's surfaces, to inpaint from; on a grid coarser than the picture's by a scale.

    Attributes:
        far: (4, height, width) the square root of light, and disparity; of the farther surface at outlines.
        certainty: (height, width) weight of `far` in [0, 1].
        scale: a power of 2.
    """

    far: torch.Tensor
    certainty: torch.Tensor
    scale: int

    @classmethod
    def of(cls, far: torch.Tensor, certainty: torch.Tensor, jump: float, scale: int) -> "Visible":
        """Bring what is visible to a grid; where a block of pixels shows several surfaces, the farthest counts.

        Args:
            far: (4, height, width) linear light and disparity; overwritten.
            certainty: (height, width).
            jump: a jump in disparity of at least this separates two surfaces.
            scale: height and width are multiples of it.
        """
        # The square root weighs light as the eye does; otherwise a few bright pixels would dominate the average.
        far[:3].clamp_(0.0, HIDDEN_LIGHT_MAX).sqrt_()
        if scale == 1:
            return cls(far, certainty, scale)
        disparity = far[3]
        farthest = -_largest(-disparity, scale)
        counts = (disparity < _repeated(farthest, scale) + jump).to(far.dtype)
        weight = counts * certainty.clamp_min(_MIN_WEIGHT)
        sums = shrink(torch.cat([far * weight, torch.stack([weight, counts, counts * certainty])]), scale)
        return cls(sums[:4] / sums[4], sums[6] / sums[5], scale)


def _largest(plane: torch.Tensor, scale: int) -> torch.Tensor:
    """The largest value of each block of a (height, width) plane."""
    return plane if scale == 1 else max_pool2d(plane[None], scale)[0]


def _repeated(plane: torch.Tensor, scale: int) -> torch.Tensor:
    """Each value of a (height, width) plane as a block."""
    return plane.repeat_interleave(scale, dim=0).repeat_interleave(scale, dim=1)


def inpaint_hidden(
    visible: Visible, front_disparity: torch.Tensor, settings: LayerSettings
) -> tuple[torch.Tensor, torch.Tensor]:
    """The layer behind the front: (4, height, width) premultiplied, and (height, width) disparity.

    Each pixel is inpainted from pixels that are farther than its own surface by at least a jump.

    Args:
        visible: what to inpaint from.
        front_disparity: (height, width).
        settings: as in `find_layers`.

    Returns:
        Light with its alpha, and disparity; 0 where nothing is hidden.
    """
    settings, front_disparity = _at_scale(settings, visible.scale), _largest(front_disparity, visible.scale)
    far, certainty, size = visible.far, visible.certainty, front_disparity.shape
    hidden, hidden_disparity = torch.zeros_like(far), torch.zeros_like(front_disparity)
    near_outline = front_disparity - minimum_filter(front_disparity, 2 * settings.reach_px + 1) > settings.jump
    indices = torch.nonzero(near_outline.view(-1))[:, 0]
    if indices.numel() == 0:
        return _at_full_size(hidden, hidden_disparity, visible.scale)
    rows, columns = indices.div(size[1], rounding_mode="floor"), indices % size[1]
    filled, behind = _inpaint_at(rows, columns, far, certainty, front_disparity.view(-1)[indices], settings)
    hidden_disparity.view(-1)[indices] = filled[3]
    if settings.lines_reach_px > 0:
        is_behind = torch.zeros_like(near_outline)
        is_behind.view(-1)[indices] = behind
        lines = inpaint_along_lines(
            far,
            hidden_disparity,
            front_disparity - settings.jump,
            certainty > 0.5,
            is_behind,
            jump=settings.jump,
            reach_px=2 * settings.reach_px,
            fine_reach_px=settings.lines_reach_px,
        )
        along, trust = lines.sample(rows, columns)
        filled = torch.lerp(filled, along, trust.mul_(behind))
        hidden_disparity.view(-1)[indices] = filled[3]
    hidden[3].view(-1)[indices] = behind.to(far.dtype)
    hidden[:3].view(3, -1)[:, indices] = filled[:3].square_()
    return _at_full_size(hidden, hidden_disparity, visible.scale)


def inpaint_second(
    visible: Visible, hidden_disparity: torch.Tensor, where: torch.Tensor, settings: LayerSettings
) -> tuple[torch.Tensor, torch.Tensor]:
    """The layer behind the hidden one: (4, height, width) premultiplied, and (height, width) disparity.

    Args:
        visible: what to inpaint from.
        hidden_disparity: (height, width) of the hidden layer.
        where: (height, width) bool, pixels to look behind.
        settings: as in `find_layers`.

    Returns:
        Light with its alpha, and disparity, -inf where nothing is hidden.
    """
    settings, far = _at_scale(settings, visible.scale), visible.far
    front = _largest(hidden_disparity.masked_fill(~where, -torch.inf), visible.scale)
    second, second_disparity = torch.zeros_like(far), torch.full_like(front, -torch.inf)
    farthest = minimum_filter(far[3], 2 * settings.reach_px + 1)
    rows, columns = torch.nonzero(front - farthest > settings.jump, as_tuple=True)
    if rows.numel() > 0:
        fewer = replace(settings, thresholds=-(-settings.thresholds // _FEWER_THRESHOLDS))
        filled, behind = _inpaint_at(rows, columns, far, visible.certainty, front[rows, columns], fewer)
        rows, columns, filled = rows[behind], columns[behind], filled[:, behind]
        second_disparity[rows, columns] = filled[3]
        second[:3, rows, columns], second[3, rows, columns] = filled[:3].square_(), 1.0
    second, second_disparity = _at_full_size(second, second_disparity, visible.scale)
    return second.mul_(where), second_disparity.masked_fill_(~where, -torch.inf)


def _at_scale(settings: LayerSettings, scale: int) -> LayerSettings:
    return replace(settings, reach_px=-(-settings.reach_px // scale))


def _at_full_size(light: torch.Tensor, disparity: torch.Tensor, scale: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A layer of a coarser grid at the picture's size; its colours are smooth, its outlines those of the grid."""
    if scale == 1:
        return light, disparity
    wide = enlarge(light, scale)
    wide[:3] /= wide[3].clamp_min(_MIN_WEIGHT)
    wide[3] = _repeated(light[3], scale)
    wide[:3] *= wide[3]
    return wide, _repeated(disparity, scale)


def _inpaint_at(
    rows: torch.Tensor,
    columns: torch.Tensor,
    far: torch.Tensor,
    certainty: torch.Tensor,
    front: torch.Tensor,
    settings: LayerSettings,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Average what is farther around each pixel.

    Args:
        rows, columns: (pixels,) coordinates.
        far: (4, height, width) the square root of light, and disparity.
        certainty: (height, width) weight of `far` in [0, 1].
        front: (pixels,) disparity of the surface in front.
        settings: as in `find_layers`.

    Returns:
        (4, pixels) averages, 0 where nothing is behind; and (pixels,) bool, whether something is.
    """
    height, width = certainty.shape
    levels = max(1, math.ceil(math.log2(max(settings.reach_px, 1))) + 1)
    known = torch.cat([far, torch.ones_like(certainty)[None]]).mul_(certainty)
    pooled = known.new_zeros(5, height // 2, width // 2)
    filled = known.new_zeros(4, rows.numel())
    behind = torch.zeros_like(rows, dtype=torch.bool)
    thresholds = _thresholds(front, settings.thresholds, settings.jump)
    counted = -torch.inf
    for threshold, following in zip(thresholds, [*thresholds[1:], torch.inf], strict=True):
        limit = threshold - settings.jump
        _add_halved(pooled, known, (far[3] >= counted) & (far[3] < limit))
        counted = limit
        own = torch.nonzero((front >= threshold) & (front < following))[:, 0]
        around = sample_halved(inpaint_halved(pooled.clone(), levels), rows[own], columns[own])
        pixels = rows[own] * width + columns[own]
        seen = far.view(4, -1)[:, pixels]
        share = certainty.view(-1)[pixels] * (seen[3] < limit)
        is_behind = torch.maximum(around[4], share) > _MIN_WEIGHT
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
    """Disparities to look behind, ascending: quantiles of the objects that hide something."""
    ordered = front_disparity.sort().values
    indices = torch.linspace(0, ordered.numel() - 1, count, device=ordered.device).long()
    thresholds: list[float] = []
    for value in ordered[indices].tolist():
        if not thresholds or value - thresholds[-1] > _THRESHOLD_DISTANCE * jump:
            thresholds.append(value)
    return thresholds
