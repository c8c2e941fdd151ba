"""Numbers of a depth network on validation photos: ordered pairs, rank correlation, spread within people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from refocus.models.efficientnet_lite import STRIDE, normalise
from refocus.training.depth.photos import DensePhoto, OrderedPhoto

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From (height, width, 3) uint8 sRGB to (height, width) float32 relative disparity."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Validation numbers.

    Attributes:
        pairs: share of ordered pairs that are right, in [0, 1], over all pairs.
        pairs_own: the same over the project's own photos.
        pairs_shared: the same over the other photos.
        spearman: mean rank correlation with dense depth.
        worst_spearman: of the worst photo.
    """

    pairs: float
    pairs_own: float
    pairs_shared: float
    spearman: float
    worst_spearman: float


def predictor(network: torch.nn.Module, size_px: int) -> Predict:
    """Run a network on whole photos, resized so that their area is about that of a square of `size_px`."""

    def predict(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = rgb.shape[:2]
        scale = size_px / np.sqrt(height * width)
        size = [max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in (width, height)]
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        pixels = torch.from_numpy(small.astype(np.float32)).permute(2, 0, 1)[None]
        with torch.inference_mode():
            values = network(normalise(pixels))[0].numpy()
        return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    return predict


def ramp(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Near at the bottom, far at the top: what a network must beat."""
    height, width = rgb.shape[:2]
    return np.repeat(np.linspace(0, 1, height, dtype=np.float32)[:, None], width, axis=1)


def validate(predict: Predict, ordered: Sequence[OrderedPhoto], dense: Sequence[DensePhoto]) -> Scores:
    """Score a predictor on validation photos."""
    right, pairs = np.array([pairs_right(predict(photo.rgb), photo) for photo in ordered]).T
    own = np.array([photo.own for photo in ordered])
    correlations = []
    for photo in dense:
        known = photo.disparity > 0
        correlations.append(float(spearmanr(predict(photo.rgb)[known], photo.disparity[known]).statistic))
    return Scores(
        pairs=float(right.sum() / pairs.sum()),
        pairs_own=float(right[own].sum() / pairs[own].sum()),
        pairs_shared=float(right[~own].sum() / pairs[~own].sum()),
        spearman=float(np.mean(correlations)),
        worst_spearman=float(np.min(correlations)),
    )


def pairs_right(values: NDArray[np.float32], photo: OrderedPhoto) -> tuple[int, int]:
    """(right, all) ordered pairs of a photo; disparity is read between pixels."""
    height, width = values.shape
    places = (photo.points * np.array([width, height]) - 0.5).astype(np.float32)
    at = cv2.remap(values, places[:, :1], places[:, 1:], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    nearer = photo.ranks[:, None] < photo.ranks[None]
    return int(((at[:, None] > at[None]) & nearer).sum()), int(nearer.sum())
