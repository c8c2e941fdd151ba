"""A small scene whose depth is known: a textured square in front of a textured wall."""

import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.media import Photo


def textured(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(30, 226, (height, width, 3)).astype(np.uint8)


@pytest.fixture(scope="session")
def two_planes() -> Photo:
    """96x72 px: a square at disparity 1 before a wall at disparity 0."""
    rgb = textured(72, 96, seed=0)
    near = np.zeros((72, 96), np.float32)
    near[20:52, 32:64] = 1
    return Photo(rgb, disparity=Disparity(near, metric=False, source="made by hand"), name="two planes")
