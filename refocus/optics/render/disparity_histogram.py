"""Histogram of a scene's disparity, overall and by cells of the picture.

Computed once a scene, so that the slices of a frame are found without a pass over the pixels.
"""

from dataclasses import dataclass

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
