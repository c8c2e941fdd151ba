"""The estimated blur of a photo."""

import numpy as np

from refocus.restore.blur_map import estimate_blur
from refocus.restore.network import SHAPES, BlurNetwork, trained_network

PHOTO = np.random.default_rng(0).integers(0, 256, (37, 41, 3)).astype(np.uint8)


def test_a_map_of_cells() -> None:
    tensors = {name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}
    tensors["third.bias"][:] = np.log1p(4.0)
    blur_px = estimate_blur(PHOTO, BlurNetwork(tensors))
    assert blur_px.shape == (10, 11)
    assert np.allclose(blur_px, 4.0)


def test_strips_of_a_tall_photo_have_no_seams() -> None:
    tall = np.tile(PHOTO[:36, :40], (45, 1, 1))
    turned = estimate_blur(np.ascontiguousarray(tall.transpose(1, 0, 2))).T  # lying, it is one strip
    assert np.abs(estimate_blur(tall) - turned).max() < 0.1


def test_the_network_is_loaded_once() -> None:
    assert trained_network() is trained_network()
