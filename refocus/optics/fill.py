"""Filling unknown pixels from known ones around them."""

import torch
from torch.nn.functional import pad

from refocus.optics.scales import enlarge, shrink

_NEAREST_DOMINATES = 32.0
"""Known share of a block times this is the block's weight: a few known pixels near by outweigh many far off."""


def fill_from_around(values: torch.Tensor, weight: torch.Tensor, levels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Push-pull filling: averages of known pixels at coarser and coarser scale flow into the unknown ones.

    After Gortler et al., The Lumigraph (SIGGRAPH 1996), section 3.4.2, with a heavier weight for what is near.

    Args:
        values: (channels, height, width) float.
        weight: (1, height, width) float in [0, 1], how well each pixel is known.
        levels: how many halvings; reaches about 2**levels pixels.

    Returns:
        Values of the same shape, equal to `values` where the weight is 1; and the weight reached,
        0 where nothing known was near enough.
    """
    if levels == 0 or min(values.shape[1:]) < 2:
        return values, weight
    around, around_weight = average_around(values, weight, levels)
    return torch.lerp(around, values, weight), torch.maximum(weight, around_weight)


def average_around(values: torch.Tensor, weight: torch.Tensor, levels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What `fill_from_around` puts in where nothing is known. Arguments and result as there."""
    both = torch.cat([values * weight, weight])
    odd = [size % 2 for size in both.shape[1:]]
    if any(odd):
        both = pad(both[None], [0, odd[1], 0, odd[0]], mode="replicate")[0]
    pooled = shrink(both, 2)
    coarse, coarse_weight = fill_from_around(
        pooled[:-1] / pooled[-1:].clamp_min(1e-6), (_NEAREST_DOMINATES * pooled[-1:]).clamp_max(1.0), levels - 1
    )
    around = enlarge(torch.cat([coarse * coarse_weight, coarse_weight]), 2)
    around = around[:, : values.shape[1], : values.shape[2]]
    return around[:-1] / around[-1:].clamp_min(1e-6), around[-1:]
