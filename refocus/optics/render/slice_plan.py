"""Which slices a scene has at one focus: their CoC, where in the picture they have light, and which part of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from refocus.optics.render.layers import Layers
from refocus.optics.render.quality import FocusedLens, SliceScale
from refocus.optics.render.slice_boxes import DisparityHistogram, Rectangle, grid_size, rectangles

_HIDDEN_SLICES_APART = 1.5
_SHARP_COC_PX = 0.02
_MIN_COC_PX_PER_DISPARITY = 1e-9
_FLAT_MAX = 0.1
"""A surface is flat when it is thinner than this fraction of a slice."""


@dataclass(frozen=True, slots=True, eq=False)
class SlicePlan:
    """The slices of a scene at one focus, by index: 0 at the focus, positive nearer.

    Attributes:
        hidden_disparity: of each hidden layer (height, width) disparity assigned to it; -inf where nothing is hidden.
    """

    hidden_disparity: tuple[torch.Tensor, ...]
    _size: tuple[int, int]
    _front: DisparityHistogram
    _hidden: tuple[DisparityHistogram, ...]
    _focus_disparity: float
    _coc_px_per_disparity: float
    _scale: SliceScale
    _occupied: frozenset[int]
    _flat: dict[int, float]

    @classmethod
    def for_layers(cls, layers: Layers, lens: FocusedLens) -> "SlicePlan":
        """Plan the slices of a scene seen through a lens."""
        slope, scale = max(lens.coc_px_per_disparity, _MIN_COC_PX_PER_DISPARITY), lens.scale
        size = layers.front_disparity.shape[0], layers.front_disparity.shape[1]
        before = layers.front_disparity.reshape(-1)
        hidden_disparity, histograms = [], []
        for hidden in layers.hidden:
            own = hidden.disparity.reshape(-1)[hidden.indices]
            # Far enough behind the layer before for slices of the local thickness to tell the two apart.
            apart = (own - lens.focus_disparity).abs_().mul_((1.0 + _HIDDEN_SLICES_APART) * scale.growth)
            apart += (scale.gap_px + _HIDDEN_SLICES_APART * scale.step_px) / slope
            own = torch.minimum(own, before[hidden.indices] - apart)
            assigned = torch.full_like(hidden.disparity, -torch.inf)
            assigned.view(-1)[hidden.indices] = own
            hidden_disparity.append(assigned)
            before = before.index_put((hidden.indices,), own)
            histograms.append(DisparityHistogram.of(own, hidden.cells, grid_size(size)))
        both = [layers.histogram, *histograms]
        coc_px = np.concatenate([(histogram.disparities - lens.focus_disparity) * slope for histogram in both])
        position = scale.position(np.where(np.abs(coc_px) > _SHARP_COC_PX, coc_px, 0.0))
        flat = flat_slices(position, np.concatenate([histogram.pixels for histogram in both]))
        occupied = frozenset(np.unique(np.floor(position)).astype(int).tolist())
        return cls(
            tuple(hidden_disparity),
            size,
            layers.histogram,
            tuple(histograms),
            lens.focus_disparity,
            slope,
            scale,
            occupied,
            flat,
        )

    def indices(self) -> list[int]:
        """Slices that may have light, nearest first."""
        # What lies between two slices belongs to both.
        return sorted(self._occupied | {index + 1 for index in self._occupied - self._flat.keys()}, reverse=True)

    def coc_px(self, index: int) -> float:
        """Signed CoC diameter of a slice in pixels."""
        return self._scale.coc_px(self._flat.get(index, index))

    def rectangles(self, index: int, margin_px: int) -> Iterator[Rectangle]:
        """Where a slice has light. See `slice_boxes.rectangles`."""
        ends = [self._disparity(position) for position in self._ends(index)]
        front = self._front.cells_between(*ends)
        hidden = [histogram.cells_between(*ends) for histogram in self._hidden]
        return rectangles(front, hidden, self._size, margin_px)

    def share(self, disparity: torch.Tensor, index: int) -> torch.Tensor:
        """Share of each pixel in a slice: 1 at the slice's CoC, falling to 0 at the neighbouring slices."""
        if index in self._flat:
            low, high = (self._disparity(position) for position in self._ends(index))
            return (disparity > low).logical_and_(disparity < high).to(disparity.dtype)
        below, here, above = (self._disparity(position) for position in (index - 1, index, index + 1))
        rise, fall = 1.0 / (here - below), 1.0 / (above - here)
        rising = torch.add(disparity.new_tensor(-below * rise), disparity, alpha=rise)
        falling = torch.add(disparity.new_tensor(above * fall), disparity, alpha=-fall)
        return torch.minimum(rising, falling, out=rising).clamp_(0.0, 1.0)

    def _ends(self, index: int) -> tuple[float, float]:
        """The positions between which a slice has light."""
        if index in self._flat:
            return index - 0.5, index + 1.5  # the neighbouring slices are empty: half of each is room for rounding
        return float(index - 1), float(index + 1)

    def _disparity(self, position: float) -> float:
        return self._focus_disparity + self._scale.coc_px(position) / self._coc_px_per_disparity


def flat_slices(position: NDArray[np.float64], pixels: NDArray[np.int64]) -> dict[int, float]:
    """Find slices that hold a single flat surface and have empty neighbours: they are blurred at their exact CoC.

    Args:
        position: (values,) fractional slice indices that occur.
        pixels: (values,) how often each occurs.

    Returns:
        Index of each such slice, and the mean position of its surface.
    """
    order = np.argsort(position)
    position, pixels = position[order], pixels[order]
    index = np.floor(position).astype(int)
    occupied, first = np.unique(index, return_index=True)
    last = np.append(first[1:], index.size) - 1
    flat = position[last] - position[first] <= _FLAT_MAX
    flat[1:] &= np.diff(occupied) > 1
    flat[:-1] &= np.diff(occupied) > 1
    return {
        int(occupied[i]): float(np.average(position[first[i] : last[i] + 1], weights=pixels[first[i] : last[i] + 1]))
        for i in np.nonzero(flat)[0]
    }
