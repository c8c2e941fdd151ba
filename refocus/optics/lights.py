"""Bright lights, blurred exactly: each becomes its own disc, whatever slice it lies in."""

import torch
from torch.nn.functional import pad

from refocus.optics.aperture import KernelCaster
from refocus.optics.convolve import convolve

_COC_STEP_PX = 0.25
_COC_STEP_GROWTH = 0.02
_STAMPED_MAX = 3_000_000
"""Up to this many kernel entries lights are stamped one by one; beyond, a convolution is cheaper."""


def blur_lights(lights: torch.Tensor, coc_px: torch.Tensor, caster: KernelCaster) -> torch.Tensor:
    """Blur lights, each by its own CoC, as square pixels of light.

    Args:
        lights: (3, height, width) linear, 0 where there is none.
        coc_px: (height, width) signed diameters.
        caster: casts the kernels.

    Returns:
        As `lights`.
    """
    rows, columns = torch.nonzero(lights.amax(0) > 0.0, as_tuple=True)
    own_coc = coc_px[rows, columns]
    step = _COC_STEP_PX + _COC_STEP_GROWTH * float(own_coc.abs().max())
    group = (own_coc / step).round()
    blurred = torch.zeros_like(lights)
    for number in group.unique().tolist():
        taken = group == number
        power = lights[:, rows[taken], columns[taken]]
        weight = power.sum(0)
        kernel = torch.from_numpy(
            caster.kernel(float((own_coc[taken] * weight).sum() / weight.sum()), for_lights=True)
        ).to(lights)
        if kernel.numel() * power.shape[1] <= _STAMPED_MAX:
            _stamp(blurred, power, rows[taken], columns[taken], kernel)
        else:
            alone = torch.zeros_like(lights)
            alone[:, rows[taken], columns[taken]] = power
            blurred += convolve(alone, kernel.cpu().numpy())
    return blurred


def _stamp(
    canvas: torch.Tensor, power: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, kernel: torch.Tensor
) -> None:
    """Add the kernel times each light's power to the canvas, in place; what falls outside is lost."""
    half = kernel.shape[0] // 2
    wide = pad(canvas, (half, half, half, half))
    offset = torch.arange(kernel.shape[0], device=canvas.device)
    place = (rows[:, None, None] + offset[:, None]) * wide.shape[2] + columns[:, None, None] + offset
    stamps = power[:, :, None, None] * kernel
    wide.view(3, -1).index_add_(1, place.reshape(-1), stamps.reshape(3, -1))
    canvas.copy_(wide[:, half : wide.shape[1] - half, half : wide.shape[2] - half])
