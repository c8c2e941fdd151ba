"""Inpaint unknown pixels from known ones around them.

Push-pull interpolation (Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4.2): unknown pixels take averages of
known ones at increasingly coarse scales, with a heavier weight for near ones.

Planes hold values times weight, and last the weight itself: how well each pixel is known, in [0, 1].
"""

import torch
from torch.nn.functional import pad

from refocus.optics.render.pyramid import enlarge, shrink

_NEAREST_DOMINATES = 32.0
"""A block's weight is its known share times this, at most 1: a few near pixels outweigh many distant ones."""
_EPSILON = 1e-6


def inpaint_halved(halved: torch.Tensor, levels: int) -> torch.Tensor:
    """Inpaint a picture given as averages of blocks of 2x2 pixels.

    Args:
        halved: (planes, height / 2, width / 2) means over blocks; overwritten.
        levels: number of halvings, this one included; reaches about 2**levels pixels.

    Returns:
        Planes of the same shape; weight 0 where nothing known is within reach.
    """
    halved *= (1.0 / halved[-1:].clamp_min(_EPSILON)).clamp_max_(_NEAREST_DOMINATES)
    return _inpaint(halved, levels - 1)


def _inpaint(known: torch.Tensor, levels: int) -> torch.Tensor:
    height, width = known.shape[1:]
    if levels == 0 or min(height, width) < 2:
        return known
    odd = height % 2, width % 2
    even = pad(known[None], [0, odd[1], 0, odd[0]], mode="replicate")[0] if any(odd) else known
    around = enlarge(inpaint_halved(shrink(even, 2), levels), 2)[:, :height, :width]
    weight = known[-1:]
    gap = (1.0 - weight).div_(around[-1:].clamp_min(_EPSILON))
    reached = torch.maximum(weight, around[-1:])
    return around.mul_(gap).add_(known).mul_(reached)


def sample_halved(halved: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Interpolate planes of half resolution linearly at pixels of full resolution.

    Args:
        halved: (planes, height / 2, width / 2).
        rows, columns: (pixels,) coordinates at full resolution.

    Returns:
        (planes, pixels).
    """
    height, width = halved.shape[1:]
    flat = halved.view(halved.shape[0], -1)
    (up, down), (left, right) = _neighbours(rows, height), _neighbours(columns, width)
    total = flat[:, up * width + left] * (0.75 * 0.75)
    total += flat[:, down * width + left].mul_(0.25 * 0.75)
    total += flat[:, up * width + right].mul_(0.75 * 0.25)
    total += flat[:, down * width + right].mul_(0.25 * 0.25)
    return total


def _neighbours(coordinates: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The block a pixel is in (weight 3/4), and the next one on the pixel's side (weight 1/4)."""
    own = coordinates >> 1
    return own, (own + (coordinates & 1) * 2 - 1).clamp_(0, count - 1)
