"""MediaPipe's full-range face detector in torch; inference only.

The encoder is made of the double blocks of BlazeFace (arXiv 1907.05047, figure 1), with 3x3 kernels. A decoder of three
levels (a feature pyramid, arXiv 1612.03144) brings coarse features back to a grid of 4 px, where each cell predicts one
face. All layers are convolutions, so pictures may have any size. CARD.md tells where the weights come from.
"""

from functools import lru_cache
from importlib.resources import files

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d, pad, relu

WEIGHTS = "weights.safetensors"
CELL_PX = 4
STRIDE_PX = 32
"""Height and width of the input are multiples of this."""
VALUES = 16
"""For each cell: centre x, y, width, height, then x, y of six points; positions in pixels from the cell's centre."""

_STEM_CHANNELS = 32
_ENCODER = (  # for each level: (channels inside, channels out) of its blocks; every level but the first halves the size
    ((8, 32), (8, 32)),
    ((12, 48), (12, 48), (16, 64)),
    ((24, 96), (32, 128), (32, 128)),
    ((36, 144), (48, 192), (64, 256)),
    ((96, 384), (96, 384), (96, 384), (96, 384)),
)
_DECODER = ((96, 48, 2), (64, 32, 2), (48, 24, 1))  # channels, channels inside a block, blocks


class FaceNetwork(nn.Module):
    """The network."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, _STEM_CHANNELS, 3, stride=2)
        channels, levels, widths = _STEM_CHANNELS, [], []
        for number, blocks in enumerate(_ENCODER):
            level = nn.Sequential()
            for inside, out in blocks:
                level.append(Block(channels, inside, out, halve=number > 0 and len(level) == 0))
                channels = out
            levels.append(level)
            widths.append(channels)
        self.levels = nn.ModuleList(levels)
        self.decoder = nn.ModuleList()
        for (out, inside, repeats), beside in zip(_DECODER, reversed(widths[1:-1]), strict=True):
            self.decoder.append(Merge(channels, beside, out, inside, repeats))
            channels = out
        self.score = nn.Conv2d(channels, 1, 1)
        self.geometry = nn.Conv2d(channels, VALUES, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Predict one face for each cell.

        Args:
            pictures: (n, 3, height, width) float32 sRGB in [-1, 1]; height and width are multiples of `STRIDE_PX`.

        Returns:
            Logits (n, height / 4, width / 4), and the geometry (n, 16, height / 4, width / 4), see `VALUES`.
        """
        features = relu(self.stem(pad(pictures, (0, 1, 0, 1))))
        passed = []
        for level in self.levels:
            features = level(features)
            passed.append(features)
        for merge, beside in zip(self.decoder, reversed(passed[1:-1]), strict=True):
            features = merge(features, beside)
        return self.score(features)[:, 0], self.geometry(features)


class Block(nn.Module):
    """A double block: two pairs of a 3x3 depthwise and a 1x1 convolution beside a shortcut.

    Args:
        channels, inside, out: channels of the input, after the first pair, and of the output.
        halve: halve height and width.
    """

    def __init__(self, channels: int, inside: int, out: int, *, halve: bool = False) -> None:
        super().__init__()
        self.halve, self.more = halve, out - channels
        stride, padding = (2, 0) if halve else (1, 1)
        self.first = nn.Conv2d(channels, channels, 3, stride=stride, padding=padding, groups=channels)
        self.narrow = nn.Conv2d(channels, inside, 1)
        self.second = nn.Conv2d(inside, inside, 3, padding=1, groups=inside)
        self.widen = nn.Conv2d(inside, out, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(n, channels, height, width) to (n, out, height, width), or half that size."""
        shortcut = max_pool2d(features, 2) if self.halve else features
        if self.more:
            shortcut = pad(shortcut, (0, 0, 0, 0, 0, self.more))
        inside = self.first(pad(features, (0, 1, 0, 1)) if self.halve else features)
        return relu(shortcut + self.widen(self.second(relu(self.narrow(inside)))))


class Merge(nn.Module):
    """One level of the decoder: coarse features, enlarged to twice their size, added to those of the encoder."""

    def __init__(self, channels: int, beside: int, out: int, inside: int, blocks: int) -> None:
        super().__init__()
        self.coarse = nn.Conv2d(channels, out, 1)
        self.beside = nn.Conv2d(beside, out, 1)
        self.blocks = nn.Sequential(*(Block(out, inside, out) for _ in range(blocks)))

    def forward(self, features: Tensor, beside: Tensor) -> Tensor:
        """(n, channels, height, width) and (n, beside, 2 height, 2 width) to (n, out, 2 height, 2 width)."""
        larger = interpolate(relu(self.coarse(features)), scale_factor=2, mode="bilinear", align_corners=False)
        return self.blocks(relu(self.beside(beside)) + larger)


@lru_cache(maxsize=1)
def trained_network() -> FaceNetwork:
    """The network with its weights, loaded once; its inference may run in several threads."""
    from safetensors.torch import load

    network = FaceNetwork()
    tensors = load(files("refocus.models.faces").joinpath(WEIGHTS).read_bytes())
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    network.eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
