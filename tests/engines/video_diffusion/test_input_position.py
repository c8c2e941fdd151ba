from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refocus.core import Disparity
from refocus.engines.video_diffusion.input_position import find_input_position, position_of_diopters
from refocus.media import Camera, Photo

RAMP = Disparity(np.repeat(np.linspace(0, 1, 192, dtype=np.float32)[:, None], 256, 1), metric=False, source="by hand")


def photo(sharp_rows: slice, **changes: Any) -> Photo:
    """Tiles in some rows, the same blurred in the rest; nearer towards the foot."""
    import cv2

    tiles = np.random.default_rng(0).integers(0, 255, (24, 32, 3)).astype(np.uint8)
    texture = np.repeat(np.repeat(tiles, 8, 0), 8, 1)
    rgb = cv2.GaussianBlur(texture, (0, 0), 4).astype(np.uint8)
    rgb[sharp_rows] = texture[sharp_rows]
    return replace(Photo(rgb, disparity=RAMP), **changes)


def test_positions_by_hand() -> None:
    # 5 cm is 20 diopters and position 0, infinity position 8, linear between: 10 cm is 10 diopters.
    assert [position_of_diopters(diopters) for diopters in (20, 10, 5, 0)] == [0, 4, 6, 8]
    assert position_of_diopters(100) == 0


def test_the_requested_position_is_used() -> None:
    known = photo(np.s_[150:], camera=Camera(subject_distance_m=0.05))
    position = find_input_position(known, 5)
    assert position.index == 5
    assert "as requested" in position.note


@pytest.mark.parametrize(("distance_m", "index"), [(0.05, 0), (0.1, 4), (2.0, 8)])
def test_exif_is_preferred_to_the_estimate(distance_m: float, index: int) -> None:
    known = photo(np.s_[150:], camera=Camera(subject_distance_m=distance_m))
    position = find_input_position(known, None)
    assert position.index == index
    assert f"{distance_m:g} m" in position.note


def test_the_position_is_estimated_from_what_is_in_focus() -> None:
    near, middle, far = (find_input_position(photo(rows), None) for rows in (np.s_[152:], np.s_[76:116], np.s_[:40]))
    assert near.index <= 1
    assert 3 <= middle.index <= 5
    assert far.index >= 7
    assert "estimated" in near.note


def test_metric_disparity_gives_the_focus_distance() -> None:
    metric = replace(RAMP, values=RAMP.values * 16, metric=True)  # 16 diopters, 6 cm, at the foot
    near = find_input_position(photo(np.s_[152:], disparity=metric), None)
    assert near.index in (2, 3)
    assert "about 0.06" in near.note or "about 0.07" in near.note  # 0.063 to 0.079 m
    assert find_input_position(photo(np.s_[:40], disparity=metric), None).index in (7, 8)


def test_a_photo_sharp_all_over_is_called_a_guess() -> None:
    assert "guess" in find_input_position(photo(np.s_[:]), None).note
    assert "guess" not in find_input_position(photo(np.s_[152:]), None).note


def test_a_photo_without_any_edge_has_a_position_too() -> None:
    grey = Photo(np.full((192, 256, 3), 90, np.uint8), disparity=RAMP)
    assert 0 <= find_input_position(grey, None).index <= 8


def test_without_a_map_depth_is_estimated() -> None:
    assert 0 <= find_input_position(replace(photo(np.s_[152:]), disparity=None), None).index <= 8
