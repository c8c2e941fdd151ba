"""Strokes move objects up to their outlines and leave the rest alone."""

from dataclasses import replace

import numpy as np
import pytest

from refocus.core import BadInput, Disparity
from refocus.depth.apply_strokes import apply_strokes
from refocus.depth.strokes import Stroke, StrokeKind

HEIGHT, WIDTH = 300, 400
THING = np.zeros((HEIGHT, WIDTH), bool)
THING[90:210, 120:280] = True
NOISE = np.random.default_rng(0).normal(0, 4, (HEIGHT, WIDTH, 1))
PHOTO = np.clip(np.where(THING[..., None], (200, 70, 50), (60, 110, 160)) + NOISE, 0, 255).astype(np.uint8)
FLAT = Disparity(
    np.repeat(np.linspace(0.3, 0.5, HEIGHT, dtype=np.float32)[:, None], WIDTH, 1), metric=False, source="a ramp"
)
RANGE = replace(FLAT, values=np.pad(FLAT.values[5:-5], ((5, 0), (0, 0))))
RANGE = replace(FLAT, values=np.pad(RANGE.values, ((0, 5), (0, 0)), constant_values=1))
ACROSS = ((0.4, 0.45), (0.6, 0.55))


def moved(stroke: Stroke) -> np.ndarray:
    return apply_strokes(RANGE, PHOTO, [stroke]).values - RANGE.values


@pytest.mark.parametrize(("kind", "sign"), [("nearer", 1), ("farther", -1)])
def test_only_the_object_under_the_stroke_moves(kind: StrokeKind, sign: int) -> None:
    change = sign * moved(Stroke(kind, ACROSS, 0.02, 0.2))
    assert change[THING].mean() == pytest.approx(0.2, abs=0.02)
    assert abs(change[~THING]).mean() < 0.005
    wrong = (change > 0.1) != THING
    assert wrong.mean() < 0.01


def test_its_outline_lies_on_the_photo_s_within_2_px() -> None:
    import cv2

    change = moved(Stroke("nearer", ACROSS, 0.02, 0.2)) > 0.1
    band = cv2.dilate(THING.astype(np.uint8), np.ones((5, 5))) - cv2.erode(THING.astype(np.uint8), np.ones((5, 5)))
    assert (change == THING)[band == 0].all()


def test_same_as_here_takes_the_depth_where_the_stroke_began() -> None:
    stroke = Stroke("same", ((0.5, 0.95), (0.5, 0.5)), 0.02, 1.0)
    touched = apply_strokes(RANGE, PHOTO, [stroke]).values
    began = RANGE.values[int(0.95 * HEIGHT), WIDTH // 2]
    assert np.median(touched[THING]) == pytest.approx(began, abs=0.02)


def test_strength_counts_and_the_range_is_kept() -> None:
    weak, strong = (abs(moved(Stroke("nearer", ACROSS, 0.02, strength))).max() for strength in (0.1, 0.3))
    assert strong == pytest.approx(3 * weak, rel=0.05)
    full = apply_strokes(RANGE, PHOTO, [Stroke("nearer", ACROSS, 0.02, 1.0)] * 3)
    assert (full.farthest, full.nearest) == (RANGE.farthest, RANGE.nearest)


def test_strokes_are_applied_in_order() -> None:
    first, second = Stroke("nearer", ACROSS, 0.02, 0.2), Stroke("farther", ((0.1, 0.2), (0.1, 0.8)), 0.02, 0.1)
    both = apply_strokes(RANGE, PHOTO, [first, second])
    one_by_one = apply_strokes(apply_strokes(RANGE, PHOTO, [first]), PHOTO, [second])
    assert np.allclose(both.values, one_by_one.values, atol=1e-6)
    assert both.description == one_by_one.description == "a ramp, touched up by hand"
    assert apply_strokes(RANGE, PHOTO, []) is RANGE


def test_diopters_stay_diopters() -> None:
    metric = Disparity(RANGE.values * 3, metric=True, source="metres")
    touched = apply_strokes(metric, PHOTO, [Stroke("nearer", ACROSS, 0.02, 0.2)])
    assert touched.metric
    assert (touched.values - metric.values)[THING].mean() == pytest.approx(0.6, abs=0.06)


def test_a_point_is_a_stroke() -> None:
    assert moved(Stroke("nearer", ((0.5, 0.5),), 0.02, 0.2))[THING].mean() > 0.15


def test_another_size_is_refused() -> None:
    with pytest.raises(BadInput, match="differ"):
        apply_strokes(RANGE, PHOTO[:-1], [Stroke("nearer", ACROSS)])
