"""Un-mixing of edge pixels: how much of each is the nearer surface, and what both surfaces look like there.

A pixel on an outline holds light of two surfaces, but has the depth of only one. Blurring it as if it
were all one surface draws a seam round every object that is out of focus.
"""

from dataclasses import dataclass

import torch

from refocus.optics.windows import largest_around, smallest_around

_WINDOW_RADIUS_PX = 3
_PRIOR = 0.1
_MIXED_WEIGHT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The pixels on outlines.

    Attributes:
        where: (height, width) bool.
        near_disparity, far_disparity: (height, width) the two surfaces' disparity; elsewhere both the pixel's own.
        alpha: (pixels,) share of the nearer surface.
        near_light: (3, pixels) colour times alpha of the nearer surface.
        far_light: (3, pixels) colour of the farther surface.
    """

    where: torch.Tensor
    near_disparity: torch.Tensor
    far_disparity: torch.Tensor
    alpha: torch.Tensor
    near_light: torch.Tensor
    far_light: torch.Tensor


def unmix_edges(scene: torch.Tensor, disparity: torch.Tensor, jump: float) -> Edges:
    """Find the pixels on outlines and split their light.

    The split is exact: the nearer light over the farther, (1 - alpha) of it, is the pixel again.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        jump: a jump in disparity of more than this makes an outline.
    """
    nearest, farthest = largest_around(disparity, 3), smallest_around(disparity, 3)
    where = nearest - farthest > jump
    near_disparity = torch.where(where, nearest, disparity)
    far_disparity = torch.where(where, farthest, disparity)
    rows, columns = torch.nonzero(where, as_tuple=True)
    near_mean, far_mean, near_share = _means_around(scene, disparity, where, rows, columns, nearest, farthest)
    light = scene[:, rows, columns]
    contrast = near_mean - far_mean
    alpha = ((light - far_mean) * contrast).sum(0) + _PRIOR * near_share
    alpha = (alpha / ((contrast**2).sum(0) + _PRIOR)).clamp(0.0, 1.0)
    # What the two means do not explain is shared out in proportion to what each surface shows here.
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
    height, width = disparity.shape
    middle = 0.5 * (nearest + farthest)[rows, columns]
    reach = 0.5 * (nearest - farthest)[rows, columns]
    near_sum, far_sum = scene.new_zeros(4, rows.numel()), scene.new_zeros(4, rows.numel())
    near_share = scene.new_zeros(rows.numel())
    for down in range(-_WINDOW_RADIUS_PX, _WINDOW_RADIUS_PX + 1):
        for right in range(-_WINDOW_RADIUS_PX, _WINDOW_RADIUS_PX + 1):
            r, c = (rows + down).clamp(0, height - 1), (columns + right).clamp(0, width - 1)
            value = disparity[r, c]
            weight = 1.0 / (1.0 + down * down + right * right) ** 2
            known = weight * torch.where(mixed[r, c], _MIXED_WEIGHT, 1.0)
            light = torch.cat([scene[:, r, c], torch.ones_like(value)[None]])
            near_sum += light * (known * ((value > middle) & (value < middle + 2 * reach)))
            far_sum += light * (known * ((value <= middle) & (value > middle - 2 * reach)))
            if max(abs(down), abs(right)) <= 1:
                near_share += (value > middle) / 9.0
    return near_sum[:3] / near_sum[3].clamp_min(1e-9), far_sum[:3] / far_sum[3].clamp_min(1e-9), near_share
