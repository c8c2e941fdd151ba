"""Outlines of a scene: cleaned in its disparity map, and unmixed in its picture.

Maps from networks, phones and JPEG files have soft outlines and noise. An outline that is a ramp of a few pixels would
be in focus somewhere between near and far, as a sharp dotted rim around a blurred object. Through a surface rough with
noise, specks of what lies behind would be visible.

A pixel on an outline holds light of two surfaces but the depth of one. Blurring it as a single surface would draw a
seam around every object that is out of focus.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.nn.functional import pad

from refocus.optics.render.filters import maximum_filter, minimum_filter
from refocus.optics.render.thin import Behind

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


_WINDOW_RADIUS_PX = 3
_PRIOR = 0.07
"""Weight of the pixel count relative to the colours, per unit of the two surfaces' squared light."""
_UNEVEN_PRIOR = 20.0
"""The same per unit of the farther surface's variance: in its texture, colours say little about a mixture."""
_BESIDE_SHARE = 0.5
"""A pixel whose centre shows the farther surface has this share of the nearer pixels around it."""
_LINES_WEIGHT = 0.5
"""Weight of what was found behind thin structures, relative to a pixel beside them."""
_MIXED_WEIGHT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The pixels on outlines.

    Attributes:
        where: (height, width) bool.
        near_disparity, far_disparity: (height, width) disparity of the two surfaces; the pixel's own elsewhere.
        alpha: (pixels,) share of the nearer surface.
        near_light: (3, pixels) light times alpha of the nearer surface.
        far_light: (3, pixels) light of the farther surface.
    """

    where: torch.Tensor
    near_disparity: torch.Tensor
    far_disparity: torch.Tensor
    alpha: torch.Tensor
    near_light: torch.Tensor
    far_light: torch.Tensor


def unmix_edges(scene: torch.Tensor, disparity: torch.Tensor, jump: float, behind: Behind | None = None) -> Edges:
    """Find the pixels on outlines and split their light exactly: near_light + (1 - alpha) far_light is the pixel.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        jump: a jump in disparity of more than this is an outline.
        behind: the surface behind thin structures.
    """
    nearest, farthest = maximum_filter(disparity, 3), minimum_filter(disparity, 3)
    where = nearest - farthest > jump
    near_disparity = torch.where(where, nearest, disparity)
    is_near = where & (disparity > nearest - jump)
    far_disparity = torch.where(is_near, farthest, disparity)
    if behind is not None:
        far_disparity[behind.where & is_near] = behind.disparity[is_near[behind.where]]
    rows, columns = torch.nonzero(where, as_tuple=True)
    means = _means_around(scene, disparity, where, rows, columns, nearest, farthest, far_disparity, jump)
    light, beside = scene[:, rows, columns], ~is_near[rows, columns]
    near_mean, far_mean = means.near, means.far
    if behind is not None:
        light_behind, known_behind = torch.zeros_like(scene), (behind.where & is_near)[rows, columns]
        light_behind[:, behind.where] = behind.light
        trust = means.far_weight / (means.far_weight + _LINES_WEIGHT)
        far_mean = torch.where(known_behind, torch.lerp(light_behind[:, rows, columns], far_mean, trust), far_mean)
    contrast = near_mean - far_mean
    prior = _PRIOR * ((near_mean**2).sum(0) + (far_mean**2).sum(0)) + 1e-9
    prior += _UNEVEN_PRIOR * means.far_variance * beside
    near_share = means.near_share * torch.where(beside, _BESIDE_SHARE, 1.0)
    alpha = ((light - far_mean) * contrast).sum(0) + prior * near_share
    alpha = (alpha / ((contrast**2).sum(0) + prior)).clamp(0.0, 1.0)
    alpha = torch.where(beside, alpha.clamp_max(0.5), alpha)
    if behind is not None:
        # So opaque that the nearer surface has light in every channel.
        least = (1.0 - (light / far_mean.clamp_min(1e-6)).amin(0)).clamp_(0.0, 1.0)
        alpha = torch.where(known_behind, torch.maximum(alpha, least), alpha)
    # What the two means do not explain is divided in proportion to how much of each surface is visible.
    rest = light - alpha * near_mean - (1.0 - alpha) * far_mean
    far_light = (far_mean + rest * (1.0 - alpha) / (alpha**2 + (1.0 - alpha) ** 2)).clamp_min(0.0)
    if behind is not None:
        far_light = torch.where(known_behind, far_mean, far_light)
    far_light = torch.minimum(far_light, light / (1.0 - alpha).clamp_min(1e-3))
    return Edges(where, near_disparity, far_disparity, alpha, light - (1.0 - alpha) * far_light, far_light)


class _Means(NamedTuple):
    """The two surfaces around pixels.

    Attributes:
        near, far: (3, pixels) mean light.
        near_share: (pixels,) share of the nearer one in the 3x3 block.
        far_weight: (pixels,) how well the farther one is known.
        far_variance: (pixels,) variance of its light, summed over channels.
    """

    near: torch.Tensor
    far: torch.Tensor
    near_share: torch.Tensor
    far_weight: torch.Tensor
    far_variance: torch.Tensor


def _means_around(
    scene: torch.Tensor,
    disparity: torch.Tensor,
    mixed: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
    nearest: torch.Tensor,
    farthest: torch.Tensor,
    far_disparity: torch.Tensor,
    jump: float,
) -> _Means:
    """The nearer and the farther surface around each pixel."""
    middle = 0.5 * (nearest + farthest)[rows, columns]
    reach = 0.5 * (nearest - farthest)[rows, columns]
    high = middle + 2 * reach
    far_value, far_reach = far_disparity[rows, columns], (0.5 * reach).clamp_min(jump)
    far_low, far_high = far_value - far_reach, torch.minimum(far_value + far_reach, middle)
    near_sum, far_sum = scene.new_zeros(4, rows.numel()), scene.new_zeros(5, rows.numel())
    near_share = scene.new_zeros(rows.numel())
    radius = _WINDOW_RADIUS_PX
    known = torch.where(mixed, _MIXED_WEIGHT, 1.0)
    squares = (scene**2).sum(0)
    around = torch.cat([scene, torch.stack([torch.ones_like(known), squares, known, disparity])])
    around = pad(around[None], [radius] * 4, mode="replicate")[0]
    width = around.shape[2]
    around, place = around.view(7, -1), (rows + radius) * width + columns + radius
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            seen = around.index_select(1, place + (down * width + right))
            value = seen[6]
            weight = seen[5] * (1.0 / (1.0 + down * down + right * right) ** 2)
            is_near = value > middle
            near_sum.addcmul_(seen[:4], (weight * (is_near & (value < high))).expand(4, -1))
            far_sum.addcmul_(seen[:5], (weight * ((value > far_low) & (value <= far_high))).expand(5, -1))
            if max(abs(down), abs(right)) <= 1:
                near_share += is_near / 9.0
    near_mean, far_mean = (total[:3] / total[3].clamp_min(1e-9) for total in (near_sum, far_sum))
    far_variance = (far_sum[4] / far_sum[3].clamp_min(1e-9) - (far_mean**2).sum(0)).clamp_min_(0.0)
    return _Means(near_mean, far_mean, near_share, far_sum[3], far_variance)
