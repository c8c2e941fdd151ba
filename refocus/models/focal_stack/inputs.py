"""Checks of the arguments that depend on the photo and the model: working size and noise."""

from typing import Any

import torch

from refocus.core import BadInput
from refocus.models.focal_stack.sizes import MULTIPLE_PX, working_size


def chosen_size(
    photo_size: tuple[int, int], width: int | None, height: int | None, *, multiple_px: int
) -> tuple[int, int]:
    """The size to work at: the one asked for, or else `working_size`.

    Args:
        photo_size: (width, height) of the photo.
        width, height: asked for; both or none.
        multiple_px: what the VAE's compression needs.

    Raises:
        BadInput: when the size asked for is not usable.
    """
    if width is None and height is None:
        return working_size(*photo_size)
    return _usable("width", width, multiple_px), _usable("height", height, multiple_px)


def _usable(name: str, side_px: int | None, multiple_px: int) -> int:
    if not isinstance(side_px, int) or side_px < MULTIPLE_PX or side_px % multiple_px:
        raise BadInput(
            f"{name} is {side_px!r}.",
            todo=f"Give both width and height as multiples of {multiple_px}, at least {MULTIPLE_PX}, or neither.",
        )
    return side_px


def check_noise(generator: Any, latents: Any, shape: tuple[int, ...]) -> None:
    """Check where the noise comes from.

    Args:
        generator: None or a generator of the CPU.
        latents: None or floats of the given shape.

    Raises:
        BadInput: on anything else.
    """
    if generator is not None and not (isinstance(generator, torch.Generator) and generator.device.type == "cpu"):
        raise BadInput(
            "The generator must be one of the CPU, so that a seed means the same everywhere.",
            todo="Use torch.Generator('cpu').manual_seed(seed).",
        )
    if latents is None:
        return
    if not isinstance(latents, torch.Tensor) or not latents.is_floating_point() or tuple(latents.shape) != shape:
        found = f"{type(latents).__name__} {tuple(getattr(latents, 'shape', ()))}"
        raise BadInput(
            f"The latents are {found}, but this run needs floats of shape {shape}.",
            todo="Draw standard normal noise of that shape, or give a generator instead.",
        )
    if not torch.isfinite(latents).all():
        raise BadInput("The latents hold values that are not finite (NaN or infinity).", todo="Draw them anew.")
