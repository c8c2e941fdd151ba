"""Cut a scene into slices of nearly equal circle of confusion, and blur each."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.nn.functional import pad

from refocus.optics.aperture import KernelCaster
from refocus.optics.convolve import convolve
from refocus.optics.flat import settle_flat_surfaces
from refocus.optics.layout import BLOCK_PX, Layout, Part
from refocus.optics.lights import blur_lights
from refocus.optics.scales import sharpened, shrink
from refocus.optics.surfaces import Surfaces

LIGHT_THRESHOLD = 1.0
"""What is brighter than this is blurred apart, as square pixels of light, so that its disc is exact."""
_COARSEST_SCALE = 8
_COARSER_GROWTH = 1.1
_HIDDEN_SLICES_APART = 1.5
_SHARP_COC_PX = 0.02


@dataclass(frozen=True, slots=True)
class Slicing:
    """How finely a scene is cut into slices of equal CoC.

    Attributes:
        step_px: thickness of a slice at the focus, pixels of CoC.
        growth: thickness added per pixel of CoC.
        gap_px: at the focus, slices nearer by more than this hide what lies behind; closer ones are one surface.
        coarse_coc_px: slices are blurred at half size from this CoC on, a quarter from twice that, and so on.
    """

    step_px: float
    growth: float
    gap_px: float
    coarse_coc_px: float

    def place(self, coc_px: torch.Tensor) -> torch.Tensor:
        """Slice numbers of CoCs, fractional: 0 at the focus, ever thicker slices away from it."""
        return torch.copysign(torch.log1p(coc_px.abs() * (self.growth / self.step_px)) / self.growth, coc_px)

    def coc_px(self, place: float) -> float:
        """The CoC of a slice number: the inverse of `place`."""
        return math.copysign(math.expm1(abs(place) * self.growth) * self.step_px / self.growth, place)

    def gap(self, coc_px: float) -> float:
        """How much nearer than a slice others must be to hide it, pixels of CoC."""
        return self.gap_px + self.growth * abs(coc_px)

    def scale(self, coc_px: float) -> int:
        """1 at full size, 2 at half size and so on."""
        scale = 1
        while abs(coc_px) >= self.coarse_coc_px * scale**_COARSER_GROWTH and scale < _COARSEST_SCALE:
            scale *= 2
        return scale


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Part of a scene with nearly one CoC, blurred.

    Attributes:
        coc_px: its mean signed diameter.
        rows, columns: where it lies in the picture, in whole blocks.
        scale: the grid of `light` is coarser by this.
        light: (4, height / scale, width / scale) premultiplied.
        lamps: (3, height, width) what is brighter than white, at full size; None when nothing is.
    """

    coc_px: float
    rows: slice
    columns: slice
    scale: int
    light: torch.Tensor
    lamps: torch.Tensor | None

    def place(self, scale: int) -> tuple[slice, slice]:
        """Its rows and columns on a grid coarser by `scale`."""
        return (
            slice(self.rows.start // scale, self.rows.stop // scale),
            slice(self.columns.start // scale, self.columns.stop // scale),
        )


def blurred_slices(
    surfaces: Surfaces,
    focus_disparity: float,
    coc_px_per_disparity: float,
    slicing: Slicing,
    caster: KernelCaster,
    lamp_weight: torch.Tensor | None = None,
) -> Iterator[Slice]:
    """Nearest first. Everything is cropped to where a slice has light. Arguments as in `compose_apart`."""
    front_coc = (surfaces.front_disparity - focus_disparity) * coc_px_per_disparity
    hidden_coc = (surfaces.hidden_disparity - focus_disparity) * coc_px_per_disparity
    front_coc = front_coc.where(front_coc.abs() > _SHARP_COC_PX, 0.0)
    is_hidden = (surfaces.hidden[3] > 0) & (front_coc - hidden_coc > slicing.gap_px)
    # Far enough behind its front that slices as thick as here still tell the two apart.
    thickness_px = slicing.step_px + slicing.growth * hidden_coc.abs()
    behind_px = slicing.gap_px + slicing.growth * hidden_coc.abs() + _HIDDEN_SLICES_APART * thickness_px
    hidden_coc = torch.minimum(hidden_coc, front_coc - behind_px)
    places = slicing.place(front_coc), slicing.place(hidden_coc).where(is_hidden, torch.inf)
    alone = settle_flat_surfaces(*places)
    layout = Layout.of(*places, is_hidden, alone)
    for number in layout.numbers():
        coc_px = slicing.coc_px(alone.get(number, number))
        scale = slicing.scale(coc_px)
        kernel = caster.kernel(coc_px / scale)
        if scale > 1:
            kernel = sharpened(kernel)
        margin_px = kernel.shape[0] // 2 * scale + scale
        for part in layout.parts(number, margin_px):
            content = _content(surfaces, places, part)
            weight = None if lamp_weight is None else lamp_weight[part.rows, part.columns]
            lamps = _take_lamps(content, weight) if surfaces.has_lamps else None
            wide, margins = _widened((part.rows, part.columns), margin_px, front_coc.shape)
            light = convolve(pad(shrink(content, scale), [margin // scale for margin in margins]), kernel)
            if lamps is not None:
                lamps = blur_lights(pad(lamps, margins), front_coc[wide], caster)
            yield Slice(coc_px, *wide, scale, light, lamps)


def _content(surfaces: Surfaces, places: tuple[torch.Tensor, torch.Tensor], part: Part) -> torch.Tensor:
    """The premultiplied planes of a part of a slice."""
    where = part.rows, part.columns
    content = surfaces.front[(slice(None), *where)] * _share(places[0][where], part.number)
    if part.hides:
        share = _share(places[1][where], part.number)
        content.addcmul_(surfaces.hidden[(slice(None), *where)], share.expand_as(content))
    return content


def _share(place: torch.Tensor, number: int) -> torch.Tensor:
    """How much of each pixel belongs to a slice: 1 at its number, falling to 0 at the next ones."""
    return (place - number).abs_().neg_().add_(1.0).clamp_min_(0.0)


def _take_lamps(planes: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor | None:
    """Take what is brighter than white out of premultiplied planes (in place), and weigh it."""
    lamps = planes[:3] - LIGHT_THRESHOLD
    if not bool((lamps > 0.0).any()):
        return None
    lamps.clamp_min_(0.0)
    planes[:3] -= lamps
    if weight is None:
        return lamps
    lamps *= weight
    return lamps if bool(lamps.any()) else None


def _widened(
    where: tuple[slice, slice], margin_px: int, size: tuple[int, ...]
) -> tuple[tuple[slice, slice], list[int]]:
    """Rows and columns with a margin of whole blocks, within the picture; and the margins left, right, top, bottom."""
    margin_px = -(-margin_px // BLOCK_PX) * BLOCK_PX
    rows, columns = (
        slice(max(s.start - margin_px, 0), min(s.stop + margin_px, n)) for s, n in zip(where, size, strict=True)
    )
    margins = [
        where[1].start - columns.start,
        columns.stop - where[1].stop,
        where[0].start - rows.start,
        rows.stop - where[0].stop,
    ]
    return (rows, columns), margins
