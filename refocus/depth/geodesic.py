"""Distances along a picture that grow where an outline is crossed."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MOST_ROUNDS = 40


def geodesic_distance(seed: NDArray[np.bool_], toll: Floats, *, reach: float) -> Floats:
    """How far each pixel is from the seed, walking over neighbours above, below and beside.

    A step between two neighbours costs the mean of their tolls. Rows and columns are swept in turn until nothing
    within reach gets nearer; one sweep relaxes a whole row at once (running minimum of distance minus toll walked).

    Args:
        seed: (height, width), where the distance is 0.
        toll: (height, width) float32 above 0.
        reach: distances beyond are of no interest; they may come out too large.

    Returns:
        (height, width) float32; infinite where nothing leads.
    """
    distance = np.where(seed, np.float32(0), np.float32(np.inf))
    across = np.concatenate([np.zeros_like(toll[:, :1]), np.cumsum((toll[:, 1:] + toll[:, :-1]) / 2, axis=1)], axis=1)
    down = np.concatenate([np.zeros_like(toll[:1]), np.cumsum((toll[1:] + toll[:-1]) / 2, axis=0)], axis=0)
    for _ in range(_MOST_ROUNDS):
        before = distance
        distance = _swept(_swept(distance, across, 1), down, 0)
        if not ((distance < reach) & (distance < before - 0.01 * reach)).any():
            break
    return distance


def _swept(distance: Floats, walked: Floats, axis: int) -> Floats:
    """Both directions along one axis; `walked` is the toll from its beginning."""
    forth = walked + np.minimum.accumulate(distance - walked, axis=axis)
    back = np.flip(np.minimum.accumulate(np.flip(distance + walked, axis), axis=axis), axis) - walked
    return np.minimum(np.minimum(forth, back), distance)
