"""From values on superpixels to a smooth map whose steps lie on the photo's edges."""

import numpy as np
from numpy.typing import NDArray

_GUIDE_DELTA = 14.0  # grey levels: smaller differences are texture and must not print into the map
_REACH = 900.0  # strength of the smoothing within an outline


def refine(coarse: NDArray[np.float32], photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Smooth within objects, sharp at their outlines.

    Fast global smoother (Min et al., TIP 2014) on a photo whose texture is removed first.

    Args:
        coarse: (rows, columns) float32, the small map.
        photo_srgb: (height, width, 3) uint8 sRGB.

    Returns:
        (height, width) float32.
    """
    import cv2

    height, width = photo_srgb.shape[:2]
    guide = cv2.ximgproc.fastGlobalSmootherFilter(photo_srgb, photo_srgb, 40.0, 12.0)
    enlarged = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    reach = _REACH * (max(height, width) / 1024) ** 2
    return np.asarray(cv2.ximgproc.fastGlobalSmootherFilter(guide, enlarged, reach, _GUIDE_DELTA), dtype=np.float32)
