"""Learns the network's weights from crops."""

import logging
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from refocus.restore.deblur import gate
from refocus.restore.network import OUTPUTS, WIDTH
from refocus.restore.spectrum import BANDS, FEATURES
from refocus.training.restore.crops import Crops
from refocus.training.restore.places import Places, places_of

logger = logging.getLogger(__name__)

_BATCH = 8192
_RATE, _LAST_RATE, _WARM_SHARE = 3e-3, 1e-5, 0.05
_FIRST_BLUR_PX = 3.0  # what it says before it knows; with less, the gate would be shut and nothing learned
_TOLERANCE = 0.06  # errors well below it count as squares, well above it as absolute values
_BLUR_WEIGHT = 0.004
_CLIP_NORM = 1.0


class _Layers(nn.Module):
    """The same three layers as `BlurNetwork`, to learn; it starts by adding nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(FEATURES, WIDTH)
        self.second = nn.Linear(WIDTH, WIDTH)
        self.third = nn.Linear(WIDTH, OUTPUTS)
        nn.init.zeros_(self.third.weight)
        nn.init.zeros_(self.third.bias)
        nn.init.constant_(self.third.bias[-1:], math.log1p(_FIRST_BLUR_PX))

    def forward(self, features: Tensor) -> Tensor:
        return self.third(torch.relu(self.second(torch.relu(self.first(features)))))


def learn(crops: Crops, held_back: Crops, weights: Path, *, epochs: int, seed: int) -> None:
    """Learn from random places of the crops and write the weights.

    Args:
        crops: what to learn from.
        held_back: crops of other photographs to measure on; nothing is chosen by them here.
        weights: .safetensors file to write.
        epochs: times through all places; the learning rate falls to its end over them.
        seed: of weights, places and order.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    places, measured = places_of(crops, random), places_of(held_back, random)
    layers = _Layers()
    optimizer = torch.optim.AdamW(layers.parameters(), lr=_RATE, weight_decay=1e-3)
    steps = epochs * math.ceil(len(places) / _BATCH)
    step = 0
    for epoch in range(epochs):
        for batch in places.shuffled(_BATCH, random):
            for group in optimizer.param_groups:
                group["lr"] = _rate(step, steps)
            loss = _loss(layers, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(layers.parameters(), _CLIP_NORM)
            optimizer.step()
            step += 1
        logger.info("epoch %d: held back %s", epoch + 1, measure(layers, measured))
    save_file({name: value.half().contiguous() for name, value in layers.state_dict().items()}, weights)


@torch.inference_mode()
def measure(layers: nn.Module, places: Places) -> str:
    """Error before and after, over all places, in dB; and the blur's, in words."""
    added, log_blur = _apply(layers, places)
    before, after = (-10 * math.log10(float((error**2).mean())) for error in (places.missing, places.missing - added))
    blur_error = (torch.expm1(log_blur) - places.blur_px).abs().mean()
    return f"{before:.3f} dB to {after:.3f} dB, blur off by {float(blur_error):.2f} px"


def _loss(layers: nn.Module, places: Places) -> Tensor:
    added, log_blur = _apply(layers, places)
    error = places.missing - added
    restoring = torch.sqrt(error**2 + _TOLERANCE**2).mean() - _TOLERANCE
    judging = (log_blur - torch.log1p(places.blur_px)).abs().mean()
    return restoring + _BLUR_WEIGHT * judging


def _apply(layers: nn.Module, places: Places) -> tuple[Tensor, Tensor]:
    """What is added, (places, 3), and the logarithm of one plus the blur, (places,)."""
    out = layers(places.features)
    log_blur = out[:, -1].clamp(0, 4)
    lightness = (out[:, :BANDS] * places.lightness).sum(1, keepdim=True)
    colour = (out[:, BANDS : 2 * BANDS, None] * places.colour).sum(1)
    return (lightness + colour) * gate(torch.expm1(log_blur.detach()))[:, None], log_blur


def _rate(step: int, steps: int) -> float:
    """Warm up, then fall along a cosine."""
    falling = _LAST_RATE + (_RATE - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps))
    return falling * min(1.0, (step + 1) / max(1.0, _WARM_SHARE * steps))
