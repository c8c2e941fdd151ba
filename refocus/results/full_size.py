"""Scales a model's frames to the photo's proportions and size, with fine detail from the photo itself."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8, srgb_to_linear

_FINE_PX = 1.0  # detail finer than this blur is compared
_WINDOW_PX = 2.0  # over this neighbourhood
_NOISE = (0.7 / 255) ** 2  # variance below which there is nothing to compare
_CORRELATION = (0.3, 0.8)  # of fine detail: other detail below, the same above


def unstretched_size(working: tuple[int, int], photo: tuple[int, int]) -> tuple[int, int]:
    """The size in the photo's proportions that holds all of a working size, at most the photo's.

    Args:
        working: (width, height) in the model, whose multiples of 64 stretch the photo a little.
        photo: (width, height).
    """
    scale = min(1.0, max(working[0] / photo[0], working[1] / photo[1]))
    return max(1, round(photo[0] * scale)), max(1, round(photo[1] * scale))


def resized_srgb(picture_srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture (height, width, 3) at another (width, height); light is interpolated, and averaged when it shrinks."""
    if (picture_srgb.shape[1], picture_srgb.shape[0]) == size:
        return picture_srgb
    return linear_to_srgb8(_resized(srgb_to_linear(picture_srgb), size))


def with_photo_detail(frame_srgb: NDArray[np.uint8], photo_srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame at the photo's size.

    The photo's detail that is too fine for the frame is added where frame and photo show the same fine structure.
    Where the frame is blurred, or shows what the photo does not, none is added, so nothing of the photo shines through.

    Args:
        frame_srgb: (height, width, 3), of the same view.
        photo_srgb: (photo height, photo width, 3), at least as large.

    Returns:
        (photo height, photo width, 3).
    """
    small, full = (frame_srgb.shape[1], frame_srgb.shape[0]), (photo_srgb.shape[1], photo_srgb.shape[0])
    if small == full:
        return frame_srgb
    photo_linear = srgb_to_linear(photo_srgb)
    reduced = _resized(photo_linear, small)
    share = shared_detail(frame_srgb, linear_to_srgb8(reduced))
    detail = photo_linear - _resized(reduced, full)
    detail *= _resized(share, full)[..., None]
    return linear_to_srgb8(_resized(srgb_to_linear(frame_srgb), full) + detail)


def shared_detail(frame_srgb: NDArray[np.uint8], photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much of a photo's fine detail a frame shows: (height, width) float32 in [0, 1].

    The slope of the frame's fine structure over the photo's, by least squares in a small window, tells how much blur
    left of it; squared, since still finer detail suffers more. Their correlation tells whether it is the same.

    Args:
        frame_srgb, photo_srgb: (height, width, 3), of the same view and size.
    """
    frame, photo = _fine_structure(frame_srgb), _fine_structure(photo_srgb)
    common, of_photo, of_frame = _mean(frame * photo), _mean(photo * photo), _mean(frame * frame)
    slope = np.clip(common / (of_photo + _NOISE), 0, 1)
    low, high = _CORRELATION
    correlation = common / np.sqrt((of_photo + _NOISE) * (of_frame + _NOISE))
    share = slope**2 * np.clip((correlation - low) / (high - low), 0, 1)
    return _mean(cv2.erode(share, np.ones((5, 5), np.uint8)))  # the window reaches over outlines: step back from them


def _fine_structure(picture_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = np.asarray(cv2.cvtColor(picture_srgb, cv2.COLOR_RGB2GRAY), np.float32) / 255
    blurred = np.asarray(cv2.GaussianBlur(grey, (0, 0), _FINE_PX), np.float32)
    return np.asarray(grey - blurred, np.float32)


def _mean(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _WINDOW_PX), np.float32)


def _resized(values: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float32]:
    shrinks = size[0] < values.shape[1] or size[1] < values.shape[0]
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))
