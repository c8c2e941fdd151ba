"""Trains the blur estimator, whose map the restoration network is given."""

import logging
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from refocus.restore.network import WIDTH
from refocus.restore.spectrum import FEATURES
from refocus.training.restore.cell_samples import CellSamples, sample_cells
from refocus.training.restore.crops import Crops

logger = logging.getLogger(__name__)

_BATCH = 8192
_RATE, _LAST_RATE, _WARM_SHARE = 3e-3, 1e-5, 0.05
_INITIAL_BLUR_PX = 3.0
_CLIP_NORM = 1.0


class _Layers(nn.Module):
    """The three layers of `BlurNetwork`."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(FEATURES, WIDTH)
        self.second = nn.Linear(WIDTH, WIDTH)
        self.third = nn.Linear(WIDTH, 1)
        nn.init.constant_(self.third.bias, math.log1p(_INITIAL_BLUR_PX))

    def forward(self, features: Tensor) -> Tensor:
        """The logarithm of 1 + diameter, (samples,)."""
        hidden = torch.relu(self.second(torch.relu(self.first(features))))
        return torch.as_tensor(self.third(hidden))[:, 0]


def train_estimator(crops: Crops, weights: Path, *, epochs: int, seed: int) -> None:
    """Train on random cells of the crops and write the weights in half precision.

    Args:
        crops: training crops.
        weights: .safetensors file to write.
        epochs: passes over all samples; the learning rate decays over all of them.
        seed: of initial weights, samples and order.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    samples = sample_cells(crops, random)
    layers = _Layers()
    optimizer = torch.optim.AdamW(layers.parameters(), lr=_RATE, weight_decay=1e-3)
    steps = epochs * math.ceil(len(samples) / _BATCH)
    step = 0
    for epoch in range(epochs):
        losses = []
        for batch in samples.shuffled(_BATCH, random):
            for group in optimizer.param_groups:
                group["lr"] = _rate(step, steps)
            loss = _loss(layers, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(layers.parameters(), _CLIP_NORM)
            optimizer.step()
            losses.append(loss.item())
            step += 1
        logger.info("estimator, epoch %d: log-diameter off by %.3f", epoch + 1, float(np.mean(losses)))
    save_file({name: value.half().contiguous() for name, value in layers.state_dict().items()}, weights)


def _loss(layers: nn.Module, samples: CellSamples) -> Tensor:
    return (layers(samples.features) - torch.log1p(samples.blur_px)).abs().mean()


def _rate(step: int, steps: int) -> float:
    """Learning rate with linear warm-up and cosine decay."""
    decayed = _LAST_RATE + (_RATE - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps))
    return decayed * min(1.0, (step + 1) / max(1.0, _WARM_SHARE * steps))
