"""Superpixels of a photo and their adjacency graph."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_REGION_PX = 8  # side of a superpixel on the small photo
_LEAST_REGION_PX = 16


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The superpixels of a photo.

    Attributes:
        labels: (height, width) int32, the superpixel of each pixel, 0 to count - 1.
        size_px: (count,) pixels in each.
        colour: (count, 3) mean CIE L*a*b*.
        pairs: (pairs, 2) adjacent superpixels.
        step: (pairs,) colour difference between the two, CIE 1976 delta E.
    """

    labels: NDArray[np.int32]
    size_px: Floats
    colour: Floats
    pairs: NDArray[np.int64]
    step: Floats

    @property
    def count(self) -> int:
        """Number of superpixels."""
        return len(self.size_px)

    def mean(self, values: NDArray[Any]) -> Floats:
        """Mean over each superpixel of a (height, width) array."""
        return np.bincount(self.labels.ravel(), values.ravel(), minlength=self.count) / self.size_px


def cut_regions(photo_srgb: NDArray[np.uint8]) -> Regions:
    """Segment a small photo into superpixels that follow its edges (SLIC with adaptive compactness).

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, a few hundred pixels long.
    """
    import cv2

    slic = cv2.ximgproc.createSuperpixelSLIC(
        cv2.cvtColor(photo_srgb, cv2.COLOR_RGB2LAB), cv2.ximgproc.SLICO, _REGION_PX, 10.0
    )
    slic.iterate(6)
    slic.enforceLabelConnectivity(_LEAST_REGION_PX)
    labels = np.asarray(slic.getLabels(), dtype=np.int32)
    labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)  # no empty label
    size_px = np.bincount(labels.ravel()).astype(np.float64)
    lab = cv2.cvtColor(photo_srgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    channels = [np.bincount(labels.ravel(), lab[..., i].ravel()) / size_px for i in range(3)]
    colour = np.stack(channels, axis=1)
    pairs = _touching(labels, len(size_px))
    step = np.linalg.norm(colour[pairs[:, 0]] - colour[pairs[:, 1]], axis=1)
    return Regions(labels, size_px, colour, pairs, step)


def _touching(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    beside = np.stack([labels[:, :-1].ravel(), labels[:, 1:].ravel()])
    below = np.stack([labels[:-1].ravel(), labels[1:].ravel()])
    both = np.concatenate([beside, below], axis=1).astype(np.int64)
    low, high = both.min(axis=0), both.max(axis=0)
    keys = np.unique((low * count + high)[low != high])
    return np.stack([keys // count, keys % count], axis=1)


def path_cost(regions: Regions, start: NDArray[np.int64], pair_cost: Floats) -> Floats:
    """Cost of the cheapest path from any of the start superpixels to each superpixel.

    Args:
        regions: the graph.
        start: superpixels where the cost is 0; at least one.
        pair_cost: (pairs,) > 0, cost of crossing from one superpixel to its neighbour.
    """
    from scipy.sparse.csgraph import dijkstra

    graph = _symmetric(regions, pair_cost)
    return np.asarray(dijkstra(graph, directed=False, indices=start, min_only=True), dtype=np.float64)


def spread(regions: Regions, values: Floats, trust: Floats, likeness: Floats) -> Floats:
    """Smooth values over the graph, close to the given values where these are reliable.

    Minimises  sum trust (x - values)^2 + sum likeness (x_i - x_j)^2  (one sparse solve).

    Args:
        regions: the graph.
        values: (count,) what is known.
        trust: (count,) >= 0, at least one > 0 in each connected part.
        likeness: (pairs,) > 0.
    """
    from scipy.sparse import diags
    from scipy.sparse.linalg import spsolve

    graph = _symmetric(regions, likeness)
    degree = np.asarray(graph.sum(axis=1)).ravel()
    return np.asarray(spsolve((diags(degree + trust) - graph).tocsc(), trust * values), dtype=np.float64)


def _symmetric(regions: Regions, weights: Floats):  # type: ignore[no-untyped-def]
    from scipy.sparse import csr_matrix

    first, second = regions.pairs.T
    rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
    shape = (regions.count, regions.count)
    return csr_matrix((np.concatenate([weights, weights]), (rows, columns)), shape=shape)
