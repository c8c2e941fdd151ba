"""A small network that estimates blur from the local spectrum: three layers on each cell's features."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from refocus.restore.spectrum import FEATURES

Floats = NDArray[np.float32]

WEIGHTS = "weights.safetensors"
WIDTH = 96
SHAPES = {
    "first.weight": (WIDTH, FEATURES), "first.bias": (WIDTH,),
    "second.weight": (WIDTH, WIDTH), "second.bias": (WIDTH,),
    "third.weight": (1, WIDTH), "third.bias": (1,),
}  # fmt: skip
"""The tensors of the weights file; weights are (to, from)."""


@dataclass(frozen=True, slots=True, eq=False)
class BlurNetwork:
    """The network. `tensors` are float32, see `SHAPES`."""

    tensors: dict[str, Floats]

    @classmethod
    def load(cls, weights: bytes) -> "BlurNetwork":
        """From the content of a weights file."""
        from safetensors.numpy import load

        tensors = load(weights)
        return cls({name: tensors[name].astype(np.float32) for name in SHAPES})

    def estimate(self, features: Floats) -> Floats:
        """Estimate the blur diameter in px of cells from their features, (..., `FEATURES`) to (...)."""
        layer = self.tensors
        cells = features.reshape(-1, FEATURES)  # one matrix product instead of one per row
        hidden = np.maximum(cells @ layer["first.weight"].T + layer["first.bias"], 0)
        hidden = np.maximum(hidden @ layer["second.weight"].T + layer["second.bias"], 0)
        out = hidden @ layer["third.weight"].T + layer["third.bias"]
        return np.asarray(np.expm1(np.clip(out, 0, 4)).reshape(features.shape[:-1]), np.float32)


@lru_cache(maxsize=1)
def trained_network() -> BlurNetwork:
    """The network with its trained weights, loaded once."""
    return BlurNetwork.load(files("refocus.restore").joinpath(WEIGHTS).read_bytes())
