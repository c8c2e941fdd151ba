"""Linear light in 16 bits, for speed and memory: conversion, blending and downscaling of large photos and videos."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core.colour import linear_to_srgb8, srgb_to_linear

_WHITE = 65535


def srgb8_to_linear16(srgb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Decode 8-bit sRGB to linear light, 65535 is white. Any shape."""
    return cv2.LUT(_rows(srgb), _DECODE).astype(np.uint16, copy=False).reshape(srgb.shape)


def linear16_to_srgb8(linear: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Encode 16-bit linear light as 8-bit sRGB; the exact inverse of `srgb8_to_linear16`. Any shape."""
    return cv2.LUT(_rows(linear), _ENCODE).astype(np.uint8, copy=False).reshape(linear.shape)


def blend16(near: NDArray[np.uint16], far: NDArray[np.uint16], fraction: float) -> NDArray[np.uint16]:
    """Linear interpolation from `near` (fraction 0) to `far` (1); any shape."""
    blended = cv2.addWeighted(_rows(near), 1.0 - fraction, _rows(far), fraction, 0.0)
    return blended.astype(np.uint16, copy=False).reshape(near.shape)


def downscale(rgb_srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Downscale sRGB to (width, height): integer factors by area averaging in linear light, which avoids aliasing and
    keeps small lamps bright; the remaining factor below 2 with Lanczos for sharpness."""
    height, width = rgb_srgb.shape[:2]
    factor = min(width // size[0], height // size[1])
    if factor > 1:
        linear = srgb8_to_linear16(rgb_srgb)
        area = cv2.resize(linear, (-(-width // factor), -(-height // factor)), interpolation=cv2.INTER_AREA)
        rgb_srgb = linear16_to_srgb8(area.astype(np.uint16, copy=False))
    return np.array(Image.fromarray(rgb_srgb).resize(size, Image.Resampling.LANCZOS))


def _rows(values: NDArray) -> NDArray:
    """As two axes, for OpenCV functions that work on each number separately."""
    return np.ascontiguousarray(values).reshape(values.shape[0], -1)


_DECODE = np.round(srgb_to_linear(np.arange(256, dtype=np.uint8)) * _WHITE).astype(np.uint16)
_ENCODE = linear_to_srgb8(np.arange(_WHITE + 1) / np.float64(_WHITE))
_DECODE.setflags(write=False)
_ENCODE.setflags(write=False)
