"""The built-in estimator: disparity from the cues of a single photo."""

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.depth.source import check_photo

SOURCE = "estimated from the picture alone"


def estimate_disparity(photo_srgb: NDArray[np.uint8]) -> Disparity:
    """Estimate how near each pixel is, without a trained network.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, upright, at least 16 px a side.

    Returns:
        Relative disparity in [0, 1] of the same height and width, larger is nearer.

    Raises:
        BadInput: when the array is no such photo.
    """
    import cv2

    check_photo(photo_srgb)
    height, width = photo_srgb.shape[:2]
    scale = 384 / max(height, width)
    small = cv2.resize(
        photo_srgb, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    rows, columns = lab.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    y /= rows
    x /= columns
    ramp = y
    rim = np.minimum(np.minimum(x, 1 - x), y)
    rough = 0.6 * ramp + 0.8 * rim
    coarse = cv2.resize(rough, (width, height), interpolation=cv2.INTER_LINEAR)
    radius = max(4, round(max(height, width) / 24))
    values = cv2.ximgproc.guidedFilter(photo_srgb, coarse, radius, 60.0)
    spread = max(float(np.ptp(values)), 1e-6)
    return Disparity((np.asarray(values, np.float32) - values.min()) / spread, metric=False, source=SOURCE)
