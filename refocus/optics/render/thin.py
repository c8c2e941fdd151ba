"""Thin structures, and the surface behind them: the nearest one that goes on across them.

Behind a wire there may be branches, and behind those a wall. An average of what is farther than the wire lies at none
of their depths. Where the object in front is thin, surfaces end close by on both sides of it, and what goes on behind
it is the nearest one that is met on two opposite sides.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import pad

from refocus.optics.render.filters import maximum_filter, minimum_filter
from refocus.optics.render.inpaint import DIRECTIONS

_MAX_STEPS = 12
"""Steps of a search, at most; strides are longer for wider structures."""
_LONGEST = 2.5
"""Lines longer than the shortest one times this are ignored."""
_SINGLE_WEIGHT = 0.05
"""Weight of one end of a line between two surfaces, relative to a line whose two ends are alike."""
_END_DIFFERENCE = 0.15
"""Difference of two ends, in the square root of light, at which a line's weight has fallen to 0.6."""


@dataclass(frozen=True, slots=True, eq=False)
class Behind:
    """The surface behind thin structures.

    Attributes:
        where: (height, width) bool, pixels of thin structures behind which something was found.
        light: (3, pixels) linear light in [0, 1].
        disparity: (pixels,).
    """

    where: torch.Tensor
    light: torch.Tensor
    disparity: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """What lines through pixels meet in one direction, each (pixels,); `steps` is 0 where they meet nothing.

    Attributes:
        steps: to the first farther pixel.
        disparity: of the surface met.
        light: (3, pixels) the square root of its light.
    """

    steps: torch.Tensor
    disparity: torch.Tensor
    light: torch.Tensor


def find_thin(disparity: torch.Tensor, jump: float, size_px: int) -> torch.Tensor:
    """Find structures narrower than a size that are nearer than what is on both sides of them.

    Args:
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.
        size_px: odd.

    Returns:
        (height, width) bool.
    """
    return disparity - maximum_filter(minimum_filter(disparity, size_px), size_px) > jump


def look_behind(scene: torch.Tensor, disparity: torch.Tensor, thin: torch.Tensor, jump: float, reach_px: int) -> Behind:
    """Find the surface behind each pixel of thin structures.

    Of the lines through a pixel whose two ends are of one surface, the nearest surface counts; where there is none,
    the nearest end. Shorter lines and ends of similar light have more weight.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        thin: (height, width) bool.
        jump: a jump in disparity of at least this separates two surfaces.
        reach_px: how far to look.
    """
    rows, columns = torch.nonzero(thin, as_tuple=True)
    root, own = scene.clamp(0.0, 1.0).sqrt_().reshape(3, -1), disparity[rows, columns]
    strides = range(1, reach_px + 1, max(1, reach_px // _MAX_STEPS))
    margin = 2 * reach_px + 2
    guarded = pad(disparity, [margin] * 4, value=torch.inf)

    def towards(down: int, right: int) -> _Ends:
        step = torch.tensor([n for n in strides if n * math.hypot(down, right) <= reach_px] or [1], device=rows.device)
        ahead = down * guarded.shape[1] + right
        start = (rows + margin) * guarded.shape[1] + columns + margin
        seen = guarded.view(-1)[start + (step * ahead)[:, None]]  # (steps, pixels)
        met, first = (seen < own - jump).max(dim=0)
        steps, met_disparity = step[first], seen.gather(0, first[None])[0]
        # The pixel at an outline is mixed, the next one is not, provided it is of the same surface.
        following = guarded.view(-1)[start + (steps + 1) * ahead]
        pure = (following - met_disparity).abs() < jump
        taken = steps + pure.to(steps.dtype)
        index = (rows + taken * down) * disparity.shape[1] + columns + taken * right
        return _Ends(
            torch.where(met, steps, 0),
            torch.where(met, torch.where(pure, following, met_disparity), -torch.inf),
            root[:, index.masked_fill_(~met, 0)],
        )

    lines = [_line(towards(d, r), towards(-d, -r), math.hypot(d, r), jump) for d, r in DIRECTIONS]
    value, light, length, weight, alike = (torch.stack(each) for each in zip(*lines, strict=True))
    weight *= length <= _LONGEST * torch.where(weight > 0.0, length, torch.inf).amin(0)
    nearest, nearest_alike = (
        torch.where(chosen, value, -torch.inf).amax(0) for chosen in (weight > 0.0, alike & (weight > 0.0))
    )
    nearest = torch.where(nearest_alike > -torch.inf, nearest_alike, nearest)
    weight *= (value - nearest).abs() < jump
    total = weight.sum(0)
    found = total > 0.0
    where = torch.zeros_like(thin)
    where[rows[found], columns[found]] = True
    weight = weight[:, found] / total[found]
    mean_light = (weight[:, None] * light[:, :, found]).sum(0)
    return Behind(where, mean_light.square_(), (weight * value[:, found].clamp_min(-1e9)).sum(0))


def _line(
    one: _Ends, other: _Ends, step_px: float, jump: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Disparity, light (3, pixels), length, weight, and whether both ends are of one surface, of a line a pixel.

    A line between two surfaces stands for its shorter end alone.
    """
    alike = (one.steps > 0) & (other.steps > 0) & ((one.disparity - other.disparity).abs() < jump)
    first = (one.steps > 0) & ((other.steps == 0) | (one.steps <= other.steps))
    both = (one.steps + other.steps).clamp_min(1)
    share = torch.where(alike, other.steps / both, first.to(one.disparity.dtype))  # of the first end
    value = torch.where(share > 0.0, share * one.disparity, 0.0)
    value += torch.where(share < 1.0, (1.0 - share) * other.disparity, 0.0)
    light = share * one.light + (1.0 - share) * other.light
    length = torch.where(alike, both, 2 * torch.where(first, one.steps, other.steps)).clamp_min(1) * step_px
    difference = ((one.light - other.light) ** 2).mean(0) / (2 * _END_DIFFERENCE**2)
    difference += torch.where(alike, ((one.disparity - other.disparity) / jump) ** 2, 0.0)
    weight = torch.where(alike, torch.exp(-difference).clamp_min(_SINGLE_WEIGHT), _SINGLE_WEIGHT) / length**2
    return value, light, length, torch.where(value > -torch.inf, weight, 0.0), alike
