"""Pictures on coarser grids, which hold all that is left after a wide blur."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import avg_pool2d, interpolate

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
