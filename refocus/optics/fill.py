"""Filling unknown pixels smoothly from known ones around them."""

import torch
from torch.nn.functional import avg_pool2d, interpolate


def fill_smoothly(values: torch.Tensor, weight: torch.Tensor, levels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Push-pull filling: averages of known pixels at coarser and coarser scale flow into the unknown ones.

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
    coarse_weight = avg_pool2d(weight[None], 2, ceil_mode=True)[0]
    coarse = avg_pool2d((values * weight)[None], 2, ceil_mode=True)[0] / coarse_weight.clamp_min(1e-6)
    coarse, coarse_weight = fill_smoothly(coarse, (2.0 * coarse_weight).clamp_max(1.0), levels - 1)
    size = values.shape[1:]
    around_weight = interpolate(coarse_weight[None], size=size, mode="bilinear", align_corners=False)[0]
    around = interpolate((coarse * coarse_weight)[None], size=size, mode="bilinear", align_corners=False)[0]
    around = around / around_weight.clamp_min(1e-6)
    return values * weight + around * (1.0 - weight), torch.maximum(weight, around_weight)
