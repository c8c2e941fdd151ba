"""Minimum, maximum and sum over square windows."""

import cv2
import numpy as np
import torch
from torch.nn.functional import avg_pool2d, pad

_DIRECT_MAX_PX = 15
"""Up to this size OpenCV is about 10 times as fast on a CPU; its time grows with the size."""


def minimum_filter(values: torch.Tensor, size: int) -> torch.Tensor:
    """Minimum over a square of odd size around each pixel of (height, width), by windows that double in length."""
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


def maximum_filter(values: torch.Tensor, size: int) -> torch.Tensor:
    """Maximum over a square of odd size around each pixel of (height, width)."""
    return -minimum_filter(-values, size)


def sum_filter(values: torch.Tensor, size: int) -> torch.Tensor:
    """Sum over a square of odd size around each pixel of (height, width); 0 outside."""
    if values.device.type == "cpu":
        square = (size, size)
        return torch.from_numpy(
            cv2.boxFilter(values.numpy(), -1, square, normalize=False, borderType=cv2.BORDER_CONSTANT)
        )
    return _pooled_sum(values, size)


def _pooled_sum(values: torch.Tensor, size: int) -> torch.Tensor:
    rows = avg_pool2d(values[None], (size, 1), 1, (size // 2, 0), divisor_override=1)
    return avg_pool2d(rows, (1, size), 1, (0, size // 2), divisor_override=1)[0]
