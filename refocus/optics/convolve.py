"""Convolution of whole pictures with lens kernels.

Directly when the kernel is small, else by FFT, whose cost does not grow with the kernel.
"""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from torch.nn.functional import avg_pool2d, interpolate

from refocus.optics.aperture import KernelCaster

_DIRECT_SIZE_MAX = 9
"""Up to this kernel size OpenCV's direct filter beats an FFT on a CPU."""
_ADDED_BY_SCALING = 16 * (1 / 12 + 1 / 6)
"""CoC squared that averaging and linear interpolation add, in units of scale squared; a disc's variance is D^2/16."""


def blur_planes(planes: torch.Tensor, caster: KernelCaster, coc_px: float, scale: int) -> torch.Tensor:
    """Blur premultiplied planes by a CoC.

    Args:
        planes: (planes, height, width) float32 on a grid coarser by `scale`, dark beyond its border.
        caster: casts the kernels.
        coc_px: signed diameter, pixels of the picture.
        scale: 1, or the power of two of the coarser grid.

    Returns:
        As `planes`.
    """
    if scale == 1:
        return convolve(planes, caster.kernel(coc_px))
    left = max(coc_px * coc_px - _ADDED_BY_SCALING * scale * scale, 0.0)
    kernel = caster.kernel(math.copysign(math.sqrt(left), coc_px) / scale)
    return convolve(planes, kernel)


def enlarge(planes: torch.Tensor, scale: int) -> torch.Tensor:
    """Planes from a grid coarser by `scale`, interpolated linearly. (planes, height, width) to that times scale."""
    if scale == 1:
        return planes
    return interpolate(planes[None], scale_factor=float(scale), mode="bilinear", align_corners=False)[0]


def shrink(planes: torch.Tensor, scale: int) -> torch.Tensor:
    """Planes on a grid coarser by `scale`, averaged."""
    return planes if scale == 1 else avg_pool2d(planes[None], scale)[0]


def convolve(planes: torch.Tensor, kernel: NDArray[np.float32]) -> torch.Tensor:
    """Convolve planes with a kernel; it is dark beyond the border.

    Args:
        planes: (planes, height, width) float32.
        kernel: (size, size) float32, size odd.

    Returns:
        As `planes`.
    """
    size = kernel.shape[0]
    if size == 1:
        return planes
    if size <= _DIRECT_SIZE_MAX and planes.device.type == "cpu":
        flipped = np.ascontiguousarray(kernel[::-1, ::-1])
        blurred = torch.empty_like(planes)
        for plane, out in zip(planes.numpy(), blurred.numpy(), strict=True):
            cv2.filter2D(plane, -1, flipped, dst=out, borderType=cv2.BORDER_CONSTANT)
        return blurred
    height, width = planes.shape[1:]
    half = size // 2
    shape = [next_fast_len(height + half, real=True), next_fast_len(width + half, real=True)]
    spectrum = torch.fft.rfft2(planes, s=shape) * torch.fft.rfft2(torch.from_numpy(kernel).to(planes), s=shape)
    # The kernel's first row stands at 0, so the blurred picture has moved down and right by half its size.
    full = torch.fft.irfft2(spectrum, s=shape)
    return full[:, half : half + height, half : half + width]
