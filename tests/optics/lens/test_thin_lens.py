"""Thin-lens formulas against hand-worked numbers."""

from collections.abc import Callable

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.optics import (
    LensSpec,
    blur_from_f_number,
    coc_diameter_px,
    coc_px_from_k_radius_px,
    coc_px_per_diopter,
    coc_px_per_disparity,
    k_radius_px_from_coc_px,
)


def test_coc_of_infinity_by_hand() -> None:
    # 50 mm f/2 focused at 2 m: 25 mm x 50 mm / 0.975 x 0.5 = 0.641 mm; 100 px a mm
    lens = LensSpec(focal_length_m=0.050, f_number=2.0, sensor_width_m=0.036)
    assert coc_diameter_px(0.0, 0.5, lens, 3600) == pytest.approx(-64.10, abs=0.01)


def test_k_is_half_the_slope() -> None:
    # 50 mm f/2 focused at 2 m, 36 mm over 1024 px: 25 mm x 50 mm / 0.975 x 1024 / 36 mm = 36.47 px a diopter
    lens = LensSpec(focal_length_m=0.050, f_number=2.0, sensor_width_m=0.036)
    slope = coc_px_per_diopter(lens, 1024, focus_diopters=0.5)
    assert slope == pytest.approx(36.47, abs=0.01)
    assert k_radius_px_from_coc_px(slope) == pytest.approx(18.23, abs=0.01)
    # Eq. 3 of arXiv 2512.16923, lengths in mm: f^2 d / (2 F (d - f)) x px a mm, divided by 1000 for 1/m
    assert k_radius_px_from_coc_px(slope) == pytest.approx(50**2 * 2000 / (2 * 2 * 1950) * 1024 / 36 / 1000)
    assert coc_px_from_k_radius_px(k_radius_px_from_coc_px(slope)) == slope


def test_coc_is_signed_and_linear_in_diopters() -> None:
    coc_px = coc_diameter_px(np.array([0.0, 0.5, 1.0], np.float32), 0.5, LensSpec(), 1000)
    assert coc_px[1] == 0.0
    assert coc_px[2] == -coc_px[0] > 0.0


def test_slope_is_aperture_times_focal_length_in_pixels() -> None:
    lens = LensSpec(focal_length_m=0.1, f_number=4.0, sensor_width_m=0.04)  # 25 mm x 100 mm / 40 mm = 62.5 mm
    assert coc_px_per_diopter(lens, 1000) == pytest.approx(62.5)


def test_blur_one_spans_six_percent_of_the_long_side() -> None:
    assert coc_px_per_disparity(1.0, 1000) == pytest.approx(60.0)
    assert coc_px_per_disparity(0.5, 1000, 0.25) == pytest.approx(120.0)
    assert coc_px_per_disparity(0.5, 1000, 0.0) == 0.0


@pytest.mark.parametrize(("f_number", "blur"), [(1.0, 1.0), (1.4, 1.0), (2.8, 0.5), (14.0, 0.1)])
def test_f_number_to_blur(f_number: float, blur: float) -> None:
    assert blur_from_f_number(f_number) == pytest.approx(blur)


@pytest.mark.parametrize(
    "call",
    [
        lambda: LensSpec(f_number=0.0),
        lambda: blur_from_f_number(-1.0),
        lambda: blur_from_f_number("f/2"),  # type: ignore[arg-type]
        lambda: coc_px_per_disparity("much", 1000),  # type: ignore[arg-type]
        lambda: coc_px_per_disparity(1.5, 1000),
        lambda: coc_px_per_disparity(0.5, 0),
        lambda: coc_px_per_diopter(LensSpec(focal_length_m=0.05), 1000, focus_diopters=20.0),
    ],
)
def test_impossible_values_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(BadInput, match=r"but|Give"):
        call()
