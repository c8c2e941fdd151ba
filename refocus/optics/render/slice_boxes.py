"""Where in the picture a slice has light: a histogram of disparity by cells, and rectangles around the cells.

The histogram is computed once a scene, so that the slices of a frame are found without a pass over the pixels. A slice
of a real scene is scattered over the picture: blurring a few tight rectangles instead of a single one takes less than
half of the work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import or_

import numpy as np
import torch
from numpy.typing import NDArray

CELL_PX = 32
_FINE_BINS = 1 << 16
_FINE_BINS_PER_BIN = 1 << 7


@dataclass(frozen=True, slots=True, eq=False)
class DisparityHistogram:
    """Number of pixels by disparity, overall and by cells. On the CPU.

    Attributes:
        disparities: (values,) float64, ascending: all that occur, to 1/65536 of their range.
        pixels: (values,) number of pixels of each.
        tolerance: largest difference between a pixel's disparity and the value it is counted under.
        lowest, highest: (bins,) float64, ascending: first and last value of each bin; no bin is empty.
        cumulative: (bins + 1, cell rows, cell columns) pixels of a cell in all earlier bins.
    """

    disparities: NDArray[np.float64]
    pixels: NDArray[np.int64]
    tolerance: float
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    cumulative: NDArray[np.int64]

    @classmethod
    def of(cls, disparity: torch.Tensor, cell: torch.Tensor, grid: tuple[int, int]) -> "DisparityHistogram":
        """Count pixels, at least one.

        Args:
            disparity: (pixels,) finite.
            cell: (pixels,) int32 index of the cell each is in.
            grid: cell rows and columns.
        """
        low, high = (float(end) for end in disparity.aminmax())
        step = max(high - low, 1e-12) / (_FINE_BINS - 1)
        fine = disparity.sub(low).mul_(1.0 / step).round_().to(torch.int32)
        count = torch.bincount(fine, minlength=_FINE_BINS).cpu().numpy()
        value = np.nonzero(count)[0]
        bins, first = np.unique(value // _FINE_BINS_PER_BIN, return_index=True)
        last = np.append(first[1:], value.size) - 1
        cells = grid[0] * grid[1]
        bin_and_cell = fine.floor_divide_(_FINE_BINS_PER_BIN).mul_(cells).add_(cell)
        in_cells = torch.bincount(bin_and_cell, minlength=_FINE_BINS // _FINE_BINS_PER_BIN * cells).cpu().numpy()
        cumulative = np.zeros((bins.size + 1, *grid), np.int64)
        np.cumsum(in_cells.reshape(-1, *grid)[bins], axis=0, out=cumulative[1:])
        disparities = np.asarray(low + value * step, np.float64)
        return cls(disparities, count[value], step, disparities[first], disparities[last], cumulative)

    def cells_between(self, low: float, high: float) -> NDArray[np.bool_]:
        """(cell rows, cell columns): cells with a pixel whose disparity is in [low, high], or just outside."""
        start = np.searchsorted(self.highest, low - self.tolerance, side="left")
        stop = np.searchsorted(self.lowest, high + self.tolerance, side="right")
        return self.cumulative[max(stop, start)] > self.cumulative[start]


def grid_size(size: tuple[int, int]) -> tuple[int, int]:
    """Cell rows and columns of a picture of (height, width)."""
    return -(-size[0] // CELL_PX), -(-size[1] // CELL_PX)


def cell_indices(size: tuple[int, int], device: torch.device) -> torch.Tensor:
    """(height, width) int32 index of the cell each pixel is in, row by row."""
    down, right = (torch.arange(n, dtype=torch.int32, device=device) // CELL_PX for n in size)
    return down[:, None] * grid_size(size)[1] + right


BLOCK_PX = 16
"""Rectangles consist of whole blocks, and the size of padded pictures is a multiple of them."""
_RECTANGLE_COST_PX = 12_000
"""Overhead of a rectangle, in pixels."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of the picture where a slice has light.

    Attributes:
        rows, columns: in whole blocks.
        hidden: indices of the hidden layers of which it may contain light.
    """

    rows: slice
    columns: slice
    hidden: tuple[int, ...]


def rectangles(
    front: NDArray[np.bool_], hidden: list[NDArray[np.bool_]], size: tuple[int, int], margin_px: int
) -> Iterator[Rectangle]:
    """Disjoint rectangles that together contain the light of a slice.

    Args:
        front, hidden: (cell rows, cell columns) where the slice has light of the front layer and of each hidden one.
        size: (height, width) of the picture.
        margin_px: width of the margin to be added on each side of a rectangle.
    """
    here = reduce(or_, hidden, front)
    margin, price = 2 * margin_px / CELL_PX, _RECTANGLE_COST_PX / CELL_PX**2
    for rows, columns in _split(_as_bits(here), _as_bits(here.T), margin, price):
        within = tuple(index for index, cells in enumerate(hidden) if cells[rows, columns].any())
        yield Rectangle(_in_pixels(rows, size[0]), _in_pixels(columns, size[1]), within)


def _as_bits(occupied: NDArray[np.bool_]) -> list[int]:
    """Each row as an integer, its first value as the lowest bit."""
    return [int.from_bytes(row, "little") for row in np.packbits(occupied, axis=1, bitorder="little")]


def _in_pixels(cells: slice, size: int) -> slice:
    return slice(cells.start * CELL_PX, min(cells.stop * CELL_PX, size))


def _extent(bits: int) -> tuple[int, int]:
    """Index of the first set bit, and one past the last."""
    return (bits & -bits).bit_length() - 1, bits.bit_length()


def _split(by_row: list[int], by_column: list[int], margin: float, price: float) -> list[tuple[slice, slice]]:
    """Rectangles around the set bits, split wherever that lowers (height + margin) * (width + margin) + price.

    Args:
        by_row: for each row, its columns as bits.
        by_column: for each column, its rows as bits.
        margin, price: of a rectangle, in cells.
    """
    done, waiting = [], [(reduce(or_, by_column), reduce(or_, by_row))] if any(by_row) else []
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
    """The cheapest cut between lines: its cost, its index, and the bits before and after it."""
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
