"""The built-in restoration network with its trained weights."""

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from refocus.models.restoration.restoration_network import RestorationNetwork

WEIGHTS = "restoration.safetensors"


def predict_missing_detail(
    photo_srgb: NDArray[np.float32], blur_px: NDArray[np.float32], side: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Predict the detail that defocus took from a photo. Safe in several threads at once.

    Args:
        photo_srgb: (height, width, 3) in [0, 1], sides multiples of 16.
        blur_px, side: (height / 4, width / 4), estimated diameter and side of the focus, see `coc_channels`.

    Returns:
        (height, width, 3), sRGB in about [-1, 1]: to be added to the photo.
    """
    import torch

    from refocus.models.restoration.restoration_network import coc_channels

    photo = torch.from_numpy(photo_srgb).permute(2, 0, 1)[None]  # in memory, channels are last: fastest
    with torch.inference_mode():
        coc = coc_channels(torch.from_numpy(blur_px)[None], torch.from_numpy(side)[None])
        return np.asarray(trained_restoration()(photo, coc)[0].permute(1, 2, 0).numpy(), np.float32)


@lru_cache(maxsize=1)
def trained_restoration() -> "RestorationNetwork":
    """The network with its trained weights, loaded once."""
    import torch
    from safetensors.torch import load

    from refocus.models.restoration.restoration_network import RestorationNetwork

    network = RestorationNetwork()
    tensors = load(files("refocus.models.restoration").joinpath(WEIGHTS).read_bytes())
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(False)
