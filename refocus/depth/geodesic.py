"""Geodesic distances on an image with a cost for each pixel."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAX_ROUNDS = 40


def geodesic_distance(seed: NDArray[np.bool_], cost: Floats, *, reach: float) -> Floats:
    """Distance of each pixel from the seed, over neighbours above, below, left and right.

    A step between two neighbours costs the mean of their costs. Rows and columns are swept in turn until nothing
    within reach gets nearer; one sweep relaxes a whole row at once (running minimum of distance minus cost).

    Args:
        seed: (height, width), where the distance is 0.
        cost: (height, width) float32 above 0.
        reach: distances beyond it may be too large.

    Returns:
        (height, width) float32; infinite where there is no path.
    """
    distance = np.where(seed, np.float32(0), np.float32(np.inf))
    across = np.concatenate([np.zeros_like(cost[:, :1]), np.cumsum((cost[:, 1:] + cost[:, :-1]) / 2, axis=1)], axis=1)
    down = np.concatenate([np.zeros_like(cost[:1]), np.cumsum((cost[1:] + cost[:-1]) / 2, axis=0)], axis=0)
    for _ in range(_MAX_ROUNDS):
        before = distance
        distance = _sweep(_sweep(distance, across, 1), down, 0)
        if not ((distance < reach) & (distance < before - 0.01 * reach)).any():
            break
    return distance


def _sweep(distance: Floats, path_cost: Floats, axis: int) -> Floats:
    """Both directions along one axis; `path_cost` is the cost from its beginning."""
    forth = path_cost + np.minimum.accumulate(distance - path_cost, axis=axis)
    back = np.flip(np.minimum.accumulate(np.flip(distance + path_cost, axis), axis=axis), axis) - path_cost
    return np.minimum(np.minimum(forth, back), distance)
