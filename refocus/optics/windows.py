"""Smallest and largest values in square windows."""

import cv2
import numpy as np
import torch
from torch.nn.functional import pad

_DIRECT_MAX_PX = 15
"""Up to this size OpenCV on a CPU is some 10 times as fast; its time grows with the size."""


def smallest_around(values: torch.Tensor, size: int) -> torch.Tensor:
    """Smallest value in a square of odd size around each pixel of (height, width), by windows that double in length."""
    if values.device.type == "cpu" and size <= _DIRECT_MAX_PX:
        return torch.from_numpy(cv2.erode(values.numpy(), np.ones((size, size), np.uint8)))
    for axis in (0, 1):
        margins = [0, 0, size // 2, size // 2] if axis == 0 else [size // 2, size // 2, 0, 0]
        window = pad(values, margins, value=torch.inf)
        length = 1
        while length < size:
            step = min(length, size - length)
            end = window.shape[axis]
            window = torch.minimum(window.narrow(axis, 0, end - step), window.narrow(axis, step, end - step))
            length += step
        values = window
    return values


def largest_around(values: torch.Tensor, size: int) -> torch.Tensor:
    """Largest value in a square of odd size around each pixel of (height, width)."""
    return -smallest_around(-values, size)
