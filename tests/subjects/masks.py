"""Types of the drawn scenes, and how well two masks agree."""

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Street = tuple[Picture, Disparity, dict[str, Mask]]


def overlap(found: Mask, true: Mask) -> float:
    """Intersection over union."""
    return float((found & true).sum() / (found | true).sum())
