"""Convolution of pictures with blur kernels.

Directly for small kernels on a CPU, else by FFT, whose cost does not grow with the kernel.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from torch.nn.functional import pad

_DIRECT_TAPS_MAX = 121
"""Up to this many kernel pixels OpenCV's direct filter is faster than an FFT on a CPU; it slows down above 130."""
_CACHED_PX = 80_000
"""About this many pixels and their spectrum fit into a CPU core's cache; larger planes are transformed singly."""
_NEGLIGIBLE = 1e-6
Margins = tuple[int, int, int, int]


def convolve(planes: torch.Tensor, kernel: NDArray[np.float32], margins: Margins = (0, 0, 0, 0)) -> torch.Tensor:
    """Convolve planes with a kernel, with 0 beyond the border.

    Args:
        planes: (planes, height, width) float32.
        kernel: (size, size) float32, size odd.
        margins: pixels beyond the border to return: left, right, top, bottom.

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
    # Long enough for what wraps around to stay outside of what is returned.
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
    """Spectrum of a kernel shifted down by `row` and right by `column`."""
    half = kernel.shape[0] // 2
    offsets = torch.arange(-half, half + 1, device=kernel.device)
    lines = kernel.new_zeros(kernel.shape[0], shape[1])
    lines[:, (offsets + column) % shape[1]] = kernel
    row_spectra = torch.fft.rfft(lines)
    spectrum = row_spectra.new_zeros(shape[0], row_spectra.shape[1])
    spectrum[(offsets + row) % shape[0]] = row_spectra
    return torch.fft.fft(spectrum, dim=0)
