"""Render qualities: what each computes, for pictures and blurs of any size."""

import math
from dataclasses import dataclass
from typing import Literal

from refocus.optics.render.slice_scale import SliceScale

Quality = Literal["preview", "standard", "exact"]

_BASE_LONG_SIDE_PX = 480
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
    """

    jump: float
    reach_px: int
    thresholds: int
    lines_reach_px: int
    ramp_px: int


@dataclass(frozen=True, slots=True)
class _Effort:
    """Work spent on a quality; lengths in pixels of CoC at a long side of 480 px.

    Attributes:
        step_px, growth, gap_px, coarse_coc_px: see `SliceScale`.
        thresholds, lines_reach_px: see `LayerSettings`.
        moments: whether coverage and light are correlated over the lens, see `Correlation`.
    """

    step_px: float
    growth: float
    gap_px: float
    coarse_coc_px: float
    thresholds: int
    lines_reach_px: int
    moments: bool


_EFFORT: dict[str, _Effort] = {
    "preview": _Effort(1.2, 0.2, 2.5, 6.0, 3, 0, False),
    "standard": _Effort(0.9, 0.08, 1.5, 16.0, 12, 16, True),
    "exact": _Effort(0.5, 0.05, 1.5, math.inf, 24, 24, True),
}
QUALITIES = tuple(_EFFORT)


def slice_scale(quality: Quality, long_side_px: int, largest_coc_px: float) -> SliceScale:
    """Thickness and resolution of slices for a picture's long side and its largest CoC."""
    effort = _EFFORT[quality]
    # A step of the same size is less visible in a larger picture, so it may grow a little.
    step_px = effort.step_px * max(1.0, math.sqrt(long_side_px / _BASE_LONG_SIDE_PX))
    gap_px = max(effort.gap_px, 2.0 * step_px)
    moments_scale = _moments_scale(largest_coc_px) if effort.moments else 0
    return SliceScale(step_px, effort.growth, gap_px, effort.coarse_coc_px, moments_scale)


def layer_settings(quality: Quality, long_side_px: int, jump: float, reach_px: int) -> LayerSettings:
    """Settings of the layers for a picture's long side. See `LayerSettings`."""
    effort = _EFFORT[quality]
    ramp_px = max(3, round(3 * long_side_px / 1024))  # the maps of networks and phones grow with the photo
    return LayerSettings(jump, reach_px, effort.thresholds, effort.lines_reach_px, ramp_px)


def _moments_scale(largest_coc_px: float) -> int:
    """Scale of the coarsest grid that resolves the first moments: a power of 2, 1 to 8."""
    return int(2 ** min(max(math.floor(math.log2(max(largest_coc_px, 1.0) / _MOMENTS_MIN_PX)), 0), 3))
