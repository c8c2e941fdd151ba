"""Saliency: how much each part of a picture stands out, which finds a subject without knowing any noun.

Superpixels get a foreground weight from their contrast to the background, and a
background weight from their connection to the border of the picture. The saliency minimises a cost of both weights and
smoothness (Zhu et al., "Saliency Optimization from Robust Background Detection", CVPR 2014). Nearness, detail and a
centre prior are added to the foreground weight.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.subjects.region import View
from refocus.subjects.superpixels import Superpixels, superpixels

_SIGMA_COLOUR = 12.0  # CIELAB units
_SIGMA_DISTANCE = 0.25  # of the picture's long side
_SIGMA_BORDER = 1.0
_MIN_SMOOTHNESS = 0.1


def saliency_map(view: View) -> NDArray[np.float32]:
    """The saliency of each pixel: (height, width) float32 in [0, 1]."""
    parts = superpixels(view)
    if not len(parts.edges[0]):  # a single superpixel: the picture is too small
        return centre_weight(view)
    height, width = view.size
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    centre = np.stack([parts.mean(x), parts.mean(y)], axis=-1)
    distance = np.linalg.norm(centre[:, None] - centre[None], axis=-1)
    nearby = np.exp(-((distance / _SIGMA_DISTANCE) ** 2) / 2) * parts.area / parts.area.mean()
    background = _background(parts)
    contrast = (parts.difference * nearby) @ background
    prior = parts.mean(centre_weight(view) * (0.35 + 0.65 * _nearness_above_row(view)) * (0.35 + 0.65 * _detail(view)))
    foreground = contrast * prior
    foreground = np.clip(foreground / max(np.percentile(foreground, 97), 1e-9), 0, 1)
    return _optimised(parts, foreground, background)


def extent_of(view: View, evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely each pixel belongs to a thing of which only the most typical part is known.

    Args:
        view: the picture.
        evidence: (height, width) float32 in [0, 1].

    Returns:
        (height, width) float32 in [0, 1]; the evidence, spread over parts of one colour and depth.
    """
    parts = superpixels(view)
    if not len(parts.edges[0]):
        return evidence
    foreground = parts.mean(np.sqrt(evidence))
    foreground = foreground / max(float(foreground.max()), 1e-9)
    return _optimised(parts, foreground, _background(parts) * (1 - foreground))


def centre_weight(view: View) -> NDArray[np.float32]:
    """A weight, (height, width) float32 in [0.3, 1], that is highest in the middle of the picture."""
    height, width = view.size
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    return np.asarray(0.3 + 0.7 * np.exp(-1.2 * (x**2 + y**2)), dtype=np.float32)


def _background(parts: Superpixels) -> NDArray[np.float64]:
    """The background weight of each superpixel, 0 to 1: how much of the area similar to it lies at the border."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    labels, difference, count = parts.labels, parts.difference, len(parts.area)
    border = np.zeros(count, bool)
    border[np.unique(np.concatenate([labels[0], labels[:, 0], labels[:, -1]]))] = True
    first, second = parts.edges
    step = np.maximum(
        difference[first, second] - np.percentile(difference[first, second], 20), 1e-6
    )  # steps of noise cost nothing
    paths = dijkstra(coo_matrix((step, (first, second)), shape=(count, count)), directed=False)
    similarity = np.exp(-((paths / _SIGMA_COLOUR) ** 2) / 2)
    connected = similarity[:, border].sum(1) / np.sqrt(similarity.sum(1))
    return np.asarray(1 - np.exp(-((connected / _SIGMA_BORDER) ** 2) / 2))


def _optimised(
    parts: Superpixels, foreground: NDArray[np.float64], background: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Each pixel's value of `Superpixels.smoothed`, stretched to [0, 1]."""
    first, second = parts.edges
    similarity = np.exp(-((parts.difference[first, second] / _SIGMA_COLOUR) ** 2) / 2) + _MIN_SMOOTHNESS
    saliency = parts.smoothed(foreground, background, similarity)
    low, high = saliency.min(), saliency.max()
    return np.asarray(((saliency - low) / max(high - low, 1e-9))[parts.labels], dtype=np.float32)


def _nearness_above_row(view: View) -> NDArray[np.float32]:
    """How much nearer each pixel is than the 30th percentile of its row, 0 to 1: high on objects, low on the ground."""
    usual = np.percentile(view.nearness, 30, axis=1, keepdims=True).astype(np.float32)
    usual_smooth = cv2.GaussianBlur(np.repeat(usual, 3, 1), (0, 0), max(1.0, view.size[0] / 40))[:, :1]
    return np.asarray(np.clip((view.nearness - usual_smooth) / 0.3, 0, 1), dtype=np.float32)


def _detail(view: View) -> NDArray[np.float32]:
    """Local contrast around each pixel, 0 to 1."""
    side = max(5, max(view.size) // 16) | 1
    light = view.lab[..., 0]
    mean, square = cv2.blur(light, (side, side)), cv2.blur(light * light, (side, side))
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    return np.clip(spread / max(float(np.percentile(spread, 90)), 1.0), 0, 1)
