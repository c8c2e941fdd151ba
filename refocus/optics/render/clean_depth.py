"""Disparity as surfaces have it: depth maps of networks, phones and JPEG files have soft outlines and noise.

An outline drawn as a ramp of a few pixels would be in focus somewhere between near and far, as a crisp dotted rim
round an object that is blurred. Through a surface that is rough with noise what lies behind would shine in specks.
"""

import torch
from torch.nn.functional import pad

from refocus.optics.render.window_filters import largest_around, smallest_around

_LEAST_STEP = 2.0
"""Steps smaller than this, in jumps that separate two surfaces, do no harm."""
_WIDER_MOST = 1.4
"""In twice the window a slope rises twice as far, a step between two surfaces hardly farther."""
_BETWEEN = 0.1
"""A pixel lies between two surfaces when this share of the step separates it from either."""
_ALIKE = 0.15
"""Neighbours that differ by less than this share of the step over the reach are of one surface."""
_ALIKE_MOST = 3
"""Of a pixel's 3x3 block, on a ramp: itself and those along the outline."""
_SMOOTHINGS = 2
_JOINED = 1.5
"""Neighbours that differ by less than this, in jumps, are one surface that is rough."""


def harden_steps(disparity: torch.Tensor, jump: float, reach_px: int, keep: torch.Tensor) -> torch.Tensor:
    """Give each pixel on a ramp between two surfaces the disparity of the closer one of the two.

    Slopes, thin things and small things between two others stay as they are, and so does a map without ramps.

    Args:
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.
        reach_px: ramps of up to twice this are found.
        keep: (height, width) bool, pixels to leave alone.

    Returns:
        (height, width)
    """
    size = 2 * reach_px + 1
    nearest, farthest = largest_around(disparity, size), smallest_around(disparity, size)
    step = nearest - farthest
    steep = step > _LEAST_STEP * jump
    if not bool(steep.any()):
        return disparity
    wider = largest_around(nearest, size) - smallest_around(farthest, size)
    two_sided = steep & (wider < _WIDER_MOST * step) & ~keep
    margin = _BETWEEN * step
    between = two_sided & (disparity > farthest + margin) & (disparity < nearest - margin)
    rows, columns = between.nonzero(as_tuple=True)
    alone = _alike_around(disparity, step * (_ALIKE / reach_px), rows, columns) <= _ALIKE_MOST
    if not bool(alone.any()):
        return disparity
    ramp = torch.zeros_like(disparity)
    ramp[rows[alone], columns[alone]] = 1.0
    ramp_and_ends = (largest_around(ramp, 3) > 0.0) & two_sided
    return torch.where(ramp_and_ends, torch.where(2.0 * disparity > nearest + farthest, nearest, farthest), disparity)


def smooth_surfaces(disparity: torch.Tensor, jump: float, keep: torch.Tensor) -> torch.Tensor:
    """Even out noise within surfaces: each pixel with its neighbours of the same surface (a sigma filter, Lee 1983).

    Slopes stay as they are, except by half a pixel at their ends, and so do outlines and flat things of any size.

    Args:
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.
        keep: (height, width) bool, pixels to leave alone.

    Returns:
        (height, width)
    """
    smoothed = disparity
    for axis in (0, 1) * _SMOOTHINGS:
        rise = smoothed.diff(dim=axis)
        joined = (rise.abs() < _JOINED * jump).to(rise.dtype)
        rise *= joined
        share, change = torch.ones_like(disparity), torch.zeros_like(disparity)
        count = rise.shape[axis]
        for total, values, sign in ((share, joined, 1.0), (change, rise, -1.0)):
            total.narrow(axis, 0, count).add_(values)
            total.narrow(axis, 1, count).add_(values, alpha=sign)
        smoothed = smoothed + change.div_(share)
    return torch.where(keep, disparity, smoothed)


def _alike_around(
    disparity: torch.Tensor, tolerance: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
) -> torch.Tensor:
    """How many of the 3x3 block around each pixel differ from it by less than the tolerance; (pixels,)."""
    around = pad(disparity[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    own, tolerated = disparity[rows, columns], tolerance[rows, columns]
    alike = torch.zeros_like(rows)
    for down in range(3):
        for right in range(3):
            alike += (around[rows + down, columns + right] - own).abs() < tolerated
    return alike
