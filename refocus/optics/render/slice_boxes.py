"""Rectangles around the light of a slice.

A slice of a real scene is scattered over the picture: blurring a few tight rectangles instead of a single one takes
less than half of the work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import or_

import numpy as np
from numpy.typing import NDArray

from refocus.optics.render.disparity_histogram import CELL_PX

BLOCK_PX = 16
"""Rectangles consist of whole blocks, and the size of padded pictures is a multiple of them."""
_RECTANGLE_COST_PX = 12_000
"""Overhead of a rectangle, in pixels."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of the picture where a slice has light.

    Attributes:
        rows, columns: in whole blocks.
        has_hidden: whether it may contain light of the hidden layer.
    """

    rows: slice
    columns: slice
    has_hidden: bool


def rectangles(
    front: NDArray[np.bool_], hidden: NDArray[np.bool_], size: tuple[int, int], margin_px: int
) -> Iterator[Rectangle]:
    """Disjoint rectangles that together contain the light of a slice.

    Args:
        front, hidden: (cell rows, cell columns) where the slice has light of the front layer and of the hidden one.
        size: (height, width) of the picture.
        margin_px: width of the margin to be added on each side of a rectangle.
    """
    here = front | hidden
    margin, price = 2 * margin_px / CELL_PX, _RECTANGLE_COST_PX / CELL_PX**2
    for rows, columns in _split(_as_bits(here), _as_bits(here.T), margin, price):
        yield Rectangle(_in_pixels(rows, size[0]), _in_pixels(columns, size[1]), bool(hidden[rows, columns].any()))


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
