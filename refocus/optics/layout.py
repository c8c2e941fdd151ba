"""Where in a picture the slices of a scene have light, in as few pixels as pay off.

A slice of a real scene is scattered over the picture. Blurring a handful of tight rectangles instead of the one
around all of them saves more than half of the work.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import or_

import torch

BLOCK_PX = 16
"""Rectangles consist of whole blocks; also what a padded picture's size must be a multiple of."""
_CELL_PX = 32
_RECTANGLE_COST_PX = 12_000
"""What one rectangle more costs, in pixels."""


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle in which a slice has light.

    Attributes:
        number: of the slice.
        rows, columns: in whole blocks.
        hides: whether hidden light may be in it.
    """

    number: int
    rows: slice
    columns: slice
    hides: bool


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which slices have light in which cells of the picture.

    Attributes:
        first: number of the first slice.
        front, hidden: (slices, cell rows, cell columns) bool, on the CPU.
        size: (height, width) of the picture.
    """

    first: int
    front: torch.Tensor
    hidden: torch.Tensor
    size: tuple[int, int]

    @classmethod
    def of(
        cls, front_place: torch.Tensor, hidden_place: torch.Tensor, is_hidden: torch.Tensor, alone: Container[int]
    ) -> "Layout":
        """Lay out slices.

        Args:
            front_place: (height, width) fractional slice numbers of the front.
            hidden_place: (height, width) those of what is hidden,
            is_hidden: (height, width) bool, where something is.
            alone: slices that share no pixel with the next one.
        """
        height, width = front_place.shape
        lowest, highest = front_place.aminmax()
        behind = torch.where(is_hidden, hidden_place, front_place)
        first, last = int(torch.minimum(lowest, behind.amin()).floor()), int(torch.maximum(highest, behind.amax()))
        rows, columns = -(-height // _CELL_PX), -(-width // _CELL_PX)
        down = torch.arange(height, device=front_place.device) // _CELL_PX
        right = torch.arange(width, device=front_place.device) // _CELL_PX
        cell = (down[:, None] * columns + right - first * rows * columns).to(torch.int32)
        bins = (last - first + 2) * rows * columns
        taken = []
        for place, where in ((front_place, None), (hidden_place, is_hidden)):
            index = place.floor().to(torch.int32).mul_(rows * columns).add_(cell)
            chosen = index.view(-1) if where is None else index[where]
            here = (torch.bincount(chosen, minlength=bins) > 0).view(-1, rows, columns).cpu()
            shared = torch.tensor([first + index not in alone for index in range(here.shape[0] - 1)])
            here[1:] |= here[:-1] & shared[:, None, None]  # a pixel belongs to the slices on either side of its place
            taken.append(here)
        return cls(first, taken[0], taken[1], (height, width))

    def numbers(self) -> list[int]:
        """Slices that may have light, nearest first."""
        some = (self.front | self.hidden).any(dim=2).any(dim=1)
        return [self.first + index for index in reversed(torch.nonzero(some)[:, 0].tolist())]

    def parts(self, number: int, margin_px: int) -> Iterator[Part]:
        """Rectangles that together hold a slice's light, each pixel once.

        Args:
            number: of the slice.
            margin_px: how much more a rectangle will take on each side.
        """
        hidden = self.hidden[number - self.first]
        here = (self.front[number - self.first] | hidden).tolist()
        by_row = [sum(1 << c for c, lit in enumerate(row) if lit) for row in here]
        by_column = [sum(1 << r for r, lit in enumerate(column) if lit) for column in zip(*here, strict=True)]
        margin, price = 2 * margin_px / _CELL_PX, _RECTANGLE_COST_PX / _CELL_PX**2
        for rows, columns in _split(by_row, by_column, margin, price):
            hides = bool(hidden[rows, columns].any())
            yield Part(number, _in_pixels(rows, self.size[0]), _in_pixels(columns, self.size[1]), hides)


def _in_pixels(cells: slice, size: int) -> slice:
    return slice(cells.start * _CELL_PX, min(cells.stop * _CELL_PX, size))


def _extent(bits: int) -> tuple[int, int]:
    """Place of the first bit that is set, and the place behind the last."""
    return (bits & -bits).bit_length() - 1, bits.bit_length()


def _union(lines: list[int]) -> int:
    return next(reversed(list(accumulate(lines, or_))), 0)


def _split(by_row: list[int], by_column: list[int], margin: float, price: float) -> list[tuple[slice, slice]]:
    """Rectangles around the bits set, cut where a cut lowers (height + margin) * (width + margin) + price.

    Args:
        by_row: for each row, its columns as bits.
        by_column: for each column, its rows as bits.
        margin, price: of a rectangle, in cells.
    """
    done, waiting = [], [(_union(by_column), _union(by_row))]
    while waiting:
        row_bits, column_bits = waiting.pop()
        (top, bottom), (left, right) = _extent(row_bits), _extent(column_bits)
        own = (bottom - top + margin) * (right - left + margin) + price
        by_rows = _best_cut([bits & column_bits for bits in by_row[top:bottom]], margin, price)
        by_columns = _best_cut([bits & row_bits for bits in by_column[left:right]], margin, price)
        along_rows = by_rows[0] <= by_columns[0]
        cost, cut, before, after = by_rows if along_rows else by_columns
        if cost >= own:
            done.append((slice(top, bottom), slice(left, right)))
        elif along_rows:
            below = (1 << (top + cut)) - 1
            waiting += [(row_bits & below, before), (row_bits & ~below, after)]
        else:
            below = (1 << (left + cut)) - 1
            waiting += [(before, column_bits & below), (after, column_bits & ~below)]
    return done


def _best_cut(lines: list[int], margin: float, price: float) -> tuple[float, int, int, int]:
    """The cheapest cut between lines: its cost, where, and the bits before and after it."""
    best: tuple[float, int, int, int] = (float("inf"), 0, 0, 0)
    before = list(accumulate(lines, or_))
    after = list(accumulate(reversed(lines), or_))[::-1]
    for cut in range(1, len(lines)):
        stop = cut
        while not lines[stop - 1]:
            stop -= 1
        start = cut
        while not lines[start]:
            start += 1
        (first, last), (second, end) = _extent(before[cut - 1]), _extent(after[cut])
        cost = (stop + margin) * (last - first + margin) + (len(lines) - start + margin) * (end - second + margin)
        if cost + 2 * price < best[0]:
            best = (cost + 2 * price, cut, before[cut - 1], after[cut])
    return best
