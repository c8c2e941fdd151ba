"""The built-in depth network with its trained weights: relative disparity and how much to trust it."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from refocus.models.monocular_depth.relative_depth import RelativeDepthNetwork

WEIGHTS = "built_in.safetensors"
_SIZES_PX = (352, 224)  # side of a square of the input's area; the map has the first


@dataclass(frozen=True, slots=True, eq=False)
class RelativeDepth:
    """Prediction of the built-in network.

    Attributes:
        values: (rows, columns) float32, relative disparity in [0, 1] at the network's size, larger is nearer.
        disagreement: mean absolute difference between the predictions at the larger size and of the smaller mirror
            image, as a share of the range; small where the network is sure.
    """

    values: NDArray[np.float32]
    disagreement: float


def predict_relative_depth(photo_srgb: NDArray[np.uint8], first: NDArray[np.float32] | None = None) -> RelativeDepth:
    """Predict relative disparity with the built-in network, four times. Safe in several threads at once.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, upright.
        first: the first of the four predictions, of `predict_first`; by default it is made too.
    """
    first = predict_first(photo_srgb) if first is None else first
    mirrored = np.ascontiguousarray(photo_srgb[:, ::-1])
    large, small = _SIZES_PX
    others = _run(mirrored, large)[:, ::-1], _run(photo_srgb, small), _run(mirrored, small)[:, ::-1]
    fitted = [_fitted(values, first) for values in others]
    values, spread = in_range(np.mean([first, *fitted], axis=0))
    return RelativeDepth(values, float(np.abs(fitted[-1] - first).mean()) / spread)


def predict_first(photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """One prediction: (rows, columns) float32, larger is nearer, without a range. Argument as above."""
    return _run(photo_srgb, _SIZES_PX[0])


def in_range(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """The values in [0, 1], all but a few of them not clipped; and the range they had."""
    low, high = np.percentile(values, (0.2, 99.8))
    spread = max(float(high - low), 1e-6)
    return np.clip((values - low) / spread, 0, 1).astype(np.float32), spread


def _run(photo_srgb: NDArray[np.uint8], size_px: int) -> NDArray[np.float32]:
    """The network's prediction for a photo resized to about the area of a square of `size_px`."""
    import torch

    from refocus.models.efficientnet_lite import network_input

    with torch.inference_mode():
        return np.asarray(_network()(network_input(photo_srgb, size_px))[0].numpy(), np.float32)


def _fitted(values: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float32]:
    """A prediction at the size of another, with the scale and offset that bring it closest (least squares)."""
    import cv2

    rows, columns = target.shape
    resized = cv2.resize(np.ascontiguousarray(values), (columns, rows), interpolation=cv2.INTER_LINEAR)
    centred = np.asarray(resized, np.float32) - resized.mean()
    scale = float((centred * (target - target.mean())).mean()) / max(float((centred**2).mean()), 1e-9)
    return np.asarray(max(scale, 0.0) * centred + target.mean(), np.float32)


@lru_cache(maxsize=1)
def _network() -> "RelativeDepthNetwork":
    from safetensors.torch import load

    from refocus.models.monocular_depth.relative_depth import RelativeDepthNetwork

    network = RelativeDepthNetwork(folded=True)
    tensors = load(files("refocus.models.monocular_depth").joinpath(WEIGHTS).read_bytes())
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return network.eval().requires_grad_(False)
