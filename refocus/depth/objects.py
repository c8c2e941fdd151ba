"""Hierarchical merging of superpixels into segments, so that cues can be averaged over objects."""

import heapq

import numpy as np
from numpy.typing import NDArray

from refocus.depth.superpixels import Floats, Regions

_SEGMENTS = (6, 10, 16, 25, 40, 60)  # numbers of segments of a photo, from coarse to fine


def object_mean(regions: Regions, values: Floats, merges: NDArray[np.int64]) -> Floats:
    """Mean of the values over the segment of each superpixel, averaged over coarse and fine segmentations.

    Args:
        regions: the superpixels.
        values: (count,) a value for each.
        merges: from `merge_order`.
    """
    segmentations = [_segments(regions.count, merges, wanted) for wanted in _SEGMENTS]
    means = [
        (np.bincount(segment, values * regions.size_px) / np.maximum(np.bincount(segment, regions.size_px), 1))[segment]
        for segment in segmentations
    ]
    return np.asarray(np.mean(means, axis=0))


def object_size(regions: Regions, merges: NDArray[np.int64]) -> Floats:
    """Size of the segment of each superpixel in [0, 1], averaged over coarse and fine segmentations.

    Logarithmic: 0 for an eighth of the mean size and less, 1 for half the photo and more.

    Args:
        regions: the superpixels.
        merges: from `merge_order`.
    """
    sizes = []
    for wanted in _SEGMENTS:
        segment = _segments(regions.count, merges, wanted)
        share = np.bincount(segment, regions.size_px) / regions.size_px.sum()
        scale = np.log(8 * wanted * share) / np.log(4 * wanted)  # 0 at an eighth of the mean, 1 at half the photo
        sizes.append(np.clip(scale, 0, 1)[segment])
    return np.asarray(np.mean(sizes, axis=0))


def merge_order(regions: Regions) -> NDArray[np.int64]:
    """Repeatedly merge the two adjacent segments that differ least, until one is left.

    The difference is that of their mean colours times the square root of the smaller size, so that small segments are
    merged first (Ward's method on the adjacency graph).

    Returns:
        (merges, 2) int64: row i merges two segments into segment `count + i`.
    """
    colour, size = list(regions.colour), list(regions.size_px)
    near: list[set[int] | None] = [set() for _ in range(regions.count)]
    for a, b in regions.pairs.tolist():
        near[a].add(b)
        near[b].add(a)

    def cost(a: int, b: int) -> float:
        difference = colour[a] - colour[b]
        return float(np.sqrt(difference @ difference * min(size[a], size[b])))

    queue = [(cost(a, b), a, b) for a, b in regions.pairs.tolist()]
    heapq.heapify(queue)
    merges = []
    while queue:
        _, a, b = heapq.heappop(queue)
        near_a, near_b = near[a], near[b]
        if near_a is None or near_b is None:  # already merged
            continue
        new = len(near)
        merges.append((a, b))
        around = (near_a | near_b) - {a, b}
        near[a] = near[b] = None
        near.append(around)
        size.append(size[a] + size[b])
        colour.append((colour[a] * size[a] + colour[b] * size[b]) / size[new])
        for other in around:
            neighbours = near[other]
            if neighbours is not None:
                neighbours -= {a, b}
                neighbours.add(new)
            heapq.heappush(queue, (cost(new, other), new, other))
    return np.array(merges, dtype=np.int64).reshape(-1, 2)


def _segments(count: int, merges: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """(count,) the segment of each superpixel when merging stops at the wanted number."""
    kept = merges[: max(0, len(merges) + 1 - wanted)]
    parent = np.arange(count + len(kept))
    for new, (a, b) in enumerate(kept.tolist(), start=count):
        parent[a] = parent[b] = new
    for node in range(len(parent) - 1, -1, -1):  # a parent has a larger number, so it is resolved first
        parent[node] = parent[parent[node]]
    return np.unique(parent[:count], return_inverse=True)[1]
