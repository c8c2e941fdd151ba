"""Convert a photo to the inputs of the video model: a frame at the working size, and pixels for CLIP."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from PIL import Image

from refocus.models.focal_stack.run_settings import ClipRange


def photo_frame(photo: NDArray[np.uint8], width: int, height: int) -> torch.Tensor:
    """Resize a photo (bicubic, in 8 bits, as published) and scale it to [-1, 1].

    Args:
        photo: (height, width, 3) uint8 sRGB.
        width, height: the working size.

    Returns:
        (3, height, width) float32 in [-1, 1].
    """
    resized = np.asarray(Image.fromarray(photo).resize((width, height), Image.Resampling.BICUBIC))
    return torch.from_numpy(resized.copy()).permute(2, 0, 1).float() / 127.5 - 1.0


def clip_pixels(frame: torch.Tensor, size_px: int, mean: Any, std: Any, clip_range: ClipRange) -> torch.Tensor:
    """Convert a frame to the input of the CLIP image encoder.

    Args:
        frame: (3, height, width) float32 in [-1, 1].
        size_px: side of CLIP's square input.
        mean, std: CLIP's, one value per channel, for pictures in [0, 1].
        clip_range: "published" normalizes values in [-1, 1], as the published inference does; "corrected" maps them
            to [0, 1] first, as the published training does.

    Returns:
        (1, 3, size_px, size_px) float32.
    """
    resized = resize_antialiased(frame, size_px)
    if clip_range == "corrected":
        resized = (resized + 1.0) / 2.0
    shift, scale = (torch.tensor(values, device=frame.device).view(3, 1, 1) for values in (mean, std))
    return ((resized - shift) / scale)[None]


def resize_antialiased(frame: torch.Tensor, size_px: int) -> torch.Tensor:
    """Resize to a square as Stable Video Diffusion does for CLIP: Gaussian blur, then bicubic with aligned corners.

    A side that shrinks by a factor f is blurred with sigma (f - 1) / 2 (as in scikit-image's resize) over 4 sigma
    pixels. A side that grows is not blurred.

    Args:
        frame: (channels, height, width) float32.

    Returns:
        (channels, size_px, size_px) float32.
    """
    blurred = frame[:, None]  # (channels, 1, height, width)
    for axis in (-1, -2):
        sigma_px = (frame.shape[axis] / size_px - 1.0) / 2.0
        if sigma_px > 0:
            blurred = _blur(blurred, sigma_px, axis)
    square = functional.interpolate(blurred, (size_px, size_px), mode="bicubic", align_corners=True)
    return square[:, 0]


def _blur(planes: torch.Tensor, sigma_px: float, axis: int) -> torch.Tensor:
    """Gaussian blur of (planes, 1, height, width) along one axis with reflected borders."""
    taps = int(max(4.0 * sigma_px, 3.0)) | 1  # rounded up to odd, so that the kernel has a centre
    offsets_px = torch.arange(taps, dtype=planes.dtype, device=planes.device) - taps // 2
    kernel = torch.exp(-0.5 * (offsets_px / sigma_px) ** 2)
    kernel = kernel / kernel.sum()
    margin = taps // 2
    if axis == -1:
        padded = functional.pad(planes, (margin, margin, 0, 0), mode="reflect")
        return functional.conv2d(padded, kernel.view(1, 1, 1, taps))
    padded = functional.pad(planes, (0, 0, margin, margin), mode="reflect")
    return functional.conv2d(padded, kernel.view(1, 1, taps, 1))
