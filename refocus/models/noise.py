"""Checks of where a run's noise comes from: a generator of the CPU, or tensors given in its place."""

from typing import Any

import torch

from refocus.core import BadInput


def check_generator(generator: Any) -> None:
    """Raise BadInput unless it is None or a generator of the CPU."""
    if generator is not None and not (isinstance(generator, torch.Generator) and generator.device.type == "cpu"):
        raise BadInput(
            "The generator must be one of the CPU, so that a seed means the same everywhere.",
            todo="Use torch.Generator('cpu').manual_seed(seed).",
        )


def check_latents(latents: Any, shape: tuple[int, ...]) -> None:
    """Raise BadInput unless it is None or finite floats of that shape."""
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
