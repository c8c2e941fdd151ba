"""How finely a scene is cut into slices of nearly equal circle of confusion."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_COARSEST_SCALE = 8
_COARSER_GROWTH = 1.1
_MOMENTS_COC_MIN = 2.0
"""Slices blurred less than this, in pixels of the moments' grid, look alike from everywhere on the lens."""


@dataclass(frozen=True, slots=True)
class Slicing:
    """How finely a scene is cut into slices of equal CoC.

    Attributes:
        step_px: thickness of a slice at the focus, pixels of CoC.
        growth: thickness added per pixel of CoC.
        gap_px: at the focus, slices nearer by more than this hide what lies behind; closer ones are one surface.
        coarse_coc_px: slices are blurred at half size from this CoC on, a quarter from twice that, and so on.
        moments_scale: slices' moments (see `Slice`) are found on a grid coarser by this; 0 not at all.
    """

    step_px: float
    growth: float
    gap_px: float
    coarse_coc_px: float
    moments_scale: int = 0

    def place(self, coc_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Slice numbers of CoCs, fractional: 0 at the focus, ever thicker slices away from it."""
        return np.copysign(np.log1p(np.abs(coc_px) * (self.growth / self.step_px)) / self.growth, coc_px)

    def coc_px(self, place: float) -> float:
        """The CoC of a slice number: the inverse of `place`."""
        return math.copysign(math.expm1(abs(place) * self.growth) * self.step_px / self.growth, place)

    def gap(self, coc_px: float) -> float:
        """How much nearer than a slice others must be to hide it, pixels of CoC."""
        return self.gap_px + self.growth * abs(coc_px)

    def scale(self, coc_px: float) -> int:
        """1 at full size, 2 at half size and so on."""
        scale = 1
        while abs(coc_px) >= self.coarse_coc_px * scale**_COARSER_GROWTH and scale < _COARSEST_SCALE:
            scale *= 2
        return scale

    def has_moments(self, coc_px: float) -> bool:
        """Whether a slice is blurred enough for its light to differ over the lens."""
        return self.moments_scale > 0 and abs(coc_px) >= _MOMENTS_COC_MIN * self.moments_scale
