"""Unmix the pixels on outlines: the alpha of the nearer surface, and the light of both.

A pixel on an outline holds light of two surfaces but the depth of one. Blurring it as a single surface would draw a
seam around every object that is out of focus.
"""

from dataclasses import dataclass

import torch
from torch.nn.functional import pad

from refocus.optics.render.window_filters import maximum_filter, minimum_filter

_WINDOW_RADIUS_PX = 3
_PRIOR = 0.07
"""Weight of the pixel count relative to the colours, per unit of the two surfaces' squared light."""
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


def unmix_edges(scene: torch.Tensor, disparity: torch.Tensor, jump: float) -> Edges:
    """Find the pixels on outlines and split their light exactly: near_light + (1 - alpha) far_light is the pixel.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        jump: a jump in disparity of more than this is an outline.
    """
    nearest, farthest = maximum_filter(disparity, 3), minimum_filter(disparity, 3)
    where = nearest - farthest > jump
    near_disparity = torch.where(where, nearest, disparity)
    far_disparity = torch.where(where, farthest, disparity)
    rows, columns = torch.nonzero(where, as_tuple=True)
    near_mean, far_mean, near_share = _means_around(scene, disparity, where, rows, columns, nearest, farthest)
    light = scene[:, rows, columns]
    contrast = near_mean - far_mean
    prior = _PRIOR * ((near_mean**2).sum(0) + (far_mean**2).sum(0)) + 1e-9
    alpha = ((light - far_mean) * contrast).sum(0) + prior * near_share
    alpha = (alpha / ((contrast**2).sum(0) + prior)).clamp(0.0, 1.0)
    # What the two means do not explain is divided in proportion to how much of each surface is visible.
    rest = light - alpha * near_mean - (1.0 - alpha) * far_mean
    far_light = (far_mean + rest * (1.0 - alpha) / (alpha**2 + (1.0 - alpha) ** 2)).clamp_min(0.0)
    far_light = torch.minimum(far_light, light / (1.0 - alpha).clamp_min(1e-3))
    return Edges(where, near_disparity, far_disparity, alpha, light - (1.0 - alpha) * far_light, far_light)


def _means_around(
    scene: torch.Tensor,
    disparity: torch.Tensor,
    mixed: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
    nearest: torch.Tensor,
    farthest: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean light of the nearer and farther surface around each pixel, and the nearer one's share of the 3x3 block."""
    middle = 0.5 * (nearest + farthest)[rows, columns]
    reach = 0.5 * (nearest - farthest)[rows, columns]
    low, high = middle - 2 * reach, middle + 2 * reach
    near_sum, far_sum = scene.new_zeros(4, rows.numel()), scene.new_zeros(4, rows.numel())
    near_share = scene.new_zeros(rows.numel())
    radius = _WINDOW_RADIUS_PX
    known = torch.where(mixed, _MIXED_WEIGHT, 1.0)
    around = torch.cat([scene, torch.ones_like(known)[None], known[None], disparity[None]])
    around = pad(around[None], [radius] * 4, mode="replicate")[0]
    width = around.shape[2]
    around, place = around.view(6, -1), (rows + radius) * width + columns + radius
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            seen = around.index_select(1, place + (down * width + right))
            value = seen[5]
            weight = seen[4] * (1.0 / (1.0 + down * down + right * right) ** 2)
            is_near = value > middle
            near_sum.addcmul_(seen[:4], (weight * (is_near & (value < high))).expand(4, -1))
            far_sum.addcmul_(seen[:4], (weight * (~is_near & (value > low))).expand(4, -1))
            if max(abs(down), abs(right)) <= 1:
                near_share += is_near / 9.0
    return near_sum[:3] / near_sum[3].clamp_min(1e-9), far_sum[:3] / far_sum[3].clamp_min(1e-9), near_share
