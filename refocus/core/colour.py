"""sRGB and linear light (IEC 61966-2-1). Light is added and blurred in linear only; convert at input and output."""

import numpy as np
from numpy.typing import NDArray

_ENCODE_STEPS = 1 << 16
_VALUES_AT_ONCE = 1 << 20


def srgb_to_linear(srgb: NDArray) -> NDArray[np.float32]:
    """Decode sRGB to linear light.

    Args:
        srgb: any shape; uint8, or float in [0, 1].

    Returns:
        float32 in [0, 1], same shape.
    """
    if srgb.dtype == np.uint8:
        return _DECODE_8BIT[srgb]
    return _decode(srgb).astype(np.float32)


def linear_to_srgb(linear: NDArray) -> NDArray[np.float32]:
    """Encode linear light as sRGB.

    Args:
        linear: float, any shape; values outside [0, 1] are clipped.

    Returns:
        float32 in [0, 1], same shape.
    """
    return _encode(np.clip(linear, 0.0, 1.0)).astype(np.float32)


def linear_to_srgb8(linear: NDArray) -> NDArray[np.uint8]:
    """Encode linear light as 8-bit sRGB, rounded to nearest; values outside [0, 1] are clipped.

    Uses a table of 65,537 entries: exact for every decoded 8-bit value, and within one code elsewhere.
    """
    codes = np.empty(linear.shape, np.uint8)
    lines, coded = np.atleast_1d(linear, codes)
    at_once = max(1, _VALUES_AT_ONCE * len(lines) // max(1, lines.size))
    for start in range(0, len(lines), at_once):  # in chunks to save memory
        chunk = slice(start, start + at_once)
        index = np.clip(lines[chunk], 0.0, 1.0) * np.float32(_ENCODE_STEPS) + np.float32(0.5)
        coded[chunk] = _ENCODE_8BIT[index.astype(np.int32)]
    return codes


def _decode(srgb: NDArray) -> NDArray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _encode(linear: NDArray) -> NDArray:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


_DECODE_8BIT = _decode(np.arange(256) / 255.0).astype(np.float32)
_ENCODE_8BIT = np.round(_encode(np.arange(_ENCODE_STEPS + 1) / _ENCODE_STEPS) * 255.0).astype(np.uint8)
_DECODE_8BIT.setflags(write=False)
_ENCODE_8BIT.setflags(write=False)
