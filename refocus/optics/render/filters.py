"""Filters, coarser grids and convolutions of pictures.

By OpenCV on a CPU where it is several times as fast, by torch elsewhere. Convolutions with large kernels are by FFT,
whose cost does not grow with the kernel.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from torch.nn.functional import avg_pool2d, interpolate, pad

_SHARPENING = 0.16
"""Side lobe on the coarse grid that compensates the blur of shrinking and enlarging."""


def enlarge(planes: torch.Tensor, scale: int) -> torch.Tensor:
    """Enlarge (planes, height, width) by an integer scale with linear interpolation."""
    if scale == 1:
        return planes
    if planes.device.type != "cpu":
        return interpolate(planes[None], scale_factor=float(scale), mode="bilinear", align_corners=False)[0]
    count, height, width = planes.shape
    larger = planes.new_empty(count, height * scale, width * scale)
    for plane, out in zip(planes.numpy(), larger.numpy(), strict=True):
        cv2.resize(plane, out.shape[::-1], dst=out, interpolation=cv2.INTER_LINEAR)  # as torch, 10 times faster
    return larger


def shrink(planes: torch.Tensor, scale: int) -> torch.Tensor:
    """Shrink (planes, height, width) by averaging blocks; both sides must be multiples of the scale."""
    if scale == 1:
        return planes
    if planes.device.type != "cpu":
        return avg_pool2d(planes[None], scale)[0]
    count, height, width = planes.shape
    smaller = planes.new_empty(count, height // scale, width // scale)
    for plane, out in zip(planes.numpy(), smaller.numpy(), strict=True):
        cv2.resize(plane, out.shape[::-1], dst=out, interpolation=cv2.INTER_AREA)
    return smaller


def resized(planes: torch.Tensor, scale: int, wanted: int) -> torch.Tensor:
    """Resample planes from a grid coarser by `scale` to one coarser by `wanted`; one must divide the other."""
    return shrink(planes, wanted // scale) if wanted >= scale else enlarge(planes, scale // wanted)


def sharpened(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """The kernel, compensated for planes that are shrunk before and enlarged after the convolution."""
    taps = np.array([-_SHARPENING, 1.0 + 2.0 * _SHARPENING, -_SHARPENING], np.float32)
    wide = cv2.copyMakeBorder(kernel, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0)
    return np.asarray(cv2.sepFilter2D(wide, -1, taps, taps, borderType=cv2.BORDER_CONSTANT), np.float32)


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


def nearest_points(
    rows: NDArray[np.intp], columns: NDArray[np.intp], size: tuple[int, ...]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The nearest of some points to each pixel.

    Args:
        rows, columns: (points,) whole pixels, at least one.
        size: (height, width) of the picture.

    Returns:
        (height, width) float32 distance to it in pixels, and int32 which one it is.
    """
    off = np.ones(size[:2], np.uint8)
    off[rows, columns] = 0
    distance_px, labels = cv2.distanceTransformWithLabels(off, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    point_of = np.zeros(int(labels.max()) + 1, np.int32)
    point_of[labels[rows, columns]] = np.arange(len(rows))
    for line in labels:  # in place: a second plane of a large photo takes much memory
        line[:] = point_of[line]
    return np.asarray(distance_px, np.float32), np.asarray(labels, np.int32)
