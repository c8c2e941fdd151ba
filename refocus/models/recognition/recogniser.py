"""The recogniser with its weights: how sure it is that a photo shows a thing, and where the thing is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from refocus.models.recognition.network import RecognitionNetwork

WEIGHTS = "weights.safetensors"
_SIZE_PX = 448  # side of a square of the input's area
_SHARPNESS = 3.0  # of the probabilities: label smoothing taught the network to be less sure than it may be


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What the recogniser sees in a photo.

    Attributes:
        scores: (1000, rows, columns) float32, of each class of ImageNet at each place.
    """

    scores: NDArray[np.float32]

    def probability(self, classes: Sequence[int]) -> float:
        """How sure it is that the photo shows mainly one of these classes, in [0, 1]."""
        return float(self._probabilities()[list(classes)].sum())

    def highest(self, classes: Sequence[int]) -> float:
        """The highest score of these classes at any place: about 20 in noise, 30 where one of them is clearly seen."""
        return float(self.scores[list(classes)].max())

    def where(self, classes: Sequence[int]) -> NDArray[np.float32]:
        """(rows, columns) float32: the evidence for these classes at each place, each weighted by its probability.

        Class activation maps (arXiv 1512.04150) of several classes; 0 where there is as little as in the mean place.
        """
        chosen = list(classes)
        weights = self._probabilities()[chosen] + 1e-12
        evidence = np.tensordot(weights / weights.sum(), self.scores[chosen], axes=1)
        return np.asarray(np.maximum(evidence - evidence.mean(), 0), np.float32)

    def _probabilities(self) -> NDArray[np.float64]:
        scores = _SHARPNESS * self.scores.mean(axis=(1, 2), dtype=np.float64)
        exponentials = np.exp(scores - scores.max())
        return np.asarray(exponentials / exponentials.sum())


def recognise(photo_srgb: NDArray[np.uint8]) -> Recognition:
    """Recognise what a photo shows. Safe in several threads at once.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, upright.
    """
    import torch

    from refocus.models.efficientnet_lite import network_input

    with torch.inference_mode():
        return Recognition(_network()(network_input(photo_srgb, _SIZE_PX))[0].numpy())


@lru_cache(maxsize=1)
def _network() -> "RecognitionNetwork":
    from safetensors.torch import load

    from refocus.models.recognition.network import RecognitionNetwork

    network = RecognitionNetwork()
    stored = load(files("refocus.models.recognition").joinpath(WEIGHTS).read_bytes())
    network.load_state_dict(restored(stored))
    return network.eval().requires_grad_(False)


def restored(stored: "dict[str, Tensor]") -> "dict[str, Tensor]":
    """Weights as float32, from 8-bit ones (int8) with a scale for each output channel, and half-precision ones."""
    tensors = {}
    for name, values in stored.items():
        if name.endswith(".scale"):
            continue
        scale = stored.get(f"{name}.scale")
        tensors[name] = values.float() if scale is None else values.float() * scale.float()
    return tensors
