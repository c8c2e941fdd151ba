"""A picture in superpixels (SLIC: Achanta et al., TPAMI 2012), and values that spread between similar ones."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.subjects.region import View

_LAB_UNITS_PER_DEPTH_RANGE = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class Superpixels:
    """A picture in superpixels.

    Attributes:
        labels: (height, width) int32, the superpixel of each pixel.
        area: (superpixels,) in pixels.
        edges: each pair of adjacent superpixels once, as two arrays of indices.
        difference: (superpixels, superpixels), in CIELAB units, depth included.
    """

    labels: NDArray[np.int32]
    area: NDArray[np.int64]
    edges: tuple[NDArray[np.int64], NDArray[np.int64]]
    difference: NDArray[np.float64]

    def mean(self, values: NDArray) -> NDArray[np.float64]:
        """The mean in each superpixel of values of each pixel."""
        return np.asarray(np.bincount(self.labels.ravel(), values.ravel(), len(self.area)) / self.area)

    def smoothed(
        self, foreground: NDArray[np.float64], background: NDArray[np.float64], similarity: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The (superpixels,) s that minimises
        sum(foreground (s - 1)^2) + sum(background s^2) + sum(similarity (s_i - s_j)^2).

        Args:
            foreground: (superpixels,), at least 0.
            background: (superpixels,), at least 0.
            similarity: (edges,), at least 0.
        """
        first, second = self.edges
        system = np.diag(foreground + background + 1e-6)
        np.add.at(system, (first, first), similarity)
        np.add.at(system, (second, second), similarity)
        np.add.at(system, (first, second), -similarity)
        np.add.at(system, (second, first), -similarity)
        return np.asarray(np.linalg.solve(system, foreground))


def superpixels(view: View) -> Superpixels:
    """The picture in superpixels, about 22 along its long side."""
    cell = max(6, max(view.size) // 22)
    slic = cv2.ximgproc.createSuperpixelSLIC(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2LAB), cv2.ximgproc.SLIC, cell, 12.0)
    slic.iterate(6)
    slic.enforceLabelConnectivity(20)
    labels, count = np.asarray(slic.getLabels(), dtype=np.int32), slic.getNumberOfSuperpixels()
    area = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    channels = [*(view.lab[..., i] for i in range(3)), _LAB_UNITS_PER_DEPTH_RANGE * view.nearness]
    features = np.stack([np.bincount(labels.ravel(), each.ravel(), count) / area for each in channels], axis=-1)
    difference = np.linalg.norm(features[:, None] - features[None], axis=-1)
    return Superpixels(labels, area, _neighbours(labels, count), difference)


def _neighbours(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each pair of adjacent superpixels once, as two arrays of indices."""
    pairs = np.concatenate(
        [
            np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()], axis=-1),
            np.stack([labels[:-1].ravel(), labels[1:].ravel()], axis=-1),
        ]
    ).astype(np.int64)
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    codes = np.unique(pairs[:, 0] * count + pairs[:, 1])
    return codes // count, codes % count
