"""Trains the restoring network on crops."""

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
from refocus.training.restore.pixel_samples import PixelSamples, sample_pixels

logger = logging.getLogger(__name__)

_BATCH = 8192
_RATE, _LAST_RATE, _WARM_SHARE = 3e-3, 1e-5, 0.05
_INITIAL_BLUR_PX = 3.0  # initial estimate; below it the gate would be closed, with no gradient
_TOLERANCE = 0.06  # the loss is quadratic for smaller errors and linear for larger ones
_BLUR_WEIGHT = 0.004
_CLIP_NORM = 1.0


class _Layers(nn.Module):
    """The three layers of `BlurNetwork`; the initial gains are 0."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(FEATURES, WIDTH)
        self.second = nn.Linear(WIDTH, WIDTH)
        self.third = nn.Linear(WIDTH, OUTPUTS)
        nn.init.zeros_(self.third.weight)
        nn.init.zeros_(self.third.bias)
        nn.init.constant_(self.third.bias[-1:], math.log1p(_INITIAL_BLUR_PX))

    def forward(self, features: Tensor) -> Tensor:
        return self.third(torch.relu(self.second(torch.relu(self.first(features)))))


def train(crops: Crops, held_back: Crops, weights: Path, *, epochs: int, seed: int) -> None:
    """Train on random samples of the crops and write the weights.

    Args:
        crops: training crops.
        held_back: crops of other photographs, for validation only.
        weights: .safetensors file to write.
        epochs: passes over all samples; the learning rate decays over all of them.
        seed: of initial weights, samples and order.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    samples, measured = sample_pixels(crops, random), sample_pixels(held_back, random)
    layers = _Layers()
    optimizer = torch.optim.AdamW(layers.parameters(), lr=_RATE, weight_decay=1e-3)
    steps = epochs * math.ceil(len(samples) / _BATCH)
    step = 0
    for epoch in range(epochs):
        for batch in samples.shuffled(_BATCH, random):
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
def measure(layers: nn.Module, samples: PixelSamples) -> str:
    """A message with the error in dB without and with the network, and the error of the blur in pixels."""
    added, log_blur = _apply(layers, samples)
    before, after = (-10 * math.log10(float((error**2).mean())) for error in (samples.missing, samples.missing - added))
    blur_error = (torch.expm1(log_blur) - samples.blur_px).abs().mean()
    return f"{before:.3f} dB to {after:.3f} dB, blur off by {float(blur_error):.2f} px"


def _loss(layers: nn.Module, samples: PixelSamples) -> Tensor:
    added, log_blur = _apply(layers, samples)
    error = samples.missing - added
    detail_loss = torch.sqrt(error**2 + _TOLERANCE**2).mean() - _TOLERANCE
    blur_loss = (log_blur - torch.log1p(samples.blur_px)).abs().mean()
    return detail_loss + _BLUR_WEIGHT * blur_loss


def _apply(layers: nn.Module, samples: PixelSamples) -> tuple[Tensor, Tensor]:
    """The added detail, (samples, 3), and log(1 + blur), (samples,)."""
    out = layers(samples.features)
    log_blur = out[:, -1].clamp(0, 4)
    lightness = (out[:, :BANDS] * samples.lightness).sum(1, keepdim=True)
    colour = (out[:, BANDS : 2 * BANDS, None] * samples.colour).sum(1)
    return (lightness + colour) * gate(torch.expm1(log_blur.detach()))[:, None], log_blur


def _rate(step: int, steps: int) -> float:
    """Learning rate with linear warm-up and cosine decay."""
    decayed = _LAST_RATE + (_RATE - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps))
    return decayed * min(1.0, (step + 1) / max(1.0, _WARM_SHARE * steps))
