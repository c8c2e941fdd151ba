"""Semi-global matching (Hirschmueller 2008): smooth labels from a cost volume, with jumps at edges of the picture.

Costs are aggregated along straight paths from four sides. A step of one label costs little, a jump more, and a jump
across an edge of the picture little.
"""

import numpy as np
from numpy.typing import NDArray

_STEP_COST = 0.01
_JUMP_COST = 0.06
_EDGE_STEP = 0.06  # of display brightness, over which jumps become cheap


def aggregate(cost: NDArray[np.float32], guide: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean path cost from left, right, top and bottom.

    Args:
        cost: (labels, height, width).
        guide: (height, width) display brightness in [0, 1], whose edges bound surfaces.
    """
    across = _from_both_sides(cost, guide)
    down = _from_both_sides(cost.transpose(0, 2, 1), guide.T).transpose(0, 2, 1)
    return np.asarray((across + down) / 4, np.float32)


def fractional_labels(cost: NDArray[np.float32]) -> NDArray[np.float32]:
    """Label of least cost, refined by a parabola through its neighbours; (height, width) in [0, labels - 1]."""
    labels = len(cost)
    best = cost.argmin(axis=0)
    inner = np.clip(best, 1, max(1, labels - 2))
    if labels < 3:
        return best.astype(np.float32)
    before, at, after = (np.take_along_axis(cost, (inner + step)[None], 0)[0] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    curved = bend > 1e-9
    offset = np.where(curved, (before - after) / (2 * np.where(curved, bend, 1)), 0)
    refined = np.clip(inner + offset, best - 0.5, best + 0.5)
    return np.clip(np.where(curved, refined, best), 0, labels - 1).astype(np.float32)


def _from_both_sides(cost: NDArray[np.float32], guide: NDArray[np.float32]) -> NDArray[np.float32]:
    change = np.abs(np.diff(guide, axis=1))
    jump = np.float32(_STEP_COST) + np.float32(_JUMP_COST) * np.exp(-change / _EDGE_STEP)
    forward = _along(np.ascontiguousarray(cost.transpose(2, 0, 1)), jump.T)
    backward = _along(np.ascontiguousarray(cost.transpose(2, 0, 1)[::-1]), jump.T[::-1])[::-1]
    return (forward + backward).transpose(1, 2, 0)


def _along(cost: NDArray[np.float32], jump: NDArray[np.float32]) -> NDArray[np.float32]:
    """Path costs along the first axis; cost (steps, labels, lines), jump (steps - 1, lines)."""
    path = cost.copy()
    for step in range(1, len(cost)):
        before = path[step - 1]
        least = before.min(axis=0)
        cheapest = np.minimum(before, least + jump[step - 1])
        np.minimum(cheapest[1:], before[:-1] + _STEP_COST, out=cheapest[1:])
        np.minimum(cheapest[:-1], before[1:] + _STEP_COST, out=cheapest[:-1])
        path[step] += cheapest - least
    return path
