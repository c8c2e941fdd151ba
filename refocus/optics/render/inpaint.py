"""Filling unknown pixels from known ones around them.

Push-pull filling: averages of known pixels at coarser and coarser scale flow into the unknown ones. After Gortler
et al., The Lumigraph (SIGGRAPH 1996), section 3.4.2, with a heavier weight for what is near.

Planes are values times weight here, and the weight itself last: how well each pixel is known, in [0, 1].
"""

import torch
from torch.nn.functional import pad

from refocus.optics.render.pyramid import enlarge, shrink

_NEAREST_DOMINATES = 32.0
"""Known share of a block times this is the block's weight: a few known pixels near by outweigh many far off."""
_NONE = 1e-6


def fill_halved(halved: torch.Tensor, levels: int) -> torch.Tensor:
    """What the averages of blocks of 2x2 pixels say of all blocks, known or not.

    Args:
        halved: (planes, height / 2, width / 2) means over blocks; overwritten.
        levels: how many halvings, this one included; reaches about 2**levels pixels.

    Returns:
        Of the same shape; weight 0 where nothing known was near enough.
    """
    halved *= (1.0 / halved[-1:].clamp_min(_NONE)).clamp_max_(_NEAREST_DOMINATES)
    return _fill(halved, levels - 1)


def _fill(known: torch.Tensor, levels: int) -> torch.Tensor:
    height, width = known.shape[1:]
    if levels == 0 or min(height, width) < 2:
        return known
    odd = height % 2, width % 2
    even = pad(known[None], [0, odd[1], 0, odd[0]], mode="replicate")[0] if any(odd) else known
    around = enlarge(fill_halved(shrink(even, 2), levels), 2)[:, :height, :width]
    weight = known[-1:]
    gap = (1.0 - weight).div_(around[-1:].clamp_min(_NONE))
    reached = torch.maximum(weight, around[-1:])
    return around.mul_(gap).add_(known).mul_(reached)


def look_up_halved(halved: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Planes of half the size, interpolated linearly at pixels of the full size.

    Args:
        halved: (planes, height / 2, width / 2).
        rows, columns: (pixels,) places in the full size.

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


def _neighbours(places: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The block a pixel is in, which counts three quarters, and the next one on the pixel's side."""
    own = places >> 1
    return own, (own + (places & 1) * 2 - 1).clamp_(0, count - 1)
