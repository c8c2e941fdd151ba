"""Which disparities a scene holds, and where.

Counted once, so that the slices of a frame are found without looking at each pixel again.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

CELL_PX = 32
_FINE_BINS = 1 << 16
_FINE_BINS_A_BIN = 1 << 7


@dataclass(frozen=True, slots=True, eq=False)
class Census:
    """How many pixels have a disparity, in all and by cells of the picture. On the CPU.

    Attributes:
        disparities: (values,) float64, ascending: all that occur, to 1/65536 of their range.
        pixels: (values,) how many have each.
        slack: how much a pixel's disparity may differ from the value it is counted under.
        lowest, highest: (bins,) float64, ascending: the first and last value of each bin; no bin is empty.
        before: (bins + 1, cell rows, cell columns) how many of a cell's pixels are in the bins before.
    """

    disparities: NDArray[np.float64]
    pixels: NDArray[np.int64]
    slack: float
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    before: NDArray[np.int64]

    @classmethod
    def of(cls, disparity: torch.Tensor, cell: torch.Tensor, grid: tuple[int, int]) -> "Census":
        """Count pixels, at least one.

        Args:
            disparity: (pixels,) finite.
            cell: (pixels,) int32 number of the cell each is in.
            grid: cell rows and columns.
        """
        low, high = (float(end) for end in disparity.aminmax())
        step = max(high - low, 1e-12) / (_FINE_BINS - 1)
        fine = disparity.sub(low).mul_(1.0 / step).round_().to(torch.int32)
        count = torch.bincount(fine, minlength=_FINE_BINS).cpu().numpy()
        value = np.nonzero(count)[0]
        bins, first = np.unique(value // _FINE_BINS_A_BIN, return_index=True)
        last = np.append(first[1:], value.size) - 1
        cells = grid[0] * grid[1]
        together = fine.floor_divide_(_FINE_BINS_A_BIN).mul_(cells).add_(cell)
        in_cells = torch.bincount(together, minlength=_FINE_BINS // _FINE_BINS_A_BIN * cells).cpu().numpy()
        before = np.zeros((bins.size + 1, *grid), np.int64)
        np.cumsum(in_cells.reshape(-1, *grid)[bins], axis=0, out=before[1:])
        disparities = np.asarray(low + value * step, np.float64)
        return cls(disparities, count[value], step, disparities[first], disparities[last], before)

    def cells_between(self, low: float, high: float) -> NDArray[np.bool_]:
        """(cell rows, cell columns): cells with a pixel of a disparity in [low, high], and perhaps some close to it."""
        start = np.searchsorted(self.highest, low - self.slack, side="left")
        stop = np.searchsorted(self.lowest, high + self.slack, side="right")
        return self.before[max(stop, start)] > self.before[start]


def grid_of(size: tuple[int, int]) -> tuple[int, int]:
    """Cell rows and columns of a picture of (height, width)."""
    return -(-size[0] // CELL_PX), -(-size[1] // CELL_PX)


def cells_of(size: tuple[int, int], device: torch.device) -> torch.Tensor:
    """(height, width) int32 number of the cell each pixel is in, row by row."""
    down, right = (torch.arange(n, dtype=torch.int32, device=device) // CELL_PX for n in size)
    return down[:, None] * grid_of(size)[1] + right
