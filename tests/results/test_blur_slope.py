import numpy as np
import pytest

from refocus.core import Disparity
from refocus.media import Camera
from refocus.results.blur_amount import BlurAmount, blur_slope

RELATIVE = Disparity(np.array([[0.0, 1.0]]), metric=False, source="made by hand")
METRIC = Disparity(np.array([[0.25, 2.25]]), metric=True, source="made by hand")
FULL_FRAME_50MM = Camera(focal_length_mm=50, focal_length_35mm=50)


def test_blur_strength_is_a_share_of_the_long_side_over_the_whole_range() -> None:
    assert blur_slope(
        RELATIVE, Camera(), long_side_px=1000, amount=BlurAmount("blur", 0.5)
    ).coc_px_per_disparity == pytest.approx(30)
    assert blur_slope(
        METRIC, Camera(), long_side_px=1000, amount=BlurAmount("blur", 0.5)
    ).coc_px_per_disparity == pytest.approx(15)


def test_k_counts_the_radius() -> None:
    slope = blur_slope(METRIC, Camera(), long_side_px=1000, amount=BlurAmount("k", 18.2))
    assert slope.coc_px_per_disparity == pytest.approx(36.4)
    assert "18.2 px of blur radius per diopter" in slope.notes[0]


def test_an_f_number_without_distances_stands_for_a_strength_and_says_so() -> None:
    slope = blur_slope(RELATIVE, FULL_FRAME_50MM, long_side_px=1000, amount=BlurAmount("f_number", 2.8))
    assert slope.coc_px_per_disparity == pytest.approx(0.06 * 0.5 * 1000)
    assert "distances in metres are not known" in slope.notes[0]


def test_an_f_number_is_physical_with_metric_depth_and_a_known_lens() -> None:
    # 50 mm at f/2: a 25 mm opening; 50 mm on 36 mm over 3600 px is 5000 px; 0.025 m x 5000 px = 125 px per diopter.
    slope = blur_slope(METRIC, FULL_FRAME_50MM, long_side_px=3600, amount=BlurAmount("f_number", 2))
    assert slope.coc_px_per_disparity == pytest.approx(125)
    assert "50 mm" in slope.notes[0]


def test_a_phone_blurs_less_at_the_same_f_number() -> None:
    phone = Camera(focal_length_mm=5, focal_length_35mm=25)  # opening 2.5 mm, 2500 px
    slope = blur_slope(METRIC, phone, long_side_px=3600, amount=BlurAmount("f_number", 2))
    assert slope.coc_px_per_disparity == pytest.approx(0.0025 * 2500)


def test_a_lens_focused_close_stands_farther_out() -> None:
    close = Camera(focal_length_mm=50, focal_length_35mm=50, subject_distance_m=0.5)
    slope = blur_slope(METRIC, close, long_side_px=3600, amount=BlurAmount("f_number", 2))
    assert slope.coc_px_per_disparity == pytest.approx(125 / (1 - 0.050 / 0.5))


def test_metric_depth_without_a_lens_stands_for_a_strength() -> None:
    slope = blur_slope(METRIC, Camera(), long_side_px=1000, amount=BlurAmount("f_number", 1.4))
    assert slope.coc_px_per_disparity == pytest.approx(0.06 * 1000 / 2)
    assert "the lens is not known" in slope.notes[0]


def test_another_focal_length_blurs_like_that_lens_in_the_framing_of_the_photo() -> None:
    # 85 mm at f/2: a 42.5 mm opening; the photo's own 5000 px stay: 212.5 px per diopter, on a phone as on full frame.
    slope = blur_slope(METRIC, FULL_FRAME_50MM, long_side_px=3600, amount=BlurAmount("f_number", 2), focal_length_mm=85)
    assert slope.coc_px_per_disparity == pytest.approx(212.5)
    assert "85 mm" in slope.notes[0]
    phone = Camera(focal_length_mm=5, focal_length_35mm=25)
    slope = blur_slope(METRIC, phone, long_side_px=3600, amount=BlurAmount("f_number", 2), focal_length_mm=85)
    assert slope.coc_px_per_disparity == pytest.approx(0.0425 * 2500)


def test_a_focal_length_that_cannot_count_is_said() -> None:
    alone = blur_slope(METRIC, FULL_FRAME_50MM, long_side_px=3600, amount=BlurAmount("blur", 0.5), focal_length_mm=85)
    assert "only together with an f-number" in alone.notes[0]
    relative = blur_slope(
        RELATIVE, FULL_FRAME_50MM, long_side_px=1000, amount=BlurAmount("f_number", 2.8), focal_length_mm=85
    )
    assert "f/2.8 at 85 mm is shown as blur 0.50" in relative.notes[0]
