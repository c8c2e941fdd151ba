"""Inpaint unknown pixels: from averages of known ones around them, and along straight lines.

Averages are by push-pull interpolation (Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4.2): unknown pixels
take averages of known ones at increasingly coarse scales, with a heavier weight for near ones. Planes hold values times
weight, and last the weight itself: how well each pixel is known, in [0, 1].

Averages are dominated by the nearest pixels, which cuts off every line, frame or horizon that passes behind an object.
A line through the pixel whose two ends look similar is better evidence than the nearest pixel.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import pad

from refocus.optics.render.filters import enlarge, shrink

NEAREST_DOMINATES = 32.0
"""A block's weight is its known share times this, at most 1: a few near pixels outweigh many distant ones."""
_EPSILON = 1e-6


def inpaint_halved(halved: torch.Tensor, levels: int) -> torch.Tensor:
    """Inpaint a picture given as averages of blocks of 2x2 pixels.

    Args:
        halved: (planes, height / 2, width / 2) means over blocks; overwritten.
        levels: number of halvings, this one included; reaches about 2**levels pixels.

    Returns:
        Planes of the same shape; weight 0 where nothing known is within reach.
    """
    halved *= (1.0 / halved[-1:].clamp_min(_EPSILON)).clamp_max_(NEAREST_DOMINATES)
    return _inpaint(halved, levels - 1)


def _inpaint(known: torch.Tensor, levels: int) -> torch.Tensor:
    height, width = known.shape[1:]
    if levels == 0 or min(height, width) < 2:
        return known
    odd = height % 2, width % 2
    even = pad(known[None], [0, odd[1], 0, odd[0]], mode="replicate")[0] if any(odd) else known
    around = enlarge(inpaint_halved(shrink(even, 2), levels), 2)[:, :height, :width]
    weight = known[-1:]
    gap = (1.0 - weight).div_(around[-1:].clamp_min(_EPSILON))
    reached = torch.maximum(weight, around[-1:])
    return around.mul_(gap).add_(known).mul_(reached)


def sample_halved(halved: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Interpolate planes of half resolution linearly at pixels of full resolution.

    Args:
        halved: (planes, height / 2, width / 2).
        rows, columns: (pixels,) coordinates at full resolution.

    Returns:
        (planes, pixels).
    """
    height, width = halved.shape[1:]
    flat = halved.view(halved.shape[0], -1)
    (up, down), (left, right) = _neighbours(rows, height), _neighbours(columns, width)
    total = flat[:, up * width + left] * (0.75 * 0.75)
    total += flat[:, down * width + left].mul_(0.25 * 0.75)
    total += flat[:, up * width + right].mul_(0.75 * 0.25)
    total += flat[:, down * width + right].mul_(0.25 * 0.25)
    return total


def _neighbours(coordinates: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The block a pixel is in (weight 3/4), and the next one on the pixel's side (weight 1/4)."""
    own = coordinates >> 1
    return own, (own + (coordinates & 1) * 2 - 1).clamp_(0, count - 1)


DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))
"""Steps (down, right) of the lines along which surfaces are continued."""
_END_DIFFERENCE = 0.1
"""Difference of two ends, in the square root of light, at which a line's weight has fallen to 0.6."""
_AVERAGE_WEIGHT = 0.1
"""Weight of the plain average relative to a line as long as the reach with equal ends."""
_MAX_REACHES = 4
"""Longest half of a line, in reaches."""
_STEPS_PER_STRIDE = 12
"""Steps grow by a pixel every so many, because distant ends need no precision."""


@dataclass(frozen=True, slots=True, eq=False)
class LineInpainting:
    """Inpainted values on a grid, to be interpolated between its nodes.

    Attributes:
        weighted: (channels + 1, rows, columns) values times trust, and trust.
        stride: the node of row i and column j is at pixel (i * stride, j * stride).
    """

    weighted: torch.Tensor
    stride: int

    def sample(self, rows: torch.Tensor, columns: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Values and trust at pixels.

        Args:
            rows, columns: (pixels,) coordinates.

        Returns:
            (channels, pixels) values and (pixels,) trust in [0, 1].
        """
        count, height, width = self.weighted.shape
        flat = self.weighted.reshape(count, -1)
        found = flat.new_zeros(count, rows.numel())
        (up, down), (left, right) = self._around(rows, height), self._around(columns, width)
        for row, row_share in (up, down):
            for column, column_share in (left, right):
                found.addcmul_(flat[:, row * width + column], (row_share * column_share).expand_as(found))
        return found[:-1] / found[-1:].clamp_min(1e-6), found[-1]

    def _around(self, coordinates: torch.Tensor, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The nodes on either side of coordinates, and their weights."""
        node = coordinates // self.stride
        share = (coordinates - node * self.stride) / self.stride
        return [(node, 1.0 - share), ((node + 1).clamp_max_(count - 1), share)]


def inpaint_along_lines(
    far: torch.Tensor,
    average_disparity: torch.Tensor,
    limit: torch.Tensor,
    known: torch.Tensor,
    where: torch.Tensor,
    *,
    jump: float,
    reach_px: int,
    fine_reach_px: int,
) -> LineInpainting:
    """Inpaint pixels from both ends of straight lines through them.

    Args:
        far: (channels, height, width): the square root of the light, and disparity last.
        average_disparity: (height, width) inpainted by averages; lines between other surfaces than this get no weight.
        limit: (height, width) only pixels farther than this are used for a pixel.
        known: (height, width) bool, reliable pixels.
        where: (height, width) bool, pixels to inpaint.
        jump: ends whose disparity differs from the average one by this get little weight.
        reach_px: length scale; lines much longer than this get little weight.
        fine_reach_px: longer reaches are searched on a coarser grid, so that the cost does not grow with the blur.

    Returns:
        Inpainted values, with trust 0 outside of `where`.
    """
    stride = max(1, reach_px // fine_reach_px)
    coarse = (slice(None, None, stride), slice(None, None, stride))
    inpainted, trust = _inpaint_lines(
        far[(slice(None), *coarse)].contiguous(),
        average_disparity[coarse],
        limit[coarse],
        known[coarse],
        where[coarse],
        jump,
        reach_px // stride,
    )
    return LineInpainting(torch.cat([inpainted.mul_(trust), trust[None]]), stride)


def _inpaint_lines(
    far: torch.Tensor,
    average_disparity: torch.Tensor,
    limit: torch.Tensor,
    known: torch.Tensor,
    where: torch.Tensor,
    jump: float,
    reach_px: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    rows, columns = torch.nonzero(where, as_tuple=True)
    average = average_disparity[rows, columns]
    total = far.new_zeros(far.shape[0], rows.numel())
    weights = far.new_zeros(rows.numel())
    search = _LineSearch.of(
        torch.where(known, far[-1], torch.inf), rows, columns, limit[rows, columns], _MAX_REACHES * reach_px
    )
    flat = far.view(far.shape[0], -1)
    for down, right in DIRECTIONS:
        length = (down * down + right * right) ** 0.5
        (index1, n1), (index2, n2) = (search.towards(sign * down, sign * right) for sign in (1, -1))
        first, second = flat[:, index1], flat[:, index2]
        line = (n1 + n2) * length / reach_px
        difference = ((first[:3] - second[:3]) ** 2).mean(0) / (2 * _END_DIFFERENCE**2)
        difference += sum(((end[-1] - average) / jump) ** 2 for end in (first, second))
        weight = torch.exp(-difference) / line**2
        weight = torch.where((n1 > 0) & (n2 > 0), weight, 0.0)
        total += weight * (first * n2 + second * n1) / (n1 + n2).clamp_min(1)
        weights += weight
    inpainted, trust = torch.zeros_like(far), torch.zeros_like(limit)
    inpainted[:, rows, columns] = total / weights.clamp_min(1e-9)
    trust[rows, columns] = weights / (weights + _AVERAGE_WEIGHT)
    return inpainted, trust


@dataclass(frozen=True, slots=True, eq=False)
class _LineSearch:
    """Searches along a direction from many pixels at once, until each meets a known, farther pixel."""

    _guarded: torch.Tensor  # (rows + 2 * margin, columns + 2 * margin) disparity; -inf outside, which stops all
    _margin: int
    _width: int
    _rows: torch.Tensor
    _columns: torch.Tensor
    _limit: torch.Tensor
    _longest_px: int

    @classmethod
    def of(
        cls, disparity: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, limit: torch.Tensor, longest_px: int
    ) -> "_LineSearch":
        """Search up to a length over a (height, width) disparity, inf where it is not known."""
        margin = longest_px + longest_px // _STEPS_PER_STRIDE + 1  # the last step may go farther
        guarded = pad(disparity, [margin] * 4, value=-torch.inf)
        return cls(guarded, margin, disparity.shape[1], rows, columns, limit, longest_px)

    def towards(self, down: int, right: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(pixels,) flat index of the pixels met, and the number of steps to them; both 0 where none was met."""
        steps = [1]
        while steps[-1] < int(self._longest_px / math.hypot(down, right)):
            steps.append(steps[-1] + 1 + steps[-1] // _STEPS_PER_STRIDE)
        step = torch.tensor(steps, device=self._rows.device)
        wide = self._guarded.shape[1]
        start = (self._rows + self._margin) * wide + self._columns + self._margin
        disparity = self._guarded.view(-1)[start + (step * (down * wide + right))[:, None]]  # (steps, pixels)
        stops = disparity < self._limit
        met, first = stops.max(dim=0)
        met &= disparity.gather(0, first[None])[0] > -torch.inf
        taken = torch.where(met, step[first], 0)
        index = (self._rows + taken * down) * self._width + self._columns + taken * right
        return index.masked_fill_(~met, 0), taken
