import numpy as np

from refocus.core.colour import srgb_to_linear
from refocus.media.linear16 import linear16_to_srgb8, srgb8_to_linear16

CODES = np.arange(256, dtype=np.uint8)


def test_every_code_survives_the_round_trip() -> None:
    assert (linear16_to_srgb8(srgb8_to_linear16(CODES)) == CODES).all()


def test_it_is_the_same_curve_as_in_core() -> None:
    assert np.abs(srgb8_to_linear16(CODES) / 65535.0 - srgb_to_linear(CODES)).max() < 1e-5
    assert linear16_to_srgb8(np.array([0, 32768, 65535], np.uint16)).tolist() == [0, 188, 255]  # half the light is 188
