"""Convolution by FFT: cost does not depend on the kernel's size."""

import numpy as np
import torch
from numpy.typing import NDArray


def convolve(planes: torch.Tensor, kernel: NDArray[np.float32]) -> torch.Tensor:
    """Blur planes with a kernel of odd size; the picture wraps round, so pad it first.

    Args:
        planes: (planes, height, width) float32.
        kernel: (size, size), size odd.

    Returns:
        As `planes`.
    """
    if kernel.shape == (1, 1):
        return planes
    size = planes.shape[-2:]
    plane = torch.zeros(size, dtype=planes.dtype, device=planes.device)
    half = kernel.shape[0] // 2
    plane[: kernel.shape[0], : kernel.shape[1]] = torch.from_numpy(kernel).to(planes)
    plane = plane.roll((-half, -half), (0, 1))
    return torch.fft.irfft2(torch.fft.rfft2(planes) * torch.fft.rfft2(plane), s=size)
