"""Render qualities: how finely a scene is cut into slices of nearly equal CoC, and what else each computes."""

import math
from dataclasses import dataclass
from typing import Literal

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


Quality = Literal["preview", "standard", "exact"]

_BASE_LONG_SIDE_PX = 480
_STEP_GROWTH_EXPONENT = 0.75
_THIN_PX = 8.0
"""Width up to which structures are thin, at the same long side."""
_MOMENTS_MIN_PX = 10.0
"""Pixels of the moments' grid, at least, in the largest CoC."""


@dataclass(frozen=True, slots=True)
class LayerSettings:
    """How layers are separated and what is hidden is inpainted.

    Attributes:
        jump: a jump in disparity of at least this separates two surfaces.
        reach_px: how far behind an outline the lens sees.
        thresholds: how many disparities, at most, to look behind.
        lines_reach_px: resolution at which lines are continued behind objects, see `inpaint_along_lines`; 0: not.
        ramp_px: ramps of disparity up to twice as long become steps, see `harden_outlines`.
        thin_px: structures narrower than this are thin, see `find_thin`; odd.
        hidden_scale: what is hidden is inpainted on a grid coarser by this power of 2.
    """

    jump: float
    reach_px: int
    thresholds: int
    lines_reach_px: int
    ramp_px: int
    thin_px: int
    hidden_scale: int


@dataclass(frozen=True, slots=True)
class _Effort:
    """Work spent on a quality; lengths in pixels of CoC at a long side of 480 px.

    Attributes:
        step_px, growth, gap_px, coarse_coc_px: see `SliceScale`.
        thresholds, lines_reach_px: see `LayerSettings`.
        moments: whether coverage and light are correlated over the lens, see `Correlation`.
        hidden_long_side_px: long side, at most, of the grid on which what is hidden is inpainted.
    """

    step_px: float
    growth: float
    gap_px: float
    coarse_coc_px: float
    thresholds: int
    lines_reach_px: int
    moments: bool
    hidden_long_side_px: float


_EFFORT: dict[str, _Effort] = {
    "preview": _Effort(1.2, 0.2, 2.5, 6.0, 3, 0, False, 1200),
    "standard": _Effort(0.9, 0.08, 1.5, 16.0, 12, 16, True, 1200),
    "exact": _Effort(0.5, 0.05, 1.5, math.inf, 24, 24, True, math.inf),
}
QUALITIES = tuple(_EFFORT)


def slice_scale(quality: Quality, long_side_px: int, largest_coc_px: float) -> SliceScale:
    """Thickness and resolution of slices for a picture's long side and its largest CoC."""
    effort = _EFFORT[quality]
    # A step of the same size is less visible in a larger picture, so it may grow, but by less than the picture.
    step_px = effort.step_px * max(1.0, (long_side_px / _BASE_LONG_SIDE_PX) ** _STEP_GROWTH_EXPONENT)
    gap_px = max(effort.gap_px, 2.0 * step_px)
    moments_scale = _moments_scale(largest_coc_px) if effort.moments else 0
    return SliceScale(step_px, effort.growth, gap_px, effort.coarse_coc_px, moments_scale)


def layer_settings(quality: Quality, long_side_px: int, jump: float, reach_px: int) -> LayerSettings:
    """Settings of the layers for a picture's long side. See `LayerSettings`."""
    effort = _EFFORT[quality]
    ramp_px = max(3, round(3 * long_side_px / 1024))  # the maps of networks and phones grow with the photo
    thin_px = 2 * max(3, round(_THIN_PX / 2 * long_side_px / _BASE_LONG_SIDE_PX)) + 1
    hidden_scale = 1
    while long_side_px > effort.hidden_long_side_px * hidden_scale and hidden_scale < _MAX_GRID_SCALE:
        hidden_scale *= 2
    return LayerSettings(jump, reach_px, effort.thresholds, effort.lines_reach_px, ramp_px, thin_px, hidden_scale)


def _moments_scale(largest_coc_px: float) -> int:
    """Scale of the coarsest grid that resolves the first moments: a power of 2, 1 to 8."""
    return int(2 ** min(max(math.floor(math.log2(max(largest_coc_px, 1.0) / _MOMENTS_MIN_PX)), 0), 3))
