"""Convolution of whole pictures with lens kernels.

On a CPU directly when the kernel has few open pixels, else, and on a GPU always, by FFT, whose cost does not grow
with the kernel.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len

_DIRECT_TAPS_MAX = 650
"""Up to this many kernel pixels OpenCV's direct filter beats an FFT on a CPU."""
_PIECE_TAPS_MAX = 120
"""Larger kernels are cut into strips, because OpenCV takes a slow way from 130 on."""
_NEGLIGIBLE = 1e-6


def convolve(planes: torch.Tensor, kernel: NDArray[np.float32]) -> torch.Tensor:
    """Convolve planes with a kernel; it is dark beyond the border.

    Args:
        planes: (planes, height, width) float32.
        kernel: (size, size) float32, size odd.

    Returns:
        As `planes`.
    """
    if kernel.shape[0] == 1:
        return planes
    if planes.device.type == "cpu" and kernel.size <= _DIRECT_TAPS_MAX:
        return _convolve_directly(planes, kernel)
    return _convolve_by_fft(planes, kernel)


def _convolve_directly(planes: torch.Tensor, kernel: NDArray[np.float32]) -> torch.Tensor:
    half = kernel.shape[0] // 2
    # OpenCV correlates, and skips taps that are exactly 0.
    flipped = np.where(np.abs(kernel) < _NEGLIGIBLE * kernel.max(), np.float32(0.0), kernel)[::-1, ::-1]
    blurred = torch.empty_like(planes)
    if kernel.size <= _PIECE_TAPS_MAX + 1:
        whole = np.ascontiguousarray(flipped)
        for plane, out in zip(planes.numpy(), blurred.numpy(), strict=True):
            cv2.filter2D(plane, -1, whole, dst=out, borderType=cv2.BORDER_CONSTANT)
        return blurred
    height, width = planes.shape[1:]
    strips = _strips(flipped)
    for plane, out in zip(planes.numpy(), blurred.numpy(), strict=True):
        wide = cv2.copyMakeBorder(plane, half, half, half, half, cv2.BORDER_CONSTANT, value=0.0)
        for number, (top, left, strip) in enumerate(strips):
            rows, columns = strip.shape
            seen = wide[top : top + height + rows - 1, left : left + width + columns - 1]
            filtered = cv2.filter2D(seen, -1, strip, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)[:height, :width]
            if number == 0:
                out[:] = filtered
            else:
                cv2.add(out, filtered, dst=out)
    return blurred


def _strips(kernel: NDArray[np.float32]) -> list[tuple[int, int, NDArray[np.float32]]]:
    """A kernel cut into strips of few pixels, without their dark ends; each with its first row and column."""
    rows_each = _PIECE_TAPS_MAX // kernel.shape[1]
    count = -(-kernel.shape[0] // rows_each)
    strips = []
    for rows in np.array_split(np.arange(kernel.shape[0]), count):
        strip = kernel[rows[0] : rows[-1] + 1]
        lit = np.nonzero(strip.any(axis=0))[0]
        if lit.size:
            strips.append((int(rows[0]), int(lit[0]), np.ascontiguousarray(strip[:, lit[0] : lit[-1] + 1])))
    return strips


def _convolve_by_fft(planes: torch.Tensor, kernel: NDArray[np.float32]) -> torch.Tensor:
    height, width = planes.shape[1:]
    half = kernel.shape[0] // 2
    shape = [next_fast_len(height + half, real=True), next_fast_len(width + half, real=True)]
    spectrum = torch.fft.rfft2(planes, s=shape) * torch.fft.rfft2(torch.from_numpy(kernel).to(planes), s=shape)
    # The kernel's first row stands at 0, so the blurred picture has moved down and right by half its size.
    full = torch.fft.irfft2(spectrum, s=shape)
    return full[:, half : half + height, half : half + width]
