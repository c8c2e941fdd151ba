"""The restoration network: a U-Net on half, quarter, eighth and sixteenth of the photo's size.

U-Net: Ronneberger et al., MICCAI 2015. Pixel unshuffling (Shi et al., CVPR 2016) keeps convolutions off the full size.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 16
"""Sides of the input are multiples of this."""
CELL_PX = 4
"""Side of the cells of the CoC map."""
_WIDTHS = (40, 64, 128, 192)
_BLOCKS_DOWN, _BLOCKS_UP = (1, 1, 2, 2), (1, 1, 1)
_COC_CHANNELS = 2


class RestorationNetwork(nn.Module):
    """Predicts the detail that defocus took from a photo: add the output to the photo."""

    def __init__(self) -> None:
        super().__init__()
        first, *_ = _WIDTHS
        self.head = nn.Conv2d(3 * 4 + _COC_CHANNELS, first, 3, padding=1)
        self.encoder = nn.ModuleList(_blocks(width, count) for width, count in zip(_WIDTHS, _BLOCKS_DOWN, strict=True))
        pairs = list(pairwise(_WIDTHS))
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairs)
        self.up = nn.ModuleList(nn.Conv2d(coarse, 4 * fine, 1) for fine, coarse in pairs)
        self.decoder = nn.ModuleList(
            _blocks(width, count) for width, count in zip(_WIDTHS[:-1], _BLOCKS_UP, strict=True)
        )
        self.tail = nn.Conv2d(first, 3 * 4, 3, padding=1)
        _begin_with_zero(self.tail)

    def forward(self, photo_srgb: Tensor, coc: Tensor) -> Tensor:
        """Predict the missing detail.

        Args:
            photo_srgb: (pictures, 3, height, width) in [0, 1], sides multiples of `STRIDE`.
            coc: (pictures, 2, height / 4, width / 4), see `coc_channels`.

        Returns:
            (pictures, 3, height, width), sRGB in about [-1, 1].
        """
        halves = functional.pixel_unshuffle(photo_srgb - 0.5, 2)
        level = self.head(torch.cat([halves, functional.interpolate(coc, scale_factor=2.0)], 1))
        skipped = []
        for blocks, down in zip(self.encoder, [*self.down, None], strict=True):
            level = blocks(level)
            if down is not None:
                skipped.append(level)
                level = down(level)
        for blocks, up, skip in zip(reversed(self.decoder), reversed(self.up), reversed(skipped), strict=True):
            level = blocks(functional.pixel_shuffle(up(level), 2) + skip)
        return functional.pixel_shuffle(self.tail(level), 2)


def coc_channels(blur_px: Tensor, side: Tensor) -> Tensor:
    """Input of the network for estimated circles of confusion.

    Args:
        blur_px: (pictures, rows, columns), diameter.
        side: same shape, in [-1, 1]: 1 nearer than the focus, -1 beyond it, 0 not known.

    Returns:
        (pictures, 2, rows, columns): the logarithm of 1 + diameter, without and with its sign.
    """
    size = torch.log1p(blur_px)
    return torch.stack([size, size * side], 1)


class _Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        _begin_with_zero(self.second)

    def forward(self, level: Tensor) -> Tensor:
        changed: Tensor = self.second(functional.relu(self.first(level)))
        return level + changed


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(_Block(width) for _ in range(count)))


def _begin_with_zero(layer: nn.Conv2d) -> None:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
