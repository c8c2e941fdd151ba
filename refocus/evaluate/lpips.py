"""LPIPS with a VGG-16 (Zhang et al. 2018), from weights in a local folder or the hub; torchvision is not needed.

The five weightings of the layers come with torchmetrics. The network's convolutions are those of torchvision's
VGG-16, whose weights the hub has too.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from refocus.core import WeightsMissing
from refocus.models.weights.spec import WeightsSpec

if TYPE_CHECKING:
    from torch import Tensor, nn

VGG_WEIGHTS = WeightsSpec(
    repo="timm/vgg16.tv_in1k",
    revision="main",
    files=("model.safetensors",),
    licence="BSD-3-Clause",
    size_bytes=553_000_000,
)
LEAST_SIDE_PX = 16  # four halvings

_CHANNELS = (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512)
_TAPS = (3, 8, 15, 22, 29)  # relu1_2, relu2_2, relu3_3, relu4_3, relu5_3
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of inputs in [-1, 1]: ImageNet's mean and spread
_TINY = 1e-8


def vgg16_convolutions() -> "nn.Sequential":
    """The convolutional part of VGG-16 (Simonyan and Zisserman 2015) up to relu5_3, numbered as torchvision does."""
    from torch import nn

    layers: list[nn.Module] = []
    channels = 3
    for step in _CHANNELS:
        if isinstance(step, int):
            layers += [nn.Conv2d(channels, step, 3, padding=1), nn.ReLU()]
            channels = step
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class Lpips:
    """Measures how different two pictures look: 0 for equal ones, about 0.7 for unlike ones.

    Args:
        convolutions: as `vgg16_convolutions`.
        weightings: five tensors (1, channels, 1, 1), one for each tapped layer.
        device: where to compute.
    """

    def __init__(self, convolutions: "nn.Sequential", weightings: "list[Tensor]", device: str = "cpu") -> None:
        self._convolutions = convolutions.eval().requires_grad_(False).to(device)
        self._weightings = [weighting.to(device) for weighting in weightings]
        self._device = device

    @classmethod
    def from_weights(cls, file: Path, device: str = "cpu") -> "Lpips":
        """From VGG-16 weights: a safetensors file, or torchvision's own .pth.

        Raises:
            WeightsMissing: when the file cannot be read or is of another network.
        """
        network = vgg16_convolutions()
        network.load_state_dict(_convolution_weights(file, network.state_dict().keys()))
        return cls(network, packaged_weightings(), device)

    def __call__(self, predicted: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
        """(height, width, 3) uint8 sRGB each, at least 16 px a side."""
        import torch

        with torch.inference_mode():
            layers = zip(self._features(predicted), self._features(truth), self._weightings, strict=True)
            return float(sum((((ours - theirs) ** 2) * weight).sum(1).mean() for ours, theirs, weight in layers))

    def _features(self, picture: NDArray[np.uint8]) -> "list[Tensor]":
        """The tapped layers, each pixel's channels scaled to length 1."""
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).to(self._device)[None]
        shift, scale = (torch.tensor(values, device=self._device)[None, :, None, None] for values in (_SHIFT, _SCALE))
        x = (pixels.float() / 127.5 - 1.0 - shift) / scale
        tapped = []
        for index, layer in enumerate(self._convolutions):
            x = layer(x)
            if index in _TAPS:
                tapped.append(x / torch.sqrt(_TINY + (x**2).sum(1, keepdim=True)))
        return tapped


def packaged_weightings() -> "list[Tensor]":
    """The published weightings of VGG's layers, from the file that torchmetrics brings."""
    import torch
    import torchmetrics

    file = Path(torchmetrics.__file__).parent / "functional/image/lpips_models/vgg.pth"
    weights = torch.load(file, map_location="cpu", weights_only=True)
    return [weights[f"lin{index}.model.1.weight"] for index in range(len(_TAPS))]


def _convolution_weights(file: Path, wanted: Any) -> dict[str, "Tensor"]:
    import pickle

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        is_safe = file.suffix == ".safetensors"
        weights = load_file(file) if is_safe else torch.load(file, map_location="cpu", weights_only=True)
        return {name: weights[f"features.{name}"] for name in wanted}
    except (OSError, SafetensorError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise WeightsMissing(
            f"{file} does not hold the weights of a VGG-16: {error}.",
            todo=f"Download {VGG_WEIGHTS.repo} again, or leave LPIPS out.",
        ) from error
