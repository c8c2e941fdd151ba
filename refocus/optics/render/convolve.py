"""Convolution of whole pictures with lens kernels.

On a CPU directly when the kernel has few pixels, else, and on a GPU always, by FFT, whose cost does not grow with
the kernel.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from torch.nn.functional import pad

_DIRECT_TAPS_MAX = 121
"""Up to this many kernel pixels OpenCV's direct filter beats an FFT on a CPU; from 130 on it takes a slow way."""
_CACHED_PX = 80_000
"""About so many pixels and their spectrum fit into a CPU core's cache; larger planes are transformed one by one."""
_NEGLIGIBLE = 1e-6
Margins = tuple[int, int, int, int]


def convolve(planes: torch.Tensor, kernel: NDArray[np.float32], margins: Margins = (0, 0, 0, 0)) -> torch.Tensor:
    """Convolve planes with a kernel; it is dark beyond the border.

    Args:
        planes: (planes, height, width) float32.
        kernel: (size, size) float32, size odd.
        margins: how much more of the picture to return: left, right, top, bottom.

    Returns:
        (planes, top + height + bottom, left + width + right).
    """
    if kernel.shape[0] == 1:
        return pad(planes, margins) if any(margins) else planes
    if planes.device.type == "cpu" and kernel.size <= _DIRECT_TAPS_MAX:
        return _convolve_directly(planes, kernel, margins)
    return _convolve_by_fft(planes, kernel, margins)


def _convolve_directly(planes: torch.Tensor, kernel: NDArray[np.float32], margins: Margins) -> torch.Tensor:
    left, right, top, bottom = margins
    # OpenCV correlates, and skips taps that are exactly 0.
    flipped = np.where(np.abs(kernel) < _NEGLIGIBLE * kernel.max(), np.float32(0.0), kernel)[::-1, ::-1]
    taps = np.ascontiguousarray(flipped)
    count, height, width = planes.shape
    blurred = planes.new_empty(count, top + height + bottom, left + width + right)
    for plane, out in zip(planes.numpy(), blurred.numpy(), strict=True):
        wide = cv2.copyMakeBorder(plane, top, bottom, left, right, cv2.BORDER_CONSTANT, value=0.0)
        cv2.filter2D(wide, -1, taps, dst=out, borderType=cv2.BORDER_CONSTANT)
    return blurred


def _convolve_by_fft(planes: torch.Tensor, kernel: NDArray[np.float32], margins: Margins) -> torch.Tensor:
    left, right, top, bottom = margins
    height, width = planes.shape[1:]
    half = kernel.shape[0] // 2
    # Long enough that what leaves on one side and comes in on the other falls onto nothing that is returned.
    shape = [
        next_fast_len(size + max(before, half) + max(after, half), real=True)
        for size, before, after in ((height, top, bottom), (width, left, right))
    ]
    transfer = _transfer(torch.from_numpy(kernel).to(planes), top, left, shape)
    blurred = planes.new_empty(planes.shape[0], top + height + bottom, left + width + right)
    at_once = max(1, _CACHED_PX // (shape[0] * shape[1])) if planes.device.type == "cpu" else planes.shape[0]
    for some, out in zip(planes.split(at_once), blurred.split(at_once), strict=True):
        spectrum = torch.fft.rfft2(some, s=shape).mul_(transfer)
        out.copy_(torch.fft.irfft2(spectrum, s=shape)[:, : out.shape[1], : out.shape[2]])
    return blurred


def _transfer(kernel: torch.Tensor, row: int, column: int, shape: list[int]) -> torch.Tensor:
    """The spectrum of a kernel that moves a picture down and right."""
    half = kernel.shape[0] // 2
    places = torch.arange(-half, half + 1, device=kernel.device)
    lines = kernel.new_zeros(kernel.shape[0], shape[1])
    lines[:, (places + column) % shape[1]] = kernel
    lit = torch.fft.rfft(lines)
    spectrum = lit.new_zeros(shape[0], lit.shape[1])
    spectrum[(places + row) % shape[0]] = lit
    return torch.fft.fft(spectrum, dim=0)
