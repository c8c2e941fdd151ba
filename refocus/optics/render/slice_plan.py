"""Where the slices of a scene lie that is focused on one disparity."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from refocus.optics.render.disparity_histogram import Census, grid_of
from refocus.optics.render.flat_layers import flat_surfaces
from refocus.optics.render.layers import Surfaces
from refocus.optics.render.slice_boxes import Rectangle, rectangles
from refocus.optics.render.slice_scale import Slicing

_HIDDEN_SLICES_APART = 1.5
_SHARP_COC_PX = 0.02
_SLOPE_MIN = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """The slices of a scene at one focus.

    Attributes:
        hidden_disparity: (height, width) where what is hidden is taken to be; -inf where nothing is.
    """

    hidden_disparity: torch.Tensor
    _front: Census
    _hidden: Census | None
    _focus_disparity: float
    _slope: float
    _slicing: Slicing
    _whole: frozenset[int]
    _alone: dict[int, float]

    @classmethod
    def of(cls, surfaces: Surfaces, focus_disparity: float, coc_px_per_disparity: float, slicing: Slicing) -> "Cuts":
        """Cut a scene. Arguments as in `compose_apart`."""
        slope = max(coc_px_per_disparity, _SLOPE_MIN)
        taken_disparity = torch.full_like(surfaces.front_disparity, -torch.inf)
        hidden = None
        if surfaces.hidden_at.numel() > 0:
            size = taken_disparity.shape[0], taken_disparity.shape[1]
            own = surfaces.hidden_disparity.reshape(-1)[surfaces.hidden_at]
            # Far enough behind its front that slices as thick as here still tell the two apart.
            apart = (own - focus_disparity).abs_().mul_((1.0 + _HIDDEN_SLICES_APART) * slicing.growth)
            apart += (slicing.gap_px + _HIDDEN_SLICES_APART * slicing.step_px) / slope
            own = torch.minimum(own, surfaces.front_disparity.reshape(-1)[surfaces.hidden_at] - apart)
            taken_disparity.view(-1)[surfaces.hidden_at] = own
            hidden = Census.of(own, surfaces.hidden_cell, grid_of(size))
        both = [surfaces.census] if hidden is None else [surfaces.census, hidden]
        coc_px = np.concatenate([(census.disparities - focus_disparity) * slope for census in both])
        place = slicing.place(np.where(np.abs(coc_px) > _SHARP_COC_PX, coc_px, 0.0))
        alone = flat_surfaces(place, np.concatenate([census.pixels for census in both]))
        whole = frozenset(np.unique(np.floor(place)).astype(int).tolist())
        return cls(taken_disparity, surfaces.census, hidden, focus_disparity, slope, slicing, whole, alone)

    def numbers(self) -> list[int]:
        """Slices that may have light, nearest first."""
        # What lies between two slices belongs to both.
        return sorted(self._whole | {number + 1 for number in self._whole - self._alone.keys()}, reverse=True)

    def coc_px(self, number: int) -> float:
        """Signed CoC diameter of a slice."""
        return self._slicing.coc_px(self._alone.get(number, number))

    def rectangles(self, number: int, margin_px: int) -> Iterator[Rectangle]:
        """Where a slice has light. Arguments as in `layout.rectangles`."""
        ends = [self._disparity(place) for place in self._ends(number)]
        front = self._front.cells_between(*ends)
        hidden = np.zeros_like(front) if self._hidden is None else self._hidden.cells_between(*ends)
        size = self.hidden_disparity.shape[0], self.hidden_disparity.shape[1]
        return rectangles(front, hidden, size, margin_px)

    def share(self, disparity: torch.Tensor, number: int) -> torch.Tensor:
        """How much of each pixel belongs to a slice: 1 at its CoC, falling to 0 at the next ones."""
        if number in self._alone:
            low, high = (self._disparity(place) for place in self._ends(number))
            return (disparity > low).logical_and_(disparity < high).to(disparity.dtype)
        below, here, above = (self._disparity(place) for place in (number - 1, number, number + 1))
        rise, fall = 1.0 / (here - below), 1.0 / (above - here)
        rising = torch.add(disparity.new_tensor(-below * rise), disparity, alpha=rise)
        falling = torch.add(disparity.new_tensor(above * fall), disparity, alpha=-fall)
        return torch.minimum(rising, falling, out=rising).clamp_(0.0, 1.0)

    def _ends(self, number: int) -> tuple[float, float]:
        """The places between which a slice has light."""
        if number in self._alone:
            return number - 0.5, number + 1.5  # the slices beside it are empty, so half of each is room for rounding
        return float(number - 1), float(number + 1)

    def _disparity(self, place: float) -> float:
        return self._focus_disparity + self._slicing.coc_px(place) / self._slope
