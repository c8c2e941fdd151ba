"""Smallest and largest values in square windows."""

import torch
from torch.nn.functional import pad


def smallest_around(values: torch.Tensor, size: int) -> torch.Tensor:
    """Smallest value in a square of odd size around each pixel of (height, width), by windows that double in length."""
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
