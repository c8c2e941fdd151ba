"""Bright lights, blurred exactly: each becomes its own disc, whatever slice it lies in."""

import numpy as np
import torch
from torch.nn.functional import pad

from refocus.optics.lens.aperture import KernelCaster
from refocus.optics.render.convolve import convolve

_COC_STEP_PX = 0.25
_COC_STEP_GROWTH = 0.02
_STAMPED_MAX = 3_000_000
"""Up to this many kernel entries lights are stamped one by one; beyond, a convolution is cheaper."""


def blur_lights(
    lights: torch.Tensor, coc_px: torch.Tensor, caster: KernelCaster, *, with_moments: bool = False
) -> torch.Tensor:
    """Blur lights, each by its own CoC, as square pixels of light.

    Args:
        lights: (3, height, width) linear, 0 where there is none.
        coc_px: (height, width) signed diameters.
        caster: casts the kernels.
        with_moments: whether to find how the light leans over the lens, see `KernelCaster.moment_kernels`; no light
            may be in focus then.

    Returns:
        (1, 3, height, width), or with moments (3, 3, height, width): then how it leans to the right, and down.
    """
    rows, columns = torch.nonzero(lights.amax(0) > 0.0, as_tuple=True)
    own_coc = coc_px[rows, columns]
    step = _COC_STEP_PX + _COC_STEP_GROWTH * float(own_coc.abs().max())
    group = (own_coc / step).round()
    blurred = lights.new_zeros(3 if with_moments else 1, *lights.shape)
    for number in group.unique().tolist():
        taken = group == number
        power = lights[:, rows[taken], columns[taken]]
        weight = power.sum(0)
        mean_coc = float((own_coc[taken] * weight).sum() / weight.sum())
        kernels = [caster.kernel(mean_coc, for_lights=True)]
        if with_moments:
            kernels += caster.moment_kernels(mean_coc, for_lights=True)
        if kernels[0].size * power.shape[1] <= _STAMPED_MAX:
            _stamp(blurred, power, rows[taken], columns[taken], torch.from_numpy(np.stack(kernels)).to(lights))
        else:
            alone = torch.zeros_like(lights)
            alone[:, rows[taken], columns[taken]] = power
            for planes, kernel in zip(blurred, kernels, strict=True):
                planes += convolve(alone, kernel)
    return blurred


def _stamp(
    canvas: torch.Tensor, power: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, kernels: torch.Tensor
) -> None:
    """Add each kernel times each light's power to its canvas, in place; what falls outside is lost.

    Args:
        canvas: (kernels, 3, height, width).
        power: (3, lights).
        rows, columns: (lights,)
        kernels: (kernels, size, size).
    """
    half = kernels.shape[-1] // 2
    wide = pad(canvas, (half, half, half, half))
    offset = torch.arange(kernels.shape[-1], device=canvas.device)
    place = (rows[:, None, None] + offset[:, None]) * wide.shape[-1] + columns[:, None, None] + offset
    stamps = power[:, :, None, None] * kernels[:, None, None]
    planes = canvas.shape[0] * canvas.shape[1]
    wide.view(planes, -1).index_add_(1, place.reshape(-1), stamps.reshape(planes, -1))
    canvas.copy_(wide[..., half : wide.shape[-2] - half, half : wide.shape[-1] - half])
