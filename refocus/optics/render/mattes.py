"""Mattes: the share of a nearer surface in each pixel of its outline, where hair or fur mixes it with what is behind.

A depth map has one outline, inside or outside of loose hair. A matte says how much of each pixel is hair; which two
disparities are mixed there follows from the surfaces on both sides, where the matte is sure and the map agrees.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from refocus.optics.render.filters import maximum_filter, minimum_filter, shrink
from refocus.optics.render.inpaint import NEAREST_DOMINATES, inpaint_halved, sample_halved
from refocus.optics.render.lamps import LAMP_LIGHT_MIN
from refocus.optics.render.outlines import Edges

_CLEAR, _OPAQUE = 0.02, 0.98
"""Pixels with less alpha show the farther surface alone, with more the nearer one."""
_STEP_MIN = 2.0
"""Smaller steps between both surfaces, in jumps, do no harm: the matte is not used there."""
_PLATEAU = 0.05
"""A pixel belongs to a surface when this share of the step, at most, separates it from it."""
_BASE_REACH_PX, _BASE_LONG_SIDE_PX = 12, 1024
_MIN_REACH_PX = 6
_FAR_LEVELS = 8
"""Surfaces are carried on for about 2 to the power of this many pixels, as far as the longest strands."""
_LIGHT_LEVELS = 7
_PURE_POWER = 16
"""Weight of a pixel for the colour of a surface: the surface's share to the power of this."""


@dataclass(frozen=True, slots=True, eq=False)
class Matte:
    """The two surfaces along the outline of a matted one.

    Attributes:
        where: (height, width) bool, pixels where the matte is used.
        indices: (pixels,) their flat indices, ascending.
        alpha: (pixels,) share of the nearer surface in [0, 1].
        disparity: (pixels,) with the outline of the matte.
        near_disparity, far_disparity: (pixels,) of the two surfaces.
    """

    where: torch.Tensor
    indices: torch.Tensor
    alpha: torch.Tensor
    disparity: torch.Tensor
    near_disparity: torch.Tensor
    far_disparity: torch.Tensor


def resolve_matte(scene: torch.Tensor, disparity: torch.Tensor, alpha: torch.Tensor, jump: float) -> Matte | None:
    """Find the two surfaces that a matte mixes, and what the disparity is with its outline laid on the matte's.

    Args:
        scene: (height, width, 3) linear light.
        disparity: (height, width).
        alpha: (height, width) share of the nearer surface in [0, 1].
        jump: a jump in disparity of at least this separates two surfaces.

    Returns:
        The matte, None where it lies on no outline of the disparity.
    """
    reach_px = max(_MIN_REACH_PX, round(_BASE_REACH_PX * max(disparity.shape) / _BASE_LONG_SIDE_PX))
    # A lamp behind hair outshines it: its disc is that of the farther surface.
    alpha = torch.where((scene.amax(2) > LAMP_LIGHT_MIN) & (alpha < _OPAQUE), 0.0, alpha)
    outline = (alpha > _CLEAR) & (alpha < _OPAQUE)
    outline |= maximum_filter(alpha, 3) - minimum_filter(alpha, 3) > 0.5
    if not bool(outline.any()):
        return None
    size = 2 * reach_px + 1
    zone = maximum_filter(outline.to(disparity.dtype), size) > 0.0
    opaque, clear = alpha >= _OPAQUE, alpha <= _CLEAR
    is_near, is_far = _sure(disparity, opaque, clear, 2.0 * jump, size)
    rows, columns = torch.nonzero(zone, as_tuple=True)
    near, far = (_carried_on(disparity, sure, rows, columns) for sure in (is_near, is_far))
    used = near - far > _STEP_MIN * jump
    if not bool(used.any()):
        return None
    rows, columns, near, far = rows[used], columns[used], near[used], far[used]
    share = alpha[rows, columns]
    share = torch.where(share <= _CLEAR, 0.0, torch.where(share >= _OPAQUE, 1.0, share))
    kept = is_near[rows, columns] | is_far[rows, columns]
    own = torch.where(kept, disparity[rows, columns], torch.where(share > 0.0, near, far))
    where = torch.zeros_like(zone)
    where[rows, columns] = True
    return Matte(where, rows * disparity.shape[1] + columns, share, own, near, far)


def _sure(
    disparity: torch.Tensor, opaque: torch.Tensor, clear: torch.Tensor, step_min: float, size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the disparity is surely of the nearer surface, and of the farther one, (height, width) bool each.

    That is away from the matte's outline, and where a step between both surfaces is seen, on its two sides.
    """
    wide = 2 * size - 1
    nearest = maximum_filter(torch.where(opaque, disparity, -torch.inf), wide)
    farthest = minimum_filter(torch.where(clear, disparity, torch.inf), wide)
    step = nearest - farthest
    is_step = step > step_min  # infinities of windows without either surface are below
    inside, outside = (minimum_filter(sure.to(disparity.dtype), size) > 0.0 for sure in (opaque, clear))
    margin = _PLATEAU * step
    is_near = inside | (opaque & is_step & (disparity > nearest - margin))
    is_far = outside | (clear & is_step & (disparity < farthest + margin))
    return is_near, is_far


def _carried_on(
    disparity: torch.Tensor, known: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
) -> torch.Tensor:
    """Averages of the known pixels around each pixel: (pixels,), nan where none is within reach."""
    even = (disparity.shape[0] // 2 * 2, disparity.shape[1] // 2 * 2)
    planes = torch.stack([disparity, torch.ones_like(disparity)]).mul_(known)[:, : even[0], : even[1]]
    filled = inpaint_halved(shrink(planes, 2), _FAR_LEVELS)
    found = sample_halved(filled, rows.clamp_max(even[0] - 1), columns.clamp_max(even[1] - 1))
    return torch.where(found[1] > 0.0, found[0] / found[1].clamp_min(1e-9), torch.nan)


@dataclass(frozen=True, slots=True, eq=False)
class MatteCrop:
    """A matte of a part of a picture, by pixel.

    Attributes:
        where: (height, width) bool, where it is used.
        alpha, disparity, near_disparity, far_disparity: (height, width), as in `Matte`; 0 elsewhere.
    """

    where: torch.Tensor
    alpha: torch.Tensor
    disparity: torch.Tensor
    near_disparity: torch.Tensor
    far_disparity: torch.Tensor

    @classmethod
    def of(cls, matte: Matte, crop: Callable[[torch.Tensor], torch.Tensor] = lambda plane: plane) -> "MatteCrop | None":
        """The matte of a part of the picture; None where it is not used at all.

        Args:
            matte: of the whole picture.
            crop: takes a (height, width) plane of the picture to that of the part.
        """
        where = crop(matte.where)
        if not bool(where.any()):
            return None
        height, width = matte.where.shape
        rows, columns = (torch.arange(count, device=where.device) for count in (height, width))
        own = crop(rows[:, None].expand(height, width))[where] * width
        own += crop(columns[None].expand(height, width))[where]
        chosen = torch.searchsorted(matte.indices, own)
        planes = []
        for values in (matte.alpha, matte.disparity, matte.near_disparity, matte.far_disparity):
            plane = values.new_zeros(where.shape)
            plane[where] = values[chosen]
            planes.append(plane)
        return cls(where, *planes)


def unmix_matte(scene: torch.Tensor, edges: Edges, matte: MatteCrop) -> Edges:
    """Split the light of mixed pixels between both surfaces, as `unmix_edges` does, with the matte's alpha.

    Each surface's colour is an average of its pure pixels around, and what the two averages do not explain is divided
    in proportion to how much of each surface is visible.

    Args:
        scene: (3, height, width) linear light, height and width even.
        edges: of the whole picture; kept where the matte is not used.
        matte: of the same pixels.
    """
    mixed = matte.where & (matte.alpha > 0.0) & (matte.alpha < 1.0)
    rows, columns = torch.nonzero(mixed, as_tuple=True)
    light, alpha = scene[:, rows, columns], matte.alpha[rows, columns]
    near_mean, far_mean = (
        _pure_light(scene, share.mul(matte.where), rows, columns) for share in (matte.alpha, 1.0 - matte.alpha)
    )
    rest = light - alpha * near_mean - (1.0 - alpha) * far_mean
    far_light = (far_mean + rest * (1.0 - alpha) / (alpha**2 + (1.0 - alpha) ** 2)).clamp_min(0.0)
    far_light = torch.minimum(far_light, light / (1.0 - alpha))
    near_light = light - (1.0 - alpha) * far_light
    kept = edges.where & ~matte.where
    where = kept | mixed
    planes = scene.new_zeros(7, *kept.shape)
    planes[:, edges.where] = torch.cat([edges.alpha[None], edges.near_light, edges.far_light])
    planes[:, rows, columns] = torch.cat([alpha[None], near_light, far_light])
    values = planes[:, where]
    return Edges(
        where,
        torch.where(mixed, matte.near_disparity, torch.where(matte.where, matte.disparity, edges.near_disparity)),
        torch.where(mixed, matte.far_disparity, torch.where(matte.where, matte.disparity, edges.far_disparity)),
        values[0],
        values[1:4],
        values[4:],
    )


def _pure_light(scene: torch.Tensor, share: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Light of a surface, averaged around pixels from those that show little else: (3, pixels).

    Args:
        scene: (3, height, width).
        share: (height, width) of the surface in each pixel, in [0, 1].
        rows, columns: (pixels,)
    """
    weight = share**_PURE_POWER / NEAREST_DOMINATES  # so that one block of mixed pixels does not outweigh pure ones
    halved = shrink(torch.cat([scene * weight, weight[None]]), 2)
    found = sample_halved(inpaint_halved(halved, _LIGHT_LEVELS), rows, columns)
    return found[:3] / found[3].clamp_min(1e-9)
