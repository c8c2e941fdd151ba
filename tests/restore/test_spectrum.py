"""What the features say."""

import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.restore.spectrum import BANDS, FEATURES, detail_bands, local_spectrum

Floats = NDArray[np.float32]


@pytest.fixture
def photo() -> Floats:
    return np.random.default_rng(3).random((64, 80, 3), dtype=np.float32)


def powers(photo: Floats) -> Floats:
    """Mean features of the bands' power around each cell, fine to coarse."""
    return local_spectrum(photo, detail_bands(photo))[..., BANDS : 2 * BANDS].mean((0, 1))


def test_bands_and_the_last_blur_add_up_to_the_photo(photo: Floats) -> None:
    bands = detail_bands(photo)
    assert bands.shape == (BANDS, 64, 80, 3)
    assert (photo - bands.sum(0)).std() < 0.1 * photo.std()  # the rest is the smoothest part
    assert np.abs(detail_bands(np.full_like(photo, 0.4))).max() < 1e-6


def test_blur_removes_the_fine_bands_first(photo: Floats) -> None:
    import cv2

    blurred = cv2.GaussianBlur(photo, (0, 0), 2.0).astype(np.float32)
    lost = np.subtract(powers(photo), powers(blurred))
    assert lost[0] > 3 * lost[-1]
    assert (np.diff(lost[1:]) < 0).all()


def test_features_have_a_small_range(photo: Floats) -> None:
    for picture in (photo, np.zeros_like(photo), np.ones_like(photo)):
        features = local_spectrum(picture, detail_bands(picture))
        assert features.shape == (16, 20, FEATURES)
        assert features.dtype == np.float32
        assert features.min() > -1.5
        assert features.max() < 2.5
