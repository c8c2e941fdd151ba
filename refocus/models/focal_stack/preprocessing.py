"""Convert a photo to the inputs of the video model: a frame at the working size, and pixels for CLIP."""

from typing import Any

import numpy as np
import torch
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
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
    """Convert a frame to the input of the CLIP image encoder, resized as Stable Video Diffusion does.

    Args:
        frame: (3, height, width) float32 in [-1, 1].
        size_px: side of CLIP's square input.
        mean, std: CLIP's, one value per channel, for pictures in [0, 1].
        clip_range: "published" normalizes values in [-1, 1], as the published inference does; "corrected" maps them
            to [0, 1] first, as the published training does.

    Returns:
        (1, 3, size_px, size_px) float32.
    """
    resized = _resize_with_antialiasing(frame[None], (size_px, size_px))
    if clip_range == "corrected":
        resized = (resized + 1.0) / 2.0
    shift, scale = (torch.tensor(values, device=frame.device).view(3, 1, 1) for values in (mean, std))
    return (resized - shift) / scale
