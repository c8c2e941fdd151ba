"""LPIPS with a VGG-16 (Zhang et al. 2018), without torchvision.

The weights of the five linear layers are part of torchmetrics. The convolutions are those of torchvision's VGG-16,
whose weights are also on the hub.
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

_CHANNELS = (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512)
_FEATURE_LAYERS = (3, 8, 15, 22, 29)  # relu1_2, relu2_2, relu3_3, relu4_3, relu5_3
_SHIFT, _SCALE = (
    (-0.030, -0.088, -0.188),
    (0.458, 0.448, 0.450),
)  # ImageNet's mean and deviation for [-1, 1]
_EPSILON = 1e-8


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
    """Learned perceptual image patch similarity: 0 for equal pictures, about 0.7 for unrelated ones.

    Args:
        convolutions: as `vgg16_convolutions`.
        linear_weights: five tensors (1, channels, 1, 1), one for each feature layer.
        device: where to compute.
    """

    def __init__(self, convolutions: "nn.Sequential", linear_weights: "list[Tensor]", device: str = "cpu") -> None:
        self._convolutions = convolutions.eval().requires_grad_(False).to(device)
        self._linear_weights = [weight.to(device) for weight in linear_weights]
        self._device = device

    @classmethod
    def from_weights(cls, file: Path, device: str = "cpu") -> "Lpips":
        """From VGG-16 weights: a safetensors file, or torchvision's own .pth.

        Raises:
            WeightsMissing: when the file cannot be read or is of another network.
        """
        network = vgg16_convolutions()
        network.load_state_dict(_convolution_weights(file, network.state_dict().keys()))
        return cls(network, packaged_linear_weights(), device)

    def __call__(self, predicted: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
        """LPIPS of two (height, width, 3) uint8 sRGB pictures, at least 16 px on each side."""
        import torch

        with torch.inference_mode():
            layers = zip(self._features(predicted), self._features(truth), self._linear_weights, strict=True)
            return float(sum((((ours - theirs) ** 2) * weight).sum(1).mean() for ours, theirs, weight in layers))

    def _features(self, picture: NDArray[np.uint8]) -> "list[Tensor]":
        """The feature layers, with the channels of each pixel normalised to length 1."""
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).to(self._device)[None]
        shift, scale = (torch.tensor(values, device=self._device)[None, :, None, None] for values in (_SHIFT, _SCALE))
        x = (pixels.float() / 127.5 - 1.0 - shift) / scale
        features = []
        for index, layer in enumerate(self._convolutions):
            x = layer(x)
            if index in _FEATURE_LAYERS:
                features.append(x / torch.sqrt(_EPSILON + (x**2).sum(1, keepdim=True)))
        return features


def packaged_linear_weights() -> "list[Tensor]":
    """The published weights of the linear layers, from the file in torchmetrics."""
    import torch
    import torchmetrics

    file = Path(torchmetrics.__file__).parent / "functional/image/lpips_models/vgg.pth"
    weights = torch.load(file, map_location="cpu", weights_only=True)
    return [weights[f"lin{index}.model.1.weight"] for index in range(len(_FEATURE_LAYERS))]


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
