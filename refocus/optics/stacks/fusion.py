"""Focus fusion and depth from focus: the all-in-focus picture of a focal stack, and where each pixel is in focus.

Semi-global matching (Hirschmueller 2008) gives smooth labels from a cost volume, with jumps at edges of the picture:
costs are aggregated along straight paths from four sides. A step of one label costs little, a jump more, and a jump
across an edge of the picture little.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, FocalStack, Scene
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.core.focal_stack import check_frames
from refocus.optics.stacks.focus_cost import focus_cost, luminance_linear, sharpness

_STEP_COST = 0.01
_JUMP_COST = 0.06
_EDGE_STEP = 0.06  # of display brightness, over which jumps become cheap


def aggregate(cost: NDArray[np.float32], guide: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean path cost from left, right, top and bottom.

    Args:
        cost: (labels, height, width).
        guide: (height, width) display brightness in [0, 1], whose edges bound surfaces.
    """
    across = _from_both_sides(cost, guide)
    down = _from_both_sides(cost.transpose(0, 2, 1), guide.T).transpose(0, 2, 1)
    return np.asarray((across + down) / 4, np.float32)


def fractional_labels(cost: NDArray[np.float32]) -> NDArray[np.float32]:
    """Label of least cost, refined by a parabola through its neighbours; (height, width) in [0, labels - 1]."""
    labels = len(cost)
    best = cost.argmin(axis=0)
    inner = np.clip(best, 1, max(1, labels - 2))
    if labels < 3:
        return best.astype(np.float32)
    before, at, after = (np.take_along_axis(cost, (inner + step)[None], 0)[0] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    curved = bend > 1e-9
    offset = np.where(curved, (before - after) / (2 * np.where(curved, bend, 1)), 0)
    refined = np.clip(inner + offset, best - 0.5, best + 0.5)
    return np.clip(np.where(curved, refined, best), 0, labels - 1).astype(np.float32)


def _from_both_sides(cost: NDArray[np.float32], guide: NDArray[np.float32]) -> NDArray[np.float32]:
    change = np.abs(np.diff(guide, axis=1))
    jump = np.float32(_STEP_COST) + np.float32(_JUMP_COST) * np.exp(-change / _EDGE_STEP)
    forward = _along(np.ascontiguousarray(cost.transpose(2, 0, 1)), jump.T)
    backward = _along(np.ascontiguousarray(cost.transpose(2, 0, 1)[::-1]), jump.T[::-1])[::-1]
    return (forward + backward).transpose(1, 2, 0)


def _along(cost: NDArray[np.float32], jump: NDArray[np.float32]) -> NDArray[np.float32]:
    """Path costs along the first axis; cost (steps, labels, lines), jump (steps - 1, lines)."""
    path = cost.copy()
    for step in range(1, len(cost)):
        before = path[step - 1]
        least = before.min(axis=0)
        cheapest = np.minimum(before, least + jump[step - 1])
        np.minimum(cheapest[1:], before[:-1] + _STEP_COST, out=cheapest[1:])
        np.minimum(cheapest[:-1], before[1:] + _STEP_COST, out=cheapest[:-1])
        path[step] += cheapest - least
    return path


SOURCE = "read from where the stack is sharp"

_COST_LONG_SIDE_PX = 512
_WINDOW_SIGMA_PX = 1.0  # at that size
_FINE_SIGMAS_PX = (1.0, 2.0)
_FINE_WINDOW_SIGMA_PX = 1.5
_FINE_WEIGHT = 0.3
_BLEND_COST = 0.003  # frames whose cost differs by less are blended
_HALF_CONFIDENCE_COST = 0.02  # difference above noise of the best frame from the average, at confidence 0.5
_NOISE_PERCENTILE = 5.0  # of the differences, which noise alone explains
_NOISE_MARGIN = 1.5
_MAX_NOISE_COST = 0.006  # in pictures with texture everywhere the percentile is not noise
_SMOOTHNESS = 100.0
_GUIDE_CODES = 4.0  # 8-bit codes of the fused picture over which smoothing fades


@dataclass(frozen=True, slots=True, eq=False)
class FocusMap:
    """Where each pixel of a focal stack is in focus.

    Attributes:
        positions: (height, width) float32 fractional frame index, in [0, frames - 1].
        confidence: (height, width) float32 in [0, 1]; near 0 without evidence, as in flat areas.
        all_in_focus: (height, width, 3) uint8 sRGB, every pixel from the frames in which it is in focus.
    """

    positions: NDArray[np.float32]
    confidence: NDArray[np.float32]
    all_in_focus: NDArray[np.uint8]


def depth_from_focus(frames_srgb: NDArray[np.uint8]) -> FocusMap:
    """Fuse a focal stack and find where each pixel is in focus.

    Args:
        frames_srgb: (frames, height, width, 3) uint8, at least two, aligned, in order of focus.

    Raises:
        BadInput: on another shape.
    """
    check_frames(frames_srgb)
    raw = _windowed(focus_cost(frames_srgb, _COST_LONG_SIDE_PX), _WINDOW_SIGMA_PX)
    cost = aggregate(raw, _sharpest(frames_srgb, raw))
    fused = _blend(frames_srgb, cost)
    confidence = _confidence(raw)
    positions = _edge_aware(fractional_labels(cost), confidence, fused)
    height, width = fused.shape[:2]
    return FocusMap(
        positions=np.clip(positions, 0, len(frames_srgb) - 1),
        confidence=np.clip(_resized(confidence, height, width), 0, 1),
        all_in_focus=fused,
    )


def fuse(frames_srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The all-in-focus picture of a focal stack, (height, width, 3) uint8 sRGB; see `depth_from_focus`."""
    return depth_from_focus(frames_srgb).all_in_focus


def scene_from_stack(stack: FocalStack) -> Scene:
    """All-in-focus picture and disparity of a focal stack.

    The disparity has the units of `stack.focus_disparity`: relative in [0, 1], nearest 1, for stacks from 1 to 0, as
    those without known distances are.
    """
    found = depth_from_focus(stack.frames)
    frames = np.arange(len(stack), dtype=np.float32)
    values = np.interp(found.positions, frames, stack.focus_disparity).astype(np.float32)
    return Scene(found.all_in_focus, Disparity(values, metric=False, source=SOURCE, origin="stack"))


def _windowed(cost: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    import cv2

    return np.stack([cv2.GaussianBlur(one, (0, 0), sigma_px) for one in cost])


def _sharpest(frames_srgb: NDArray[np.uint8], cost: NDArray[np.float32]) -> NDArray[np.float32]:
    """Display brightness of the frame of least cost, at the size of the cost."""
    display = np.stack([np.sqrt(luminance_linear(frame, _COST_LONG_SIDE_PX)) for frame in frames_srgb])
    return np.take_along_axis(display, cost.argmin(axis=0)[None], 0)[0]


def _blend(frames_srgb: NDArray[np.uint8], cost: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Blend frames in linear light by the softmin of their cost, frame by frame to save memory."""
    import cv2

    height, width = frames_srgb.shape[1:3]
    least = np.full((height, width), np.inf, np.float32)
    weight = np.zeros((height, width), np.float32)
    light = np.zeros((height, width, 3), np.float32)
    for frame, coarse in zip(frames_srgb, cost, strict=True):
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        fine = cv2.GaussianBlur(sharpness(grey, _FINE_SIGMAS_PX), (0, 0), _FINE_WINDOW_SIGMA_PX)
        own = _resized(coarse, height, width) - np.float32(_FINE_WEIGHT) * fine
        lower = np.minimum(least, own)
        kept, added = np.exp((lower - least) / _BLEND_COST), np.exp((lower - own) / _BLEND_COST)
        weight = weight * kept + added
        light = light * kept[..., None] + srgb_to_linear(frame) * added[..., None]
        least = lower
    return linear_to_srgb8(light / weight[..., None])


def _confidence(cost: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much the best frame differs from the average one, above noise; in [0, 1)."""
    gap = cost.mean(axis=0) - cost.min(axis=0)
    noise = min(_NOISE_MARGIN * float(np.percentile(gap, _NOISE_PERCENTILE)), _MAX_NOISE_COST)
    gap = np.maximum(gap - np.float32(noise), 0)
    return gap / (gap + np.float32(_HALF_CONFIDENCE_COST))


def _edge_aware(
    positions: NDArray[np.float32], confidence: NDArray[np.float32], guide_srgb: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Upsample positions, propagating confident pixels up to the edges of the guide.

    Weighted least squares by the fast global smoother (Min et al. 2014), applied to weights and weighted values.
    """
    import cv2

    height, width = guide_srgb.shape[:2]
    weight = _resized(confidence, height, width) ** 2 + np.float32(1e-6)
    weighted = weight * _resized(positions, height, width)
    smoother = cv2.ximgproc.createFastGlobalSmootherFilter(guide_srgb, _SMOOTHNESS, _GUIDE_CODES)
    smoothed = smoother.filter(weighted) / np.maximum(smoother.filter(weight), np.float32(1e-12))
    return np.asarray(smoothed, np.float32)


def _resized(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
