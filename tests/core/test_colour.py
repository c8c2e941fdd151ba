import numpy as np
import pytest

from refocus.core.colour import linear_to_srgb, linear_to_srgb8, srgb_to_linear


def test_every_8_bit_code_survives_the_round_trip() -> None:
    codes = np.arange(256, dtype=np.uint8)
    assert (linear_to_srgb8(srgb_to_linear(codes)) == codes).all()


def test_known_values() -> None:  # IEC 61966-2-1: sRGB 0.5 is 0.21404 linear; 18 % grey is 0.46135 sRGB
    assert srgb_to_linear(np.array([0.5]))[0] == pytest.approx(0.21404, abs=1e-5)
    assert linear_to_srgb(np.array([0.18]))[0] == pytest.approx(0.46135, abs=1e-5)


def test_light_outside_the_range_is_clipped() -> None:
    assert linear_to_srgb8(np.array([-1.0, 0.0, 1.0, 220.0])).tolist() == [0, 0, 255, 255]


def test_the_table_agrees_with_the_formula_within_one_code() -> None:
    linear = np.random.default_rng(0).random(100_000, dtype=np.float32) ** 3
    exact = np.round(linear_to_srgb(linear) * 255)
    assert np.abs(linear_to_srgb8(linear).astype(int) - exact).max() <= 1


def test_mean_of_light_is_not_mean_of_codes() -> None:
    black_and_white = np.array([0, 255], dtype=np.uint8)
    assert linear_to_srgb8(srgb_to_linear(black_and_white).mean(keepdims=True))[0] == 188
