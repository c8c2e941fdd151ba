"""Filling behind an object along straight chords: what enters on one side and leaves alike on the other goes through.

Plain averaging lets the nearest pixels win, and so cuts off every line, frame or horizon that passes behind an
object. A chord whose two ends look alike says more than the nearest pixel.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import pad

_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))
_LIKENESS = 0.1
"""Difference of two ends, in the square root of light, at which a chord's weight has fallen to 0.6."""
_PLAIN_WEIGHT = 0.1
"""Weight of a plain filling beside that of a chord as long as the reach, with equal ends."""
_CHORD_MAX = 4
"""Longest end of a chord, in reaches."""
_STRIDE_AFTER = 12
"""Steps grow by one pixel every so many: far ends need not be hit exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class Chords:
    """What chords say of the pixels of a grid, to be looked up between its nodes.

    Attributes:
        weighted: (channels + 1, rows, columns) filled values times trust, and trust.
        stride: the node of row i and column j stands on pixel (i * stride, j * stride).
    """

    weighted: torch.Tensor
    stride: int

    def look_up(self, rows: torch.Tensor, columns: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Values and trust at pixels.

        Args:
            rows, columns: (pixels,) places.

        Returns:
            (channels, pixels) values and (pixels,) how far to trust them in [0, 1].
        """
        count, height, width = self.weighted.shape
        flat = self.weighted.reshape(count, -1)
        found = flat.new_zeros(count, rows.numel())
        (up, down), (left, right) = self._around(rows, height), self._around(columns, width)
        for row, row_share in (up, down):
            for column, column_share in (left, right):
                found.addcmul_(flat[:, row * width + column], (row_share * column_share).expand_as(found))
        return found[:-1] / found[-1:].clamp_min(1e-6), found[-1]

    def _around(self, places: torch.Tensor, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The nodes on either side of places, and their shares."""
        node = places // self.stride
        share = (places - node * self.stride) / self.stride
        return [(node, 1.0 - share), ((node + 1).clamp_max_(count - 1), share)]


def fill_along_chords(
    far: torch.Tensor,
    plain_disparity: torch.Tensor,
    limit: torch.Tensor,
    known: torch.Tensor,
    where: torch.Tensor,
    *,
    jump: float,
    reach_px: int,
    fine_reach_px: int,
) -> Chords:
    """Fill pixels from both ends of straight chords through them.

    Args:
        far: (channels, height, width): the square root of the light, and disparity last.
        plain_disparity: (height, width) of a plain filling; chords between other surfaces than that do not count.
        limit: (height, width) only pixels farther than this may fill a pixel.
        known: (height, width) bool, pixels that can be trusted.
        where: (height, width) bool, pixels to be filled.
        jump: ends whose disparity differs from the plain one's by this count little.
        reach_px: length scale; chords much longer than this count little.
        fine_reach_px: reaches longer than this are walked on a coarser grid, so that the cost does not grow with
            the blur.

    Returns:
        What was found, with no trust in pixels that were not to be filled.
    """
    stride = max(1, reach_px // fine_reach_px)
    coarse = (slice(None, None, stride), slice(None, None, stride))
    filled, trust = _fill(
        far[(slice(None), *coarse)].contiguous(),
        plain_disparity[coarse],
        limit[coarse],
        known[coarse],
        where[coarse],
        jump,
        reach_px // stride,
    )
    return Chords(torch.cat([filled.mul_(trust), trust[None]]), stride)


def _fill(
    far: torch.Tensor,
    plain_disparity: torch.Tensor,
    limit: torch.Tensor,
    known: torch.Tensor,
    where: torch.Tensor,
    jump: float,
    reach_px: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    rows, columns = torch.nonzero(where, as_tuple=True)
    plain = plain_disparity[rows, columns]
    total = far.new_zeros(far.shape[0], rows.numel())
    weights = far.new_zeros(rows.numel())
    walk = _Walk.of(torch.where(known, far[-1], torch.inf), rows, columns, limit[rows, columns], _CHORD_MAX * reach_px)
    flat = far.view(far.shape[0], -1)
    for down, right in _DIRECTIONS:
        length = (down * down + right * right) ** 0.5
        (place1, n1), (place2, n2) = (walk.toward(sign * down, sign * right) for sign in (1, -1))
        first, second = flat[:, place1], flat[:, place2]
        chord = (n1 + n2) * length / reach_px
        unlike = ((first[:3] - second[:3]) ** 2).mean(0) / (2 * _LIKENESS**2)
        unlike += sum(((end[-1] - plain) / jump) ** 2 for end in (first, second))
        weight = torch.exp(-unlike) / chord**2
        weight = torch.where((n1 > 0) & (n2 > 0), weight, 0.0)
        total += weight * (first * n2 + second * n1) / (n1 + n2).clamp_min(1)
        weights += weight
    filled, trust = torch.zeros_like(far), torch.zeros_like(limit)
    filled[:, rows, columns] = total / weights.clamp_min(1e-9)
    trust[rows, columns] = weights / (weights + _PLAIN_WEIGHT)
    return filled, trust


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """Walks from pixels, all at once, until each meets a known, farther pixel."""

    _guarded: torch.Tensor  # (rows + 2 * margin, columns + 2 * margin) disparity; -inf, which stops all, outside
    _margin: int
    _width: int
    _rows: torch.Tensor
    _columns: torch.Tensor
    _limit: torch.Tensor
    _longest_px: int

    @classmethod
    def of(
        cls, disparity: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, limit: torch.Tensor, longest_px: int
    ) -> "_Walk":
        """Walks of up to a length over a (height, width) disparity, inf where it is not known."""
        margin = longest_px + longest_px // _STRIDE_AFTER + 1  # the last step may go a little farther
        guarded = pad(disparity, [margin] * 4, value=-torch.inf)
        return cls(guarded, margin, disparity.shape[1], rows, columns, limit, longest_px)

    def toward(self, down: int, right: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Flat index of the pixels met, (pixels,), and the steps taken until there; both 0 where none was met."""
        steps = [1]
        while steps[-1] < int(self._longest_px / math.hypot(down, right)):
            steps.append(steps[-1] + 1 + steps[-1] // _STRIDE_AFTER)
        step = torch.tensor(steps, device=self._rows.device)
        wide = self._guarded.shape[1]
        start = (self._rows + self._margin) * wide + self._columns + self._margin
        disparity = self._guarded.view(-1)[start + (step * (down * wide + right))[:, None]]  # (steps, pixels)
        stops = disparity < self._limit
        met, first = stops.max(dim=0)
        met &= disparity.gather(0, first[None])[0] > -torch.inf
        taken = torch.where(met, step[first], 0)
        place = (self._rows + taken * down) * self._width + self._columns + taken * right
        return place.masked_fill_(~met, 0), taken
