import numpy as np

from refocus.core.colour import srgb_to_linear
from refocus.media.linear16 import blend16, linear16_to_srgb8, srgb8_to_linear16

CODES = np.arange(256, dtype=np.uint8)


def test_every_code_survives_the_round_trip() -> None:
    assert (linear16_to_srgb8(srgb8_to_linear16(CODES)) == CODES).all()


def test_it_is_the_same_curve_as_in_core() -> None:
    assert np.abs(srgb8_to_linear16(CODES) / 65535.0 - srgb_to_linear(CODES)).max() < 1e-5
    assert linear16_to_srgb8(np.array([0, 32768, 65535], np.uint16)).tolist() == [0, 188, 255]  # half the light is 188


def test_any_shape_and_layout() -> None:
    codes = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    for view in (codes, codes[::-1, ::2], codes[..., 0], codes.transpose(2, 0, 1)):
        assert (linear16_to_srgb8(srgb8_to_linear16(view)) == view).all()


def test_blending_is_in_proportion() -> None:
    near, far = np.array([[0, 1000, 65535]], np.uint16), np.array([[400, 3000, 0]], np.uint16)
    assert blend16(near, far, 0.0).tolist() == near.tolist()
    assert blend16(near, far, 1.0).tolist() == far.tolist()
    assert blend16(near, far, 0.25).tolist() == [[100, 1500, 49151]]
