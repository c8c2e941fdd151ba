"""Split a scene into layers: the surface in front at each pixel, and what it hides near its outlines."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from refocus.optics.render.filters import maximum_filter, minimum_filter, shrink
from refocus.optics.render.inpaint import inpaint_along_lines, inpaint_halved, sample_halved
from refocus.optics.render.lamps import LAMP_LIGHT_MIN
from refocus.optics.render.mattes import MatteCrop, unmix_matte
from refocus.optics.render.outlines import harden_outlines, smooth_surfaces, unmix_edges
from refocus.optics.render.quality import LayerSettings
from refocus.optics.render.slice_boxes import DisparityHistogram, cell_indices, grid_size
from refocus.optics.render.thin import find_thin, look_behind

HIDDEN_LAYERS = 2
"""At most: one behind every outline, and one behind that where something thin hides an outline."""
HIDDEN_LIGHT_MAX = 1.0
"""Inpainted light is clamped to this, so that lamps do not appear twice."""
_THRESHOLD_DISTANCE = 0.25
_FEWER_THRESHOLDS = 3
"""The second hidden layer looks behind this many times fewer disparities."""
_MIN_WEIGHT = 1e-3
"""With less weight than this nothing known is within reach."""


@dataclass(frozen=True, slots=True, eq=False)
class HiddenLayer:
    """A layer behind others.

    Attributes:
        light: (4, height, width) light times alpha, and alpha; 0 where nothing is hidden.
        disparity: (height, width), -inf where nothing is hidden.
        indices: (hidden,) flat indices of pixels with something hidden.
        cells: (hidden,) their cells in a histogram, see `cell_indices`.
    """

    light: torch.Tensor
    disparity: torch.Tensor
    indices: torch.Tensor
    cells: torch.Tensor

    @classmethod
    def of(cls, light: torch.Tensor, disparity: torch.Tensor) -> "HiddenLayer":
        """A layer with its indices. Arguments as the attributes."""
        indices = torch.nonzero(disparity.reshape(-1) > -torch.inf)[:, 0]
        size = disparity.shape[0], disparity.shape[1]
        return cls(light, disparity, indices, cell_indices(size, light.device).view(-1)[indices])


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Premultiplied layers of a scene, extended beyond the picture's border.

    Attributes:
        front: (4, height, width) light times alpha, and alpha.
        front_disparity: (height, width).
        hidden: up to `HIDDEN_LAYERS`, nearest first: what lies behind the front near outlines, and what lies behind
            that where something thin is in front.
        has_lamps: whether anything is brighter than `LAMP_LIGHT_MIN`.
        histogram: of the front.
    """

    front: torch.Tensor
    front_disparity: torch.Tensor
    hidden: tuple[HiddenLayer, ...]
    has_lamps: bool
    histogram: DisparityHistogram

    @classmethod
    def of(
        cls,
        front: torch.Tensor,
        front_disparity: torch.Tensor,
        hidden: Iterable[tuple[torch.Tensor, torch.Tensor]],
        *,
        has_lamps: bool,
    ) -> "Layers":
        """Layers with their histogram.

        Args:
            hidden: light and disparity of each hidden layer, those that are empty are left out.
            others: as the attributes.
        """
        size = front_disparity.shape[0], front_disparity.shape[1]
        cell = cell_indices(size, front.device).view(-1)
        histogram = DisparityHistogram.of(front_disparity.reshape(-1), cell, grid_size(size))
        found = (HiddenLayer.of(light, disparity) for light, disparity in hidden)
        return cls(front, front_disparity, tuple(h for h in found if h.indices.numel() > 0), has_lamps, histogram)

    def crop(self, rows: slice, columns: slice) -> "Layers":
        """The layers of a part of the picture."""
        return Layers.of(
            self.front[:, rows, columns],
            self.front_disparity[rows, columns],
            [(hidden.light[:, rows, columns], hidden.disparity[rows, columns]) for hidden in self.hidden],
            has_lamps=self.has_lamps,
        )


def find_layers(
    scene: torch.Tensor, disparity: torch.Tensor, settings: LayerSettings, matte: MatteCrop | None = None
) -> Layers:
    """Split a picture into the layer in front and the hidden ones.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        settings: how to separate surfaces and inpaint what is hidden.
        matte: of a nearer surface, whose outline replaces that of the disparity.
    """
    # A lamp may be a pixel or two wide, yet its disc shows its own depth: its disparity is not cleaned.
    keep = maximum_filter(scene.amax(0), 3) > LAMP_LIGHT_MIN
    if matte is not None:
        keep |= matte.where
        disparity = torch.where(matte.where, matte.disparity, disparity)
    disparity = smooth_surfaces(disparity, settings.jump, keep=keep)
    disparity = harden_outlines(disparity, settings.jump, settings.ramp_px, keep=keep)
    thin = find_thin(disparity, settings.jump, settings.thin_px)
    if matte is not None:
        thin &= ~matte.where  # behind strands lies the matte's farther surface
    behind = look_behind(scene, disparity, thin, settings.jump, settings.thin_px) if bool(thin.any()) else None
    edges = unmix_edges(scene, disparity, settings.jump, behind)
    if matte is not None:
        edges = unmix_matte(scene, edges, matte)
    front = torch.cat([scene, torch.ones_like(disparity)[None]])
    front[:3, edges.where], front[3, edges.where] = edges.near_light, edges.alpha
    far = torch.cat([scene, edges.far_disparity[None]])
    far[:3, edges.where] = edges.far_light
    certainty = torch.ones_like(disparity)
    certainty[edges.where] = (1.0 - edges.alpha) ** 2
    hidden, hidden_disparity = _inpaint_hidden(far, certainty, edges.near_disparity, settings)
    if behind is not None:
        other = (hidden_disparity[behind.where] - behind.disparity).abs() > settings.jump
        other |= hidden[3, behind.where] == 0.0
        # Where both agree, the average of several directions is the better colour.
        rows, columns = (index[other] for index in torch.nonzero(behind.where, as_tuple=True))
        hidden_disparity[rows, columns] = behind.disparity[other]
        hidden[:3, rows, columns], hidden[3, rows, columns] = behind.light[:, other], 1.0
    hidden_disparity = torch.where(edges.where, edges.far_disparity, hidden_disparity)
    hidden[:3, edges.where], hidden[3, edges.where] = edges.far_light, 1.0
    is_hidden = (hidden[3] > 0.0) & (edges.near_disparity - hidden_disparity > settings.jump)
    hidden_disparity.masked_fill_(~is_hidden, -torch.inf)
    found = [(hidden, hidden_disparity)]
    if behind is not None:
        around = (maximum_filter(thin.to(disparity.dtype), 3) > 0.0) & is_hidden
        if bool(around.any()):
            found.append(_inpaint_second(far, certainty, hidden_disparity, around, settings))
    return Layers.of(front, edges.near_disparity, found, has_lamps=bool(scene.max() > LAMP_LIGHT_MIN))


def _inpaint_second(
    far: torch.Tensor,
    certainty: torch.Tensor,
    front_disparity: torch.Tensor,
    where: torch.Tensor,
    settings: LayerSettings,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The layer behind the hidden one: (4, height, width) premultiplied, and (height, width) disparity.

    Args:
        far: (4, height, width) the square root of light, and disparity.
        certainty: (height, width) weight of `far` in [0, 1].
        front_disparity: (height, width) of the hidden layer.
        where: (height, width) bool, pixels to look behind.
        settings: as in `find_layers`.
    """
    hidden, hidden_disparity = torch.zeros_like(far), torch.full_like(front_disparity, -torch.inf)
    farthest = minimum_filter(far[3], 2 * settings.reach_px + 1)
    rows, columns = torch.nonzero(where & (front_disparity - farthest > settings.jump), as_tuple=True)
    if rows.numel() == 0:
        return hidden, hidden_disparity
    fewer = replace(settings, thresholds=-(-settings.thresholds // _FEWER_THRESHOLDS))
    filled, behind = _inpaint_at(rows, columns, far, certainty, front_disparity[rows, columns], fewer)
    rows, columns, filled = rows[behind], columns[behind], filled[:, behind]
    hidden_disparity[rows, columns] = filled[3]
    hidden[:3, rows, columns], hidden[3, rows, columns] = filled[:3].square_(), 1.0
    return hidden, hidden_disparity


def _inpaint_hidden(
    far: torch.Tensor, certainty: torch.Tensor, front_disparity: torch.Tensor, settings: LayerSettings
) -> tuple[torch.Tensor, torch.Tensor]:
    """The hidden layer: (4, height, width) premultiplied, and (height, width) disparity, 0 where nothing is hidden.

    Each pixel is inpainted from pixels that are farther than its own surface by at least a jump.

    Args:
        far: (4, height, width) visible light and disparity; overwritten.
        certainty: (height, width) weight of `far` in [0, 1].
        front_disparity: (height, width).
        settings: as in `find_layers`.
    """
    size = front_disparity.shape
    hidden, hidden_disparity = torch.zeros_like(far), torch.zeros_like(front_disparity)
    near_outline = front_disparity - minimum_filter(front_disparity, 2 * settings.reach_px + 1) > settings.jump
    indices = torch.nonzero(near_outline.view(-1))[:, 0]
    if indices.numel() == 0:
        return hidden, hidden_disparity
    # The square root weighs light as the eye does; otherwise a few bright pixels would dominate the average.
    far[:3].clamp_(0.0, HIDDEN_LIGHT_MAX).sqrt_()
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
    return hidden, hidden_disparity


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
