"""Soft outlines of depth become steps where they were; what is no soft outline stays."""

import cv2
import numpy as np
import pytest
import torch

from refocus.optics import render_stack
from refocus.optics.render.soft_outlines import sharpen_outlines
from tests.benchmarks.depth_edges import blurred
from tests.benchmarks.truths import psnr_db, traced_scene
from tests.reference import reference

SIZE = (160, 200)
JUMP = 0.05


def _disc_over_ground() -> np.ndarray:
    """A disc before ground that comes nearer towards the bottom."""
    disparity = np.tile(np.linspace(0.1, 0.3, SIZE[0], dtype=np.float32)[:, None], (1, SIZE[1]))
    cv2.circle(disparity, (100, 80), 45, 0.9, -1)
    return disparity


def _sharpened(disparity: np.ndarray) -> np.ndarray:
    return sharpen_outlines(torch.from_numpy(disparity), JUMP).numpy()


def _blur(disparity: np.ndarray, sigma_px: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(disparity, (0, 0), sigma_px))


@pytest.mark.parametrize(("sigma_px", "share"), [(1.2, 0.02), (3.0, 0.02), (6.0, 0.15)])
def test_a_soft_outline_becomes_a_step_where_it_was(sigma_px: float, share: float) -> None:
    hard = _disc_over_ground()
    soft = _blur(hard, sigma_px)
    wrong = np.abs(soft - hard)[10:-10] > JUMP
    left = np.abs(_sharpened(soft) - hard)[10:-10] > JUMP
    assert left.sum() < share * wrong.sum()


@pytest.mark.parametrize("sigma_px", [24.0, 50.0])
def test_a_soft_outline_of_a_big_map_becomes_a_step(sigma_px: float) -> None:
    hard = np.tile(np.linspace(0.1, 0.3, 2563, dtype=np.float32)[:, None], (1, 3205))
    cv2.circle(hard, (1600, 1280), 720, 0.9, -1)
    soft = _blur(hard, sigma_px)
    wrong = np.abs(soft - hard)[160:-160] > 2 * JUMP
    left = np.abs(_sharpened(soft) - hard)[160:-160] > 2 * JUMP
    assert left.sum() < 0.03 * wrong.sum()


def test_a_hard_map_stays_even_with_ramps_in_it() -> None:
    hard = _disc_over_ground()
    hard[:, 160:180] = np.linspace(0.2, 0.6, 20, dtype=np.float32)  # a box seen at a slant
    hard[:, 180:] = 0.6
    moved = np.roll(_disc_over_ground(), 3, axis=1)
    for disparity in (hard, moved, np.full(SIZE, 0.3, np.float32)):
        given = torch.from_numpy(disparity)
        assert sharpen_outlines(given, JUMP) is given


def test_slopes_thin_things_and_small_steps_stay() -> None:
    slope = np.tile(np.linspace(0.0, 1.0, SIZE[1], dtype=np.float32), (SIZE[0], 1))
    wire = np.full(SIZE, 0.1, np.float32)
    wire[:, 90:93] = 0.9
    small = np.where(_disc_over_ground() > 0.8, np.float32(0.28), np.float32(0.2))
    for kept in (slope, _blur(wire, 2.0), _blur(small, 2.0)):
        np.testing.assert_array_equal(_sharpened(kept), kept)


def test_ragged_ramps_stay() -> None:
    soft = _blur(_disc_over_ground(), 5.0)
    rows, columns = np.indices(SIZE)
    random = np.random.default_rng(0)
    rows = (rows + random.integers(-4, 5, SIZE[1])).clip(0, SIZE[0] - 1)
    columns = (columns + random.integers(-4, 5, (SIZE[0], 1))).clip(0, SIZE[1] - 1)
    ragged = soft[rows, columns]
    np.testing.assert_array_equal(_sharpened(ragged), ragged)


def test_soft_outlines_beside_a_thin_thing_leave_it_as_it_was() -> None:
    disparity = np.full(SIZE, 0.1, np.float32)
    cv2.rectangle(disparity, (20, 20), (90, 140), 0.7, -1)
    disparity[:, 150:152] = 0.9
    soft = _blur(disparity, 2.0)
    sharp = _sharpened(soft)
    assert np.abs(sharp - disparity)[30:130, 10:110].max() < JUMP
    np.testing.assert_array_equal(sharp[:, 140:160], soft[:, 140:160])


def test_a_softly_outlined_scene_is_rendered_nearly_as_with_exact_depth() -> None:
    truth = traced_scene(reference("groundtruth/S1/S1.npz"))
    seen = render_stack(
        truth.scene_linear,
        blurred(3.0)(truth),
        focus_disparity=truth.focus_disparity[[0, 8]],
        coc_px_per_disparity=truth.coc_px_per_disparity,
    )
    assert min(psnr_db(a, truth.frames_linear[i]) for a, i in zip(seen, (0, 8), strict=True)) > 38.0
