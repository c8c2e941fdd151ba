"""Match the exposure and white balance of the photos of a stack."""

import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.core.sizes import fitted_size

_CELLS = 48  # along the long side; coarse enough for focus to hardly change a cell's light
_USABLE_LINEAR = (0.01, 0.85)  # darker is noise, brighter may be clipped
_MIN_CELLS = 16
_DEADBAND = 0.01


def exposure_gains(aligned_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Gains that match each photo's linear light to the middle one, estimated between neighbours.

    Defocus conserves light, so the sums over the same cells of two aligned photos give the ratio of exposures.

    Args:
        aligned_srgb: (frames, height, width, 3) uint8, aligned.

    Returns:
        (frames, 3) float32 gains of red, green and blue; exactly 1 when within one percent.
    """
    cells = [_cells_linear(frame) for frame in aligned_srgb]
    gains = np.ones((len(cells), 3), np.float32)
    for index in range(1, len(cells)):
        before, after = cells[index - 1], cells[index]
        dark, bright = _USABLE_LINEAR
        usable = ((np.minimum(before, after) > dark) & (np.maximum(before, after) < bright)).all(axis=-1)
        ratio = before[usable].sum(axis=0) / after[usable].sum(axis=0) if usable.sum() >= _MIN_CELLS else 1.0
        gains[index] = gains[index - 1] * ratio
    gains /= gains[len(cells) // 2]
    return np.where(np.abs(gains - 1) < _DEADBAND, np.float32(1), gains)


def exposed(frame_srgb: NDArray[np.uint8], gains: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Multiply the linear light of a frame; gains below 1 fade out towards white, so that white stays white.

    Args:
        frame_srgb: (height, width, 3) uint8.
        gains: (3,) gains of red, green and blue.
    """
    import cv2

    if (gains == 1).all():
        return frame_srgb
    linear = srgb_to_linear(np.arange(256, dtype=np.uint8))[:, None]
    gain = np.where(gains < 1, gains + (1 - gains) * linear**4, gains)
    return np.asarray(cv2.LUT(frame_srgb, linear_to_srgb8(linear * gain)[:, None]), np.uint8)


def _cells_linear(frame_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    height, width = frame_srgb.shape[:2]
    size = fitted_size((width, height), _CELLS)
    return np.asarray(cv2.resize(srgb_to_linear(frame_srgb), size, interpolation=cv2.INTER_AREA), np.float32)
