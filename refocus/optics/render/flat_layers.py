"""Surfaces of one distance, alone in their slice: blurred once, at their very own CoC, not between two slices."""

import numpy as np
from numpy.typing import NDArray

_FLAT_MAX = 0.1
"""A surface is flat when it is thinner than this part of a slice."""


def flat_surfaces(place: NDArray[np.float64], pixels: NDArray[np.int64]) -> dict[int, float]:
    """Find flat surfaces that have a slice and its neighbours for themselves.

    Args:
        place: (values,) fractional slice numbers that occur.
        pixels: (values,) how often.

    Returns:
        The slices with one flat surface alone, and the place where that really is.
    """
    order = np.argsort(place)
    place, pixels = place[order], pixels[order]
    number = np.floor(place).astype(int)
    taken, first = np.unique(number, return_index=True)
    last = np.append(first[1:], number.size) - 1
    flat = place[last] - place[first] <= _FLAT_MAX
    flat[1:] &= np.diff(taken) > 1
    flat[:-1] &= np.diff(taken) > 1
    return {
        int(taken[i]): float(np.average(place[first[i] : last[i] + 1], weights=pixels[first[i] : last[i] + 1]))
        for i in np.nonzero(flat)[0]
    }
