"""Light brighter than white in photographs, which 8 bits cannot hold and which blur spreads into discs."""

import cv2
import numpy as np
from numpy.typing import NDArray

_BRIGHT = 0.85
_BOOSTED_SHARE, _LAMPS_SHARE = 0.3, 0.12
_MOST_LAMPS, _BRIGHTEST = 6, 60.0


def add_lights(scene_linear: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Sometimes brighten what is nearly white, and sometimes add a few small lamps.

    Args:
        scene_linear: (height, width, 3) linear light in [0, 1].
        random: random generator.

    Returns:
        The same shape, may exceed 1.
    """
    lit = scene_linear
    if random.random() < _BOOSTED_SHARE:
        darkest = lit.min(axis=-1, keepdims=True)
        lit = lit * (1 + np.float32(random.exponential(4.0)) * np.clip((darkest - _BRIGHT) / (1 - _BRIGHT), 0, 1))
    if random.random() < _LAMPS_SHARE:
        lit = lit + _lamps(lit.shape[:2], random)
    return np.asarray(lit, np.float32)


def _lamps(size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """A few round lamps of 2 to 6 px and random colours, (height, width, 3) linear light on black."""
    lamps = np.zeros((*size, 3), np.float32)
    for _ in range(random.integers(1, _MOST_LAMPS + 1)):
        spot = np.zeros(size, np.uint8)
        centre = int(random.integers(size[1])), int(random.integers(size[0]))
        cv2.circle(spot, centre, int(random.integers(1, 4)), 255, -1, cv2.LINE_AA)
        colour = np.exp(random.uniform(np.log(1.5), np.log(_BRIGHTEST))) * random.uniform(0.4, 1.0, 3)
        lamps += spot[..., None] / np.float32(255) * colour.astype(np.float32)
    return lamps
