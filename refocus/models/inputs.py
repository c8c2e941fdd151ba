"""Checks of what is passed to a pipeline: photos, generators and latents."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput

_MODES_8BIT = {"RGB", "RGBA", "RGBX", "L", "LA", "P", "CMYK", "YCbCr", "1"}


def photo_srgb8(image: Any, *, name: str = "photo") -> NDArray[np.uint8]:
    """Check a photo and convert it to an array.

    Args:
        image: upright sRGB, one of: a PIL image with 8 bits per channel (an alpha channel is dropped); an array
            (height, width, 3), uint8 or float in [0, 1]; a tensor (3, height, width) or (1, 3, height, width),
            uint8 or float in [0, 1].
        name: for error messages.

    Returns:
        (height, width, 3) uint8 sRGB; floats are rounded to nearest, since the models' resize works in 8 bits.

    Raises:
        BadInput: on another type, shape or range, or values that are not finite.
    """
    if isinstance(image, Image.Image):
        if image.mode not in _MODES_8BIT:
            raise BadInput(f"A picture of mode {image.mode} has no 8-bit colours.", todo="Convert it to RGB first.")
        return np.asarray(image.convert("RGB"))
    if isinstance(image, torch.Tensor):
        pixels = image.detach().cpu()
        if pixels.ndim == 4 and pixels.shape[0] == 1:
            pixels = pixels[0]
        pixels = pixels.float() if pixels.is_floating_point() else pixels
        array = pixels.permute(1, 2, 0).numpy() if pixels.ndim == 3 and pixels.shape[0] == 3 else np.empty(0)
    else:
        array = image if isinstance(image, np.ndarray) else np.empty(0)
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        found = f"{type(image).__name__} {tuple(getattr(image, 'shape', ()))}".removesuffix(" ()")
        raise BadInput(
            f"The {name} is {found}, not one RGB picture.",
            todo="Pass a PIL image, an array (height, width, 3) or a tensor (3, height, width).",
        )
    return _to_8bit(array, name)


def check_generator(generator: Any) -> None:
    """Raise BadInput unless it is None or a CPU generator."""
    if generator is not None and not (isinstance(generator, torch.Generator) and generator.device.type == "cpu"):
        raise BadInput(
            "The generator must be a CPU generator, so that a seed gives the same noise on every device.",
            todo="Use torch.Generator('cpu').manual_seed(seed).",
        )


def check_latents(latents: Any, shape: tuple[int, ...]) -> None:
    """Raise BadInput unless it is None or a tensor of finite floats of that shape."""
    if latents is None:
        return
    if not isinstance(latents, torch.Tensor) or not latents.is_floating_point() or tuple(latents.shape) != shape:
        found = f"{type(latents).__name__} {tuple(getattr(latents, 'shape', ()))}"
        raise BadInput(
            f"The latents are {found}, but this run needs floats of shape {shape}.",
            todo="Pass standard normal noise of that shape, or a generator instead.",
        )
    if not torch.isfinite(latents).all():
        raise BadInput("The latents contain NaN or infinity.", todo="Draw new noise, or pass a generator instead.")


def _to_8bit(array: NDArray, name: str) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise BadInput(f"A {name} of {array.dtype} values has no known range.", todo="Pass uint8, or float in [0, 1].")
    low, high = float(array.min()), float(array.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise BadInput(f"The {name} contains NaN or infinity.", todo="Replace these values first.")
    if low < 0 or high > 1:
        raise BadInput(
            f"The {name} has float values from {low:g} to {high:g}, outside 0 to 1.", todo="Rescale it to 0 to 1."
        )
    return np.round(array * 255.0).astype(np.uint8)
