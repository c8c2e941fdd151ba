"""How finely a scene is cut into slices of nearly equal circle of confusion (CoC)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocus.optics.lens.kernels import BlurKernels

_MAX_GRID_SCALE = 8
_GRID_SCALE_GROWTH = 1.1
_MOMENTS_MIN_COC_PX = 2.0
"""Below this CoC, in pixels of the moments' grid, a slice looks the same from everywhere on the lens."""


@dataclass(frozen=True, slots=True)
class SliceScale:
    """Thickness and resolution of slices.

    Attributes:
        step_px: thickness of a slice at the focus, in pixels of CoC.
        growth: thickness added per pixel of CoC.
        gap_px: at the focus, slices nearer by more than this hide what lies behind; closer ones are one surface.
        coarse_coc_px: slices are blurred at half resolution from this CoC on, at a quarter from twice that, ...
        moments_scale: the first moments of slices (see `Slice`) are computed on a grid coarser by this; 0: never.
    """

    step_px: float
    growth: float
    gap_px: float
    coarse_coc_px: float
    moments_scale: int = 0

    def position(self, coc_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fractional slice index of CoCs: 0 at the focus, with slices growing thicker away from it."""
        return np.copysign(np.log1p(np.abs(coc_px) * (self.growth / self.step_px)) / self.growth, coc_px)

    def coc_px(self, position: float) -> float:
        """The CoC of a fractional slice index: the inverse of `position`."""
        return math.copysign(math.expm1(abs(position) * self.growth) * self.step_px / self.growth, position)

    def gap(self, coc_px: float) -> float:
        """How much nearer than a slice others must be to hide it, in pixels of CoC."""
        return self.gap_px + self.growth * abs(coc_px)

    def grid_scale(self, coc_px: float) -> int:
        """Resolution at which a slice is blurred: 1 full, 2 half, 4 a quarter, 8 an eighth."""
        scale = 1
        while abs(coc_px) >= self.coarse_coc_px * scale**_GRID_SCALE_GROWTH and scale < _MAX_GRID_SCALE:
            scale *= 2
        return scale

    def has_moments(self, coc_px: float) -> bool:
        """Whether a slice is blurred enough for its light to differ over the lens."""
        return self.moments_scale > 0 and abs(coc_px) >= _MOMENTS_MIN_COC_PX * self.moments_scale


@dataclass(frozen=True, slots=True, eq=False)
class FocusedLens:
    """A lens focused on one disparity, and how finely it is simulated.

    Attributes:
        focus_disparity: disparity in focus.
        coc_px_per_disparity: signed blur diameter in pixels per unit of disparity.
        scale: how finely the scene is cut.
        kernels: blur kernels of the aperture.
    """

    focus_disparity: float
    coc_px_per_disparity: float
    scale: SliceScale
    kernels: BlurKernels
