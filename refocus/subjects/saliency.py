"""How much each part of a picture stands out, so that something can be found without knowing any noun.

Superpixels (SLIC: Achanta et al., TPAMI 2012) that contrast with the background, which is what is well connected to the
border of the picture; then the best compromise between that, the background and smoothness (Zhu et al., "Saliency
Optimization from Robust Background Detection", CVPR 2014). Nearness, detail and the middle of the picture weigh in.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from refocus.subjects.region import View

_SIGMA_COLOUR = 12.0  # CIELAB units
_SIGMA_AWAY = 0.25  # of the picture's long side
_SIGMA_CONNECTED = 1.0
_SMOOTH_LEAST = 0.1
_DEPTH_AS_COLOUR = 25.0  # the whole range of depth counts like so many CIELAB units


def salience(view: View) -> NDArray[np.float32]:
    """How much each pixel stands out: (height, width) float32 in [0, 1]."""
    labels, count = _superpixels(view)
    edges = _neighbours(labels, count)
    if not len(edges[0]):  # one superpixel: too small a picture to tell anything apart
        return middle_weight(view)
    area = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)

    def mean(values: NDArray) -> NDArray[np.float64]:
        return np.asarray(np.bincount(labels.ravel(), values.ravel(), count) / area)

    looks = np.stack(
        [*(mean(view.lab[..., i]) for i in range(3)), mean(_DEPTH_AS_COLOUR * view.nearness)], axis=-1
    )  # (superpixels, 4)
    height, width = view.size
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    middle = np.stack([mean(x), mean(y)], axis=-1)
    unlike = np.linalg.norm(looks[:, None] - looks[None], axis=-1)
    away = np.linalg.norm(middle[:, None] - middle[None], axis=-1)
    background = _background(unlike, edges, labels)
    contrast = (unlike * np.exp(-((away / _SIGMA_AWAY) ** 2) / 2) * area / area.mean()) @ background
    prior = mean(middle_weight(view) * (0.35 + 0.65 * _stands_off(view)) * (0.35 + 0.65 * _detail(view)))
    wanted = contrast * prior
    wanted = np.clip(wanted / max(np.percentile(wanted, 97), 1e-9), 0, 1)
    found = _settled(wanted, background, unlike, edges)
    low, high = found.min(), found.max()
    return np.asarray(((found - low) / max(high - low, 1e-9))[labels], dtype=np.float32)


def middle_weight(view: View) -> NDArray[np.float32]:
    """A weight, (height, width) float32 in [0.3, 1], highest in the middle, where photographers put what matters."""
    height, width = view.size
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    return np.asarray(0.3 + 0.7 * np.exp(-1.2 * (x**2 + y**2)), dtype=np.float32)


def _superpixels(view: View) -> tuple[NDArray[np.int32], int]:
    cell = max(6, max(view.size) // 22)
    slic = cv2.ximgproc.createSuperpixelSLIC(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2LAB), cv2.ximgproc.SLIC, cell, 12.0)
    slic.iterate(6)
    slic.enforceLabelConnectivity(20)
    return np.asarray(slic.getLabels(), dtype=np.int32), slic.getNumberOfSuperpixels()


def _neighbours(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each pair of superpixels that touch, once, as two arrays of indices."""
    pairs = np.concatenate(
        [
            np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()], axis=-1),
            np.stack([labels[:-1].ravel(), labels[1:].ravel()], axis=-1),
        ]
    ).astype(np.int64)
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    codes = np.unique(pairs[:, 0] * count + pairs[:, 1])
    return codes // count, codes % count


def _background(
    unlike: NDArray[np.float64], edges: tuple[NDArray[np.int64], NDArray[np.int64]], labels: NDArray[np.int32]
) -> NDArray[np.float64]:
    """How surely each superpixel is background, 0 to 1: the share of its like that lies at the border."""
    count = len(unlike)
    border = np.zeros(count, bool)
    border[np.unique(np.concatenate([labels[0], labels[:, 0], labels[:, -1]]))] = True
    first, second = edges
    step = np.maximum(unlike[first, second] - np.percentile(unlike[first, second], 20), 1e-6)  # noise is no step
    paths = dijkstra(coo_matrix((step, (first, second)), shape=(count, count)), directed=False)
    alike = np.exp(-((paths / _SIGMA_COLOUR) ** 2) / 2)
    connected = alike[:, border].sum(1) / np.sqrt(alike.sum(1))
    return np.asarray(1 - np.exp(-((connected / _SIGMA_CONNECTED) ** 2) / 2))


def _settled(
    wanted: NDArray[np.float64],
    background: NDArray[np.float64],
    unlike: NDArray[np.float64],
    edges: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.float64]:
    """The values s that minimise sum(wanted (s - 1)^2) + sum(background s^2) + sum(alike (s_i - s_j)^2)."""
    first, second = edges
    alike = np.exp(-((unlike[first, second] / _SIGMA_COLOUR) ** 2) / 2) + _SMOOTH_LEAST
    system = np.diag(wanted + background + 1e-6)
    np.add.at(system, (first, first), alike)
    np.add.at(system, (second, second), alike)
    np.add.at(system, (first, second), -alike)
    np.add.at(system, (second, first), -alike)
    return np.asarray(np.linalg.solve(system, wanted))


def _stands_off(view: View) -> NDArray[np.float32]:
    """How much nearer each pixel is than most at its height, 0 to 1: the ground does not stand off, things on it do."""
    usual = np.percentile(view.nearness, 30, axis=1, keepdims=True).astype(np.float32)
    usual_smooth = cv2.GaussianBlur(np.repeat(usual, 3, 1), (0, 0), max(1.0, view.size[0] / 40))[:, :1]
    return np.asarray(np.clip((view.nearness - usual_smooth) / 0.3, 0, 1), dtype=np.float32)


def _detail(view: View) -> NDArray[np.float32]:
    """How much happens around each pixel, 0 to 1."""
    side = max(5, max(view.size) // 16) | 1
    light = view.lab[..., 0]
    mean, square = cv2.blur(light, (side, side)), cv2.blur(light * light, (side, side))
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    return np.clip(spread / max(float(np.percentile(spread, 90)), 1.0), 0, 1)
