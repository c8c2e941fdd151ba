"""Which end of a focal stack is focused near, from the colour of its blur.

A photographic lens brings red to focus a little farther behind it than green (longitudinal chromatic aberration;
Kingslake, "Lens Design Fundamentals", on the secondary spectrum; blue mostly follows red). So what is sharpest in
green in one frame is sharpest in red in a frame focused slightly nearer. Focus breathing is no evidence: a lens that
moves as a whole magnifies more when focused near, one on a rail or with internal focusing less.
"""

import numpy as np
from numpy.typing import NDArray

from refocus.core.focal_stack import check_frames
from refocus.core.sizes import fitted_size
from refocus.optics.stacks.focus_cost import sharpness

_LONG_SIDE_PX = 512
_SIGMAS_PX = (1.5, 3.0)
_WINDOW_SIGMA_PX = 4.0
_TEXTURED_PERCENTILE = 60.0
_BLUE_WEIGHT = 0.3  # blue is noisier, and achromats bring some of it back to green
_MIN_AGREEMENT = 0.5
_MIN_SHIFT = 0.01  # frames; less is rounding


def nearest_first(frames_srgb: NDArray[np.uint8]) -> bool | None:
    """Whether frame 0 is focused nearest; None when the colours give no evidence (no aberration, or no texture).

    Args:
        frames_srgb: (frames, height, width, 3) uint8, at least two, aligned, in order of focus.

    Raises:
        BadInput: on another shape.
    """
    check_frames(frames_srgb)
    red, green, blue = (_channel_sharpness(frames_srgb, channel) for channel in range(3))
    best = green.argmax(axis=0)
    gain = green.max(axis=0) - green.mean(axis=0)
    inside = (best > 0) & (best < len(green) - 1) & (gain > np.percentile(gain, _TEXTURED_PERCENTILE))
    if not inside.any():
        return None
    at_green = _peak(green)[inside]
    red_earlier, blue_earlier = at_green - _peak(red)[inside], at_green - _peak(blue)[inside]
    agreement = np.sign(red_earlier).mean() + _BLUE_WEIGHT * np.sign(blue_earlier).mean()
    shift = max(abs(float(np.median(red_earlier))), abs(float(np.median(blue_earlier))))
    if abs(agreement) < _MIN_AGREEMENT or shift < _MIN_SHIFT:
        return None
    return bool(agreement > 0)


def _channel_sharpness(frames_srgb: NDArray[np.uint8], channel: int) -> NDArray[np.float32]:
    import cv2

    height, width = frames_srgb.shape[1:3]
    size = fitted_size((width, height), _LONG_SIDE_PX)
    found = []
    for frame in frames_srgb:
        values = cv2.resize(frame[..., channel], size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        found.append(cv2.GaussianBlur(sharpness(values, _SIGMAS_PX), (0, 0), _WINDOW_SIGMA_PX))
    return np.stack(found)


def _peak(measure: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean frame index weighted by the cube of sharpness above its minimum, which emphasizes the peak."""
    weight = (measure - measure.min(axis=0)) ** 3
    frames = np.arange(len(measure), dtype=np.float32)[:, None, None]
    return (weight * frames).sum(axis=0) / np.maximum(weight.sum(axis=0), np.float32(1e-12))
