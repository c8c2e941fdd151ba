"""What the negative lobes of kernels leave behind round bright dots on black."""

import torch

from refocus.optics.render.window_filters import sum_around

_UNSEEN = 1e-5
"""Far below the first step above black of 8-bit sRGB, 3e-4."""
_TAPS_BESIDE = 2
"""How far the cubic kernel's lobes reach, in pixels of its scale."""


def without_negative_light(light: torch.Tensor, scale: int) -> torch.Tensor:
    """Light that is nowhere negative, in place: what is below 0 is taken from the light beside it, so none is won.

    Just cutting it off would make a dot on black up to 8 % brighter.

    Args:
        light: (planes, height, width), sums of blurred slices.
        scale: the coarsest that any slice was blurred at.
    """
    if float(light.amin()) > -_UNSEEN:
        return light.clamp_min_(0.0)
    size = 2 * _TAPS_BESIDE * scale + 1
    for plane in light:
        below = plane.clamp_max(0.0)
        plane.clamp_min_(0.0)
        # Each pixel below 0 takes from those round it in proportion to their light.
        taken = below.div_(sum_around(plane, size).clamp_min_(1e-9)).clamp_min_(-1.0)
        plane.mul_(sum_around(taken, size).add_(1.0).clamp_min_(0.0))
    return light
