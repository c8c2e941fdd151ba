"""Cut a scene into slices of nearly equal circle of confusion, and blur each; bright lamps each by its own CoC."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn.functional import pad

from refocus.optics.lens.kernels import BlurKernels
from refocus.optics.render.filters import Margins, convolve, resized, sharpened, shrink
from refocus.optics.render.lamps import LAMP_LIGHT_MIN
from refocus.optics.render.layers import Layers
from refocus.optics.render.quality import FocusedLens
from refocus.optics.render.slice_boxes import BLOCK_PX
from refocus.optics.render.slice_plan import SlicePlan

_COC_STEP_PX = 0.25
_COC_STEP_GROWTH = 0.02
_STAMPED_TAPS_MAX = 3_000_000
"""Up to this many kernel entries lamps are stamped one by one; beyond, a convolution is cheaper."""


def blur_lamps(
    lamps: torch.Tensor, coc_px: torch.Tensor, kernels: BlurKernels, *, with_moments: bool = False
) -> torch.Tensor:
    """Blur lamps, each by its own CoC, as square pixels of light.

    Args:
        lamps: (3, height, width) linear light, 0 where there is no lamp.
        coc_px: (height, width) signed diameters.
        kernels: blur kernels of the aperture.
        with_moments: also compute the first moments of the light over the lens, see `BlurKernels.moment_kernels`;
            no lamp may be in focus then.

    Returns:
        (1, 3, height, width), or with moments (3, 3, height, width): light, and its moments to the right and down.
    """
    rows, columns = torch.nonzero(lamps.amax(0) > 0.0, as_tuple=True)
    own_coc_px = coc_px[rows, columns]
    step_px = _COC_STEP_PX + _COC_STEP_GROWTH * float(own_coc_px.abs().max())
    group = (own_coc_px / step_px).round()
    blurred = lamps.new_zeros(3 if with_moments else 1, *lamps.shape)
    for number in group.unique().tolist():
        members = group == number
        power = lamps[:, rows[members], columns[members]]
        weight = power.sum(0)
        mean_coc_px = float((own_coc_px[members] * weight).sum() / weight.sum())
        taps = [kernels.kernel(mean_coc_px, for_lamps=True)]
        if with_moments:
            taps += kernels.moment_kernels(mean_coc_px, for_lamps=True)
        if taps[0].size * power.shape[1] <= _STAMPED_TAPS_MAX:
            _stamp(blurred, power, rows[members], columns[members], torch.from_numpy(np.stack(taps)).to(lamps))
        else:
            alone = torch.zeros_like(lamps)
            alone[:, rows[members], columns[members]] = power
            for planes, kernel in zip(blurred, taps, strict=True):
                planes += convolve(alone, kernel)
    return blurred


def _stamp(
    canvas: torch.Tensor, power: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, kernels: torch.Tensor
) -> None:
    """Add each kernel times the power of each lamp to its canvas, in place; what falls outside is lost.

    Args:
        canvas: (kernels, 3, height, width).
        power: (3, lamps).
        rows, columns: (lamps,)
        kernels: (kernels, size, size).
    """
    half = kernels.shape[-1] // 2
    wide = pad(canvas, (half, half, half, half))
    offset = torch.arange(kernels.shape[-1], device=canvas.device)
    index = (rows[:, None, None] + offset[:, None]) * wide.shape[-1] + columns[:, None, None] + offset
    stamps = power[:, :, None, None] * kernels[:, None, None]
    planes = canvas.shape[0] * canvas.shape[1]
    wide.view(planes, -1).index_add_(1, index.reshape(-1), stamps.reshape(planes, -1))
    canvas.copy_(wide[..., half : wide.shape[-2] - half, half : wide.shape[-1] - half])


WHITE = 1.0
"""Light above this is blurred separately, as square pixels, so that the discs of lamps are exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Part of a scene with nearly one CoC, blurred.

    Attributes:
        coc_px: its signed diameter.
        rows, columns: extent in the picture, in whole blocks.
        scale: the grid of `light` is coarser by this.
        light: (4, height / scale, width / scale) premultiplied.
        moments: (2, 4, height, width) on the moments' grid, first moments of `light` over the lens to the right and
            down, see `BlurKernels.moment_kernels`; None for a slice that is hardly blurred.
        lamps: (3, height, width) light above white at full resolution; None when there is none.
        lamp_moments: (2, 3, height, width) their first moments; None when `moments` or `lamps` is.
    """

    coc_px: float
    rows: slice
    columns: slice
    scale: int
    light: torch.Tensor
    moments: torch.Tensor | None
    lamps: torch.Tensor | None = None
    lamp_moments: torch.Tensor | None = None

    def region(self, scale: int) -> tuple[slice, slice]:
        """Its rows and columns on a grid coarser by `scale`."""
        return (
            slice(self.rows.start // scale, self.rows.stop // scale),
            slice(self.columns.start // scale, self.columns.stop // scale),
        )


def blurred_slices(layers: Layers, lens: FocusedLens, lamp_weight: torch.Tensor | None = None) -> Iterator[Slice]:
    """The blurred slices of a scene, nearest first, cropped to where they have light. See `compose_with_lamps`."""
    plan = SlicePlan.for_layers(layers, lens)
    moments_scale = lens.scale.moments_scale
    for index in plan.indices():
        coc_px = plan.coc_px(index)
        scale = lens.scale.grid_scale(coc_px)
        kernel = lens.kernels.kernel(coc_px / scale)
        if scale > 1:
            kernel = sharpened(kernel)
        margin_px = kernel.shape[0] // 2 * scale + scale
        moment_kernels = None
        if lens.scale.has_moments(coc_px):
            moment_kernels = lens.kernels.moment_kernels(coc_px / moments_scale)
            margin_px = max(margin_px, moment_kernels[0].shape[0] // 2 * moments_scale)
        for part in plan.rectangles(index, margin_px):
            where = part.rows, part.columns
            content = layers.front[(slice(None), *where)] * plan.share(layers.front_disparity[where], index)
            lamps = None
            if layers.has_lamps:
                weight = None if lamp_weight is None else lamp_weight[where]
                lamps = _extract_lamps(content, layers.front[(slice(3), *where)], weight)
            for layer in part.hidden:
                share = plan.share(plan.hidden_disparity[layer][where], index)
                content.addcmul_(layers.hidden[layer].light[(slice(None), *where)], share.expand_as(content))
            wide, margins = _widened((part.rows, part.columns), margin_px, layers.front_disparity.shape)
            content = shrink(content, scale)
            light = convolve(content, kernel, _on_grid(margins, scale))
            moments = None
            if moment_kernels is not None:
                content = resized(content, scale, moments_scale)
                coarse_margins = _on_grid(margins, moments_scale)
                moments = torch.stack([convolve(content, each, coarse_margins) for each in moment_kernels])
            blurred = Slice(coc_px, *wide, scale, light, moments)
            if lamps is not None:
                front_coc_px = (layers.front_disparity[wide] - lens.focus_disparity) * lens.coc_px_per_disparity
                both = blur_lamps(pad(lamps, margins), front_coc_px, lens.kernels, with_moments=moments is not None)
                blurred = replace(blurred, lamps=both[0], lamp_moments=None if moments is None else both[1:])
            yield blurred


def _extract_lamps(planes: torch.Tensor, light: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor | None:
    """Move the light of lamps out of a slice's premultiplied planes (in place), and weight it.

    Args:
        planes: (4, height, width) the slice's share of the front layer.
        light: (3, height, width) the whole front layer, which decides how much of a pixel is above white.
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
