"""Blur surfaces slice by slice with their circle of confusion, and hide what lies behind others."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from refocus.optics.aperture import KernelCaster
from refocus.optics.convolve import blur_planes
from refocus.optics.lights import blur_lights
from refocus.optics.surfaces import Surfaces

LIGHT_THRESHOLD = 1.0
"""What is brighter than this is blurred apart, as square pixels of light, so that its disc is exact."""
_COARSEST_SCALE = 8


@dataclass(frozen=True, slots=True)
class Slicing:
    """How finely a scene is cut into slices of equal CoC.

    Attributes:
        step_px: thickness of a slice at the focus, pixels of CoC.
        growth: thickness added per pixel of CoC.
        gap_px: slices nearer by more than this hide what lies behind; closer ones belong to one surface.
        coarse_coc_px: slices are blurred at half size from this CoC on, a quarter from twice that, and so on.
    """

    step_px: float
    growth: float
    gap_px: float
    coarse_coc_px: float

    def place(self, coc_px: torch.Tensor) -> torch.Tensor:
        """Slice numbers of CoCs, fractional: 0 at the focus, ever thicker slices away from it."""
        return torch.copysign(torch.log1p(coc_px.abs() * (self.growth / self.step_px)) / self.growth, coc_px)

    def thickness_px(self, coc_px: torch.Tensor) -> torch.Tensor:
        """Thickness of the slice at a CoC, pixels of CoC."""
        return self.step_px + self.growth * coc_px.abs()

    def scale(self, coc_px: float) -> int:
        """1 at full size, 2 at half size and so on."""
        scale = 1
        while abs(coc_px) >= self.coarse_coc_px * scale and scale < _COARSEST_SCALE:
            scale *= 2
        return scale


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Part of a scene with nearly one CoC, blurred.

    Attributes:
        coc_px: its mean signed diameter.
        rows, columns: where `light` lies in the picture.
        light: (4, height, width) premultiplied.
    """

    coc_px: float
    rows: slice
    columns: slice
    light: torch.Tensor


def compose(
    surfaces: Surfaces, focus_disparity: float, coc_px_per_disparity: float, slicing: Slicing, caster: KernelCaster
) -> torch.Tensor:
    """Render one focus.

    Blurred coverages of the slices of one unbroken surface add up to 1. Where they add up to more, surfaces
    overlap, and exactly the excess is taken away again from what lies behind, in proportion to how much nearer
    slices cover it. So a steep surface does not darken itself, whatever the slices' thickness.

    Returns:
        (3, height, width) linear light.
    """
    total = torch.zeros_like(surfaces.front)
    hideable = torch.zeros_like(surfaces.front)
    covered = torch.zeros_like(surfaces.front_disparity)
    nearer: deque[Slice] = deque()
    for part in _blurred_slices(surfaces, focus_disparity, coc_px_per_disparity, slicing, caster):
        while nearer and nearer[0].coc_px - part.coc_px > slicing.gap_px:
            hider = nearer.popleft()
            covered[hider.rows, hider.columns] += hider.light[3]
        here = (slice(None), part.rows, part.columns)
        total[here] += part.light
        hideable[here] += covered[part.rows, part.columns].clamp(0.0, 1.0) * part.light
        nearer.append(part)
    excess = (total[3] - 1.0).clamp_min(0.0)
    share = (excess / hideable[3].clamp_min(1e-6)).clamp_max(1.0)
    seen = total - share * hideable
    return (seen[:3] / seen[3].clamp_min(1e-4)).clamp_min(0.0)


def _blurred_slices(
    surfaces: Surfaces, focus_disparity: float, coc_px_per_disparity: float, slicing: Slicing, caster: KernelCaster
) -> Iterator[Slice]:
    """Nearest first. Everything is cropped to where a slice has light."""
    front_coc = (surfaces.front_disparity - focus_disparity) * coc_px_per_disparity
    hidden_coc = (surfaces.hidden_disparity - focus_disparity) * coc_px_per_disparity
    is_hidden = front_coc - hidden_coc > slicing.gap_px + HG * slicing.thickness_px(hidden_coc)
    is_hidden &= surfaces.hidden[3] > 0
    front_place = slicing.place(front_coc)
    hidden_place = torch.where(is_hidden, slicing.place(hidden_coc), NOWHERE)
    for number in _numbers(front_place, hidden_place[is_hidden]):
        in_front, in_hidden = _share(front_place, number), _share(hidden_place, number)
        share = in_front + in_hidden
        mass = share.sum()
        if not mass > 0.0:
            continue
        coc_px = float(((front_coc * in_front).sum() + (hidden_coc * in_hidden).sum()) / mass)
        scale = slicing.scale(coc_px)
        rows, columns = _bounds(share > 0.0, int(abs(coc_px) / 2) + 2 * scale + 2, scale)
        planes = surfaces.front[:, rows, columns] * in_front[rows, columns]
        if bool(in_hidden.any()):
            planes += surfaces.hidden[:, rows, columns] * in_hidden[rows, columns]
        yield Slice(coc_px, rows, columns, _blur(planes, caster, coc_px, scale, front_coc[rows, columns]))


HG = 1.0
NOWHERE = 1e9


def _numbers(*places: torch.Tensor) -> list[int]:
    taken = torch.cat([place.floor().to(torch.int16).unique() for place in places]).unique().tolist()
    return sorted({n + more for n in taken for more in (0, 1)}, reverse=True)


def _share(place: torch.Tensor, number: int) -> torch.Tensor:
    """How much of each pixel belongs to a slice: 1 at its number, falling to 0 at the next ones."""
    return (1.0 - (place - number).abs()).clamp_min_(0.0)


def _blur(planes: torch.Tensor, caster: KernelCaster, coc_px: float, scale: int, coc_map) -> torch.Tensor:
    lights = planes[:3] - LIGHT_THRESHOLD
    if not bool((lights > 0.0).any()):
        return blur_planes(planes, caster, coc_px, scale)
    lights.clamp_min_(0.0)
    planes[:3] -= lights
    blurred = blur_planes(planes, caster, coc_px, scale).clone()
    blurred[:3] += blur_lights(lights, coc_map, caster)
    return blurred


def _bounds(where: torch.Tensor, margin_px: int, multiple: int) -> tuple[slice, slice]:
    """Rows and columns that hold all True pixels and a margin, from a multiple and of a multiple's size."""
    bounds = []
    for axis, size in ((1, where.shape[0]), (0, where.shape[1])):
        taken = torch.nonzero(where.any(dim=axis))
        first = max(int(taken[0]) - margin_px, 0) // multiple * multiple
        last = min(-(-(int(taken[-1]) + 1 + margin_px) // multiple) * multiple, size)
        bounds.append(slice(first, last))
    return bounds[0], bounds[1]
