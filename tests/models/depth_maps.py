"""Depth maps of the parity kit."""

import cv2
import numpy as np
from numpy.typing import NDArray


def disparity_from_depth(depth_m: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Disparity in diopters from a depth map in metres, as BokehNet's command line computes it.

    The depth is resized (bilinear, half-pixel centres, no antialiasing), then inverted; depths of 0 or less are
    infinitely far.
    """
    largest = np.finfo(np.float32).max
    depth = np.clip(depth_m.astype(np.float32), -largest, largest)
    resized = cv2.resize(depth, (width, height), interpolation=cv2.INTER_LINEAR)
    return (1.0 / np.where(resized > 0, resized, largest)).astype(np.float32)
