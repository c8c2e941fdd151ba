"""Cost of each pixel being in focus in each frame of a focal stack, for depth from focus.

The sum of two measures, both in units of display brightness. Sharpness: how much fine structure the frame shows.
Consistency: when a frame is sharp at a pixel, blurring that frame by the lens must give the other frames. It rejects
what sharpness accepts, such as the crisp rim of an out-of-focus lamp, which no other frame is consistent with.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import srgb_to_linear
from refocus.core.sizes import fitted_size

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709, linear light
_SHARPNESS_WEIGHT = 0.7
_SHARPNESS_SIGMAS_PX = (0.7, 1.4)
_MAX_SHORTFALL = 0.06  # too little light has other causes too: clipped lamps, and the blur of nearer objects
_CLIPPED = 0.97  # display brightness above which light may be clipped
_MAX_COMPARED = 12  # frames each frame is compared with
_SLOPE_LONG_SIDE_PX = 240
_SLOPE_FRAMES = 9
_SLOPES = np.geomspace(0.004, 0.16, 12)  # blur diameter from end to end of the stack, over the long side


def focus_cost(frames_srgb: NDArray[np.uint8], long_side_px: int) -> NDArray[np.float32]:
    """Cost of each pixel being in focus in each frame.

    Args:
        frames_srgb: (frames, height, width, 3) uint8, aligned, focused in order, about evenly in disparity.
        long_side_px: long side of the result, at most that of the frames.

    Returns:
        (frames, height', width') float32, about 0 to 1, lower is better.
    """
    light = [luminance_linear(frame, long_side_px) for frame in frames_srgb]
    coc_px = blur_across_stack(frames_srgb) * max(light[0].shape)
    consistency = _inconsistency(light, coc_px / (len(light) - 1))
    sharp = np.stack([sharpness(np.sqrt(frame), _SHARPNESS_SIGMAS_PX) for frame in light])
    return consistency - np.float32(_SHARPNESS_WEIGHT) * sharp


def blur_across_stack(frames_srgb: NDArray[np.uint8]) -> float:
    """Blur diameter in the last frame, relative to the long side, of a surface in focus in the first frame.

    The candidate with the lowest mean inconsistency, refined by a parabola.
    """
    import cv2

    chosen = np.unique(np.linspace(0, len(frames_srgb) - 1, _SLOPE_FRAMES).round().astype(int))
    light = [luminance_linear(frames_srgb[index], _SLOPE_LONG_SIDE_PX) for index in chosen]
    costs = []
    for slope in _SLOPES:
        cost = _inconsistency(light, slope * max(light[0].shape) / (len(light) - 1))
        costs.append(np.mean(np.min([cv2.blur(one, (5, 5)) for one in cost], axis=0)))
    best = int(np.argmin(costs))
    if not 0 < best < len(costs) - 1:
        return float(_SLOPES[best])
    before, at, after = costs[best - 1 : best + 2]
    bend = before - 2 * at + after
    offset = 0.5 * (before - after) / bend if bend > 0 else 0.0
    return float(_SLOPES[best] * (_SLOPES[1] / _SLOPES[0]) ** offset)


def sharpness(display: NDArray[np.float32], sigmas_px: Sequence[float]) -> NDArray[np.float32]:
    """Sum of absolute band-passes, from the finest structure to the coarsest blur of `sigmas_px`."""
    import cv2

    total = np.zeros_like(display)
    finer: NDArray = display
    for sigma in sigmas_px:
        coarser = cv2.GaussianBlur(finer, (0, 0), sigma)
        total += np.abs(finer - coarser)
        finer = coarser
    return total


def luminance_linear(frame_srgb: NDArray[np.uint8], long_side_px: int) -> NDArray[np.float32]:
    """Linear luminance, downscaled by area averaging; (height', width') float32 in [0, 1]."""
    import cv2

    light = np.clip(srgb_to_linear(frame_srgb) @ _LUMINANCE, 0, 1)
    height, width = light.shape
    size = fitted_size((width, height), long_side_px)
    return light if size == (width, height) else cv2.resize(light, size, interpolation=cv2.INTER_AREA)


def _inconsistency(light: list[NDArray[np.float32]], coc_px_per_frame: float) -> NDArray[np.float32]:
    """Mean difference between each frame, blurred as the lens would, and the others; (frames, height, width)."""
    display = [np.sqrt(frame) for frame in light]
    max_shortfall = [np.where(seen < _CLIPPED, np.float32(_MAX_SHORTFALL), np.float32(0)) for seen in display]
    compared = np.unique(np.linspace(0, len(light) - 1, _MAX_COMPARED).round().astype(int))
    cost = np.zeros((len(light), *light[0].shape), np.float32)
    for index, frame in enumerate(light):
        others = [other for other in compared if other != index]
        for other in others:
            expected = np.sqrt(_defocused(frame, coc_px_per_frame * abs(int(other) - index)))
            excess = expected - display[other]
            cost[index] += np.maximum(excess, np.minimum(-excess, max_shortfall[other]))
        cost[index] /= len(others)
    return cost


def _defocused(light: NDArray[np.float32], coc_px: float) -> NDArray[np.float32]:
    """Blurred by a disc of fractional diameter."""
    import cv2

    if coc_px <= 1:
        return light
    radius = coc_px / 2
    reach = int(np.ceil(radius))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(rows, columns), 0, 1).astype(np.float32)
    blurred = cv2.filter2D(light, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
    return np.maximum(blurred, 0)  # large kernels go through a Fourier transform, which rounds below zero
