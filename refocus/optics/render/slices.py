"""Cut a scene into slices of nearly equal circle of confusion, and blur each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch.nn.functional import pad

from refocus.optics.lens.aperture import KernelCaster
from refocus.optics.render.convolve import Margins, convolve
from refocus.optics.render.lamps import blur_lights
from refocus.optics.render.layers import LAMP_LIGHT_MIN, Surfaces
from refocus.optics.render.pyramid import resized, sharpened, shrink
from refocus.optics.render.slice_boxes import BLOCK_PX
from refocus.optics.render.slice_plan import Cuts
from refocus.optics.render.slice_scale import Slicing

WHITE = 1.0
"""What is brighter than this is blurred apart, as square pixels of light, so that its disc is exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Part of a scene with nearly one CoC, blurred.

    Attributes:
        coc_px: its mean signed diameter.
        rows, columns: where it lies in the picture, in whole blocks.
        scale: the grid of `light` is coarser by this.
        light: (4, height / scale, width / scale) premultiplied.
        moments: (2, 4, height, width) on the moments' grid, how `light` leans to the right and down of the lens, see
            `KernelCaster.moment_kernels`; None for a slice that is hardly blurred.
        lamps: (3, height, width) what is brighter than white, at full size; None when nothing is.
        lamp_moments: (2, 3, height, width) how they lean; None when `moments` or `lamps` is.
    """

    coc_px: float
    rows: slice
    columns: slice
    scale: int
    light: torch.Tensor
    moments: torch.Tensor | None
    lamps: torch.Tensor | None = None
    lamp_moments: torch.Tensor | None = None

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
    cuts = Cuts.of(surfaces, focus_disparity, coc_px_per_disparity, slicing)
    for number in cuts.numbers():
        coc_px = cuts.coc_px(number)
        scale = slicing.scale(coc_px)
        kernel = caster.kernel(coc_px / scale)
        if scale > 1:
            kernel = sharpened(kernel)
        margin_px = kernel.shape[0] // 2 * scale + scale
        moment_kernels = None
        if slicing.has_moments(coc_px):
            moment_kernels = caster.moment_kernels(coc_px / slicing.moments_scale)
            margin_px = max(margin_px, moment_kernels[0].shape[0] // 2 * slicing.moments_scale)
        for part in cuts.rectangles(number, margin_px):
            where = part.rows, part.columns
            content = surfaces.front[(slice(None), *where)] * cuts.share(surfaces.front_disparity[where], number)
            lamps = None
            if surfaces.has_lamps:
                weight = None if lamp_weight is None else lamp_weight[where]
                lamps = _take_lamps(content, surfaces.front[(slice(3), *where)], weight)
            if part.hides:
                share = cuts.share(cuts.hidden_disparity[where], number)
                content.addcmul_(surfaces.hidden[(slice(None), *where)], share.expand_as(content))
            wide, margins = _widened((part.rows, part.columns), margin_px, surfaces.front_disparity.shape)
            content = shrink(content, scale)
            light = convolve(content, kernel, _on_grid(margins, scale))
            moments = None
            if moment_kernels is not None:
                content = resized(content, scale, slicing.moments_scale)
                room = _on_grid(margins, slicing.moments_scale)
                moments = torch.stack([convolve(content, each, room) for each in moment_kernels])
            blurred = Slice(coc_px, *wide, scale, light, moments)
            if lamps is not None:
                front_coc = (surfaces.front_disparity[wide] - focus_disparity) * coc_px_per_disparity
                lights = blur_lights(pad(lamps, margins), front_coc, caster, with_moments=moments is not None)
                blurred = replace(blurred, lamps=lights[0], lamp_moments=None if moments is None else lights[1:])
            yield blurred


def _take_lamps(planes: torch.Tensor, light: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor | None:
    """Take the light of lamps out of a slice's premultiplied planes (in place), and weigh it.

    Args:
        planes: (4, height, width) the slice's share of the front.
        light: (3, height, width) the front as a whole, which tells how much brighter than white a pixel is.
        weight: (height, width), or None for 1.
    """
    if not bool((light > LAMP_LIGHT_MIN).any()):
        return None
    excess = (light - WHITE).clamp_min_(0.0) * (light.amax(0) > LAMP_LIGHT_MIN)
    lamps = excess.div_(light.clamp_min(WHITE)).mul_(planes[:3])
    planes[:3] -= lamps
    if weight is not None:
        lamps *= weight
    return lamps if bool(lamps.any()) else None


def _widened(where: tuple[slice, slice], margin_px: int, size: tuple[int, ...]) -> tuple[tuple[slice, slice], Margins]:
    """Rows and columns with a margin of whole blocks, within the picture; and the margins left, right, top, bottom."""
    margin_px = -(-margin_px // BLOCK_PX) * BLOCK_PX
    rows, columns = (
        slice(max(s.start - margin_px, 0), min(s.stop + margin_px, n)) for s, n in zip(where, size, strict=True)
    )
    margins = (
        where[1].start - columns.start,
        columns.stop - where[1].stop,
        where[0].start - rows.start,
        rows.stop - where[0].stop,
    )
    return (rows, columns), margins


def _on_grid(margins: Margins, scale: int) -> Margins:
    """Margins in pixels of a grid coarser by `scale`."""
    left, right, top, bottom = (margin // scale for margin in margins)
    return left, right, top, bottom
