"""Bright lamps, blurred exactly: each by its own CoC, independent of its slice."""

import numpy as np
import torch
from torch.nn.functional import pad

from refocus.optics.lens.kernels import BlurKernels
from refocus.optics.render.convolve import convolve

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
