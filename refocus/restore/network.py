"""A small network that estimates, from the local spectrum, the blur and the gain that restores each frequency band.

Three layers on each cell's features: a Wiener filter that adapts to every cell. Its gains apply to the photo's own
detail, so it cannot invent any.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocus.restore.spectrum import BANDS, FEATURES

Floats = NDArray[np.float32]

WEIGHTS = "weights.safetensors"
WIDTH = 96
OUTPUTS = 2 * BANDS + 1
SHAPES = {
    "first.weight": (WIDTH, FEATURES), "first.bias": (WIDTH,),
    "second.weight": (WIDTH, WIDTH), "second.bias": (WIDTH,),
    "third.weight": (OUTPUTS, WIDTH), "third.bias": (OUTPUTS,),
}  # fmt: skip
"""The tensors of the weights file; weights are (to, from)."""


class BlurEstimate(NamedTuple):
    """Outputs of the network for each cell.

    Attributes:
        lightness_gains, colour_gains: (..., bands), factor of each band to add; -1 removes the band.
        blur_px: (...), blur diameter.
    """

    lightness_gains: Floats
    colour_gains: Floats
    blur_px: Floats


@dataclass(frozen=True, slots=True, eq=False)
class BlurNetwork:
    """The network. `tensors` are float32, see `SHAPES`."""

    tensors: dict[str, Floats]

    def estimate(self, features: Floats) -> BlurEstimate:
        """Estimate blur and gains of cells from their features, (..., `FEATURES`)."""
        layer = self.tensors
        cells = features.reshape(-1, FEATURES)  # one matrix product instead of one per row
        hidden = np.maximum(cells @ layer["first.weight"].T + layer["first.bias"], 0)
        hidden = np.maximum(hidden @ layer["second.weight"].T + layer["second.bias"], 0)
        out = (hidden @ layer["third.weight"].T + layer["third.bias"]).reshape(*features.shape[:-1], OUTPUTS)
        blur_px = np.expm1(np.clip(out[..., -1], 0, 4))
        return BlurEstimate(out[..., :BANDS], out[..., BANDS : 2 * BANDS], blur_px)


@lru_cache(maxsize=1)
def trained_network() -> BlurNetwork:
    """The network with the published weights, loaded once."""
    from safetensors.numpy import load

    tensors = load(files("refocus.restore").joinpath(WEIGHTS).read_bytes())
    return BlurNetwork({name: tensors[name].astype(np.float32) for name in SHAPES})
