"""The built-in network: relative disparity of a photo from EfficientNet-Lite2 features and a light decoder."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from refocus.models.efficientnet_lite import FEATURE_CHANNELS, ConvNorm, EfficientNetLite2

_WIDTHS = (160, 128, 96, 64, 32)  # of the decoder at 1/32, 1/16, 1/8, 1/4 and 1/2
_HEADS = 4


class GlobalContext(nn.Module):
    """Self-attention over all positions of the coarsest features, so that each one sees the whole picture.

    Positions come from a depthwise convolution (arXiv 2102.10882), so that any size is allowed.
    """

    def __init__(self, channels: int, heads: int = _HEADS) -> None:
        super().__init__()
        self._heads = heads
        self.position = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.attention_norm = nn.LayerNorm(channels)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.attention_out = nn.Linear(channels, channels)
        self.mlp_norm = nn.LayerNorm(channels)
        mlp_out = nn.Linear(2 * channels, channels)
        self.mlp = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), mlp_out)
        for last in (self.attention_out, mlp_out):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, features: Tensor) -> Tensor:
        features = features + self.position(features)
        batch, channels, height, width = features.shape
        tokens = features.flatten(2).transpose(1, 2)
        query, key, value = self.query_key_value(self.attention_norm(tokens)).chunk(3, dim=-1)

        def split(x: Tensor) -> Tensor:
            return x.unflatten(-1, (self._heads, -1)).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(split(query), split(key), split(value))
        tokens = tokens + self.attention_out(mixed.transpose(1, 2).flatten(2))
        tokens = tokens + self.mlp(self.mlp_norm(tokens))
        return tokens.transpose(1, 2).reshape(batch, channels, height, width)


class Fusion(nn.Module):
    """Enlarge coarse features to a finer scale, add that scale's own, and mix both with separable convolutions."""

    def __init__(self, coarse: int, fine: int, out: int, *, folded: bool) -> None:
        super().__init__()
        self.from_coarse = ConvNorm(coarse, out, folded=folded)
        self.from_fine = ConvNorm(fine, out, folded=folded)
        self.mix = nn.Sequential(
            nn.ReLU(),
            ConvNorm(out, out, 5, groups=out, folded=folded),
            ConvNorm(out, 2 * out, activation=nn.ReLU(), folded=folded),
            ConvNorm(2 * out, 2 * out, 3, groups=2 * out, activation=nn.ReLU(), folded=folded),
            ConvNorm(2 * out, out, folded=folded),
        )

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        size = fine.shape[-2:]
        enlarged = functional.interpolate(self.from_coarse(coarse), size=size, mode="bilinear", align_corners=False)
        mixed = enlarged + self.from_fine(fine)
        return mixed + self.mix(mixed)


class RelativeDepthNetwork(nn.Module):
    """Relative disparity, larger is nearer, of any offset and scale.

    Args:
        folded: whether the batch norms are folded into the convolutions (inference only).
        folded_encoder: whether those of the encoder are, as in training from ImageNet weights; `folded` when None.
    """

    def __init__(self, *, folded: bool = False, folded_encoder: bool | None = None) -> None:
        super().__init__()
        self.encoder = EfficientNetLite2(folded=folded if folded_encoder is None else folded_encoder)
        # Two more channels: the position in the picture, which convolutions see only near its border.
        self.top = ConvNorm(FEATURE_CHANNELS[-1] + 2, _WIDTHS[0], activation=nn.ReLU(), folded=folded)
        self.dropout = nn.Dropout2d(0.1)
        self.context = nn.Sequential(GlobalContext(_WIDTHS[0]), GlobalContext(_WIDTHS[0]))
        self.fusions = nn.ModuleList(
            Fusion(coarse, fine, out, folded=folded)
            for coarse, fine, out in zip(_WIDTHS[:-1], FEATURE_CHANNELS[-2::-1], _WIDTHS[1:], strict=True)
        )
        self.head = nn.Conv2d(_WIDTHS[-1], 1, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Predict relative disparity.

        Args:
            images: (batch, 3, height, width), (sRGB - 127) / 128; height and width multiples of 32.

        Returns:
            (batch, height / 2, width / 2) float32.
        """
        features = self.encoder(images)
        out = self.context(self.dropout(self.top(torch.cat([features[-1], _positions(features[-1])], dim=1))))
        for fusion, fine in zip(self.fusions, features[-2::-1], strict=True):
            out = fusion(out, fine)
        return self.head(out)[:, 0].float()


def _positions(features: Tensor) -> Tensor:
    """(batch, 2, height, width): x and y of each position in [-1, 1]."""
    batch, _, height, width = features.shape
    across = torch.linspace(-1, 1, width, dtype=features.dtype, device=features.device)
    down = torch.linspace(-1, 1, height, dtype=features.dtype, device=features.device)
    return torch.stack([across.expand(height, width), down[:, None].expand(height, width)]).expand(batch, -1, -1, -1)
