"""Clean a disparity map: maps from networks, phones and JPEG files have soft outlines and noise.

An outline that is a ramp of a few pixels would be in focus somewhere between near and far, as a sharp dotted rim around
a blurred object. Through a surface rough with noise, specks of what lies behind would be visible.
"""

import torch
from torch.nn.functional import pad

from refocus.optics.render.window_filters import maximum_filter, minimum_filter

_MIN_STEP = 2.0
"""Steps below this, in jumps that separate two surfaces, are harmless."""
_MAX_WIDER_RISE = 1.4
"""In a window twice as wide a slope rises twice as far, a step between two surfaces hardly farther."""
_MIN_SEPARATION = 0.1
"""A pixel lies between two surfaces when this share of the step separates it from either."""
_MAX_DIFFERENCE = 0.15
"""Neighbours that differ by less than this share of the step, over the reach, are of one surface."""
_MAX_SIMILAR = 3
"""Similar pixels in the 3x3 block of a pixel on a ramp: itself and those along the outline."""
_SMOOTHING_PASSES = 2
_SAME_SURFACE = 1.5
"""Neighbours that differ by less than this, in jumps, are of one rough surface."""


def harden_outlines(disparity: torch.Tensor, jump: float, reach_px: int, keep: torch.Tensor) -> torch.Tensor:
    """Replace ramps between two surfaces by steps: each pixel takes the disparity of the closer surface.

    Slopes, thin and small objects between two others, and maps without ramps are unchanged.

    Args:
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.
        reach_px: ramps of up to twice this length are found.
        keep: (height, width) bool, pixels not to change.

    Returns:
        (height, width)
    """
    size = 2 * reach_px + 1
    nearest, farthest = maximum_filter(disparity, size), minimum_filter(disparity, size)
    step = nearest - farthest
    steep = step > _MIN_STEP * jump
    if not bool(steep.any()):
        return disparity
    wider = maximum_filter(nearest, size) - minimum_filter(farthest, size)
    two_sided = steep & (wider < _MAX_WIDER_RISE * step) & ~keep
    margin = _MIN_SEPARATION * step
    between = two_sided & (disparity > farthest + margin) & (disparity < nearest - margin)
    rows, columns = between.nonzero(as_tuple=True)
    isolated = _similar_around(disparity, step * (_MAX_DIFFERENCE / reach_px), rows, columns) <= _MAX_SIMILAR
    if not bool(isolated.any()):
        return disparity
    ramp = torch.zeros_like(disparity)
    ramp[rows[isolated], columns[isolated]] = 1.0
    ramp_and_ends = (maximum_filter(ramp, 3) > 0.0) & two_sided
    return torch.where(ramp_and_ends, torch.where(2.0 * disparity > nearest + farthest, nearest, farthest), disparity)


def smooth_surfaces(disparity: torch.Tensor, jump: float, keep: torch.Tensor) -> torch.Tensor:
    """Smooth noise within surfaces: average neighbours of the same surface (sigma filter, Lee 1983).

    Slopes (but for half a pixel at their ends), outlines and flat objects of any size are unchanged.

    Args:
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.
        keep: (height, width) bool, pixels not to change.

    Returns:
        (height, width)
    """
    smoothed = disparity
    for axis in (0, 1) * _SMOOTHING_PASSES:
        rise = smoothed.diff(dim=axis)
        joined = (rise.abs() < _SAME_SURFACE * jump).to(rise.dtype)
        rise *= joined
        share, change = torch.ones_like(disparity), torch.zeros_like(disparity)
        count = rise.shape[axis]
        for total, values, sign in ((share, joined, 1.0), (change, rise, -1.0)):
            total.narrow(axis, 0, count).add_(values)
            total.narrow(axis, 1, count).add_(values, alpha=sign)
        smoothed = smoothed + change.div_(share)
    return torch.where(keep, disparity, smoothed)


def _similar_around(
    disparity: torch.Tensor, tolerance: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
) -> torch.Tensor:
    """(pixels,) how many of the 3x3 block around each pixel differ from it by less than the tolerance."""
    around = pad(disparity[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    own, allowed = disparity[rows, columns], tolerance[rows, columns]
    similar = torch.zeros_like(rows)
    for down in range(3):
        for right in range(3):
            similar += (around[rows + down, columns + right] - own).abs() < allowed
    return similar
