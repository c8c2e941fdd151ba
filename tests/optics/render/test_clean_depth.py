"""Ramps at outlines become steps; everything that is a surface stays."""

from typing import Any

import cv2
import numpy as np
import pytest
import torch

from refocus.optics import render_focus
from refocus.optics.render.outlines import harden_outlines, smooth_surfaces
from refocus.optics.render.quality import Quality

SIZE = (96, 128)


def _two_planes() -> np.ndarray:
    disparity = np.full(SIZE, 0.1, np.float32)
    cv2.circle(disparity, (60, 50), 28, 0.9, -1)
    return disparity


def _hardened(disparity: np.ndarray, reach_px: int = 3) -> np.ndarray:
    nothing = torch.zeros(disparity.shape, dtype=torch.bool)
    return harden_outlines(torch.from_numpy(disparity), 0.05, reach_px, nothing).numpy()


def _smoothed(disparity: np.ndarray) -> np.ndarray:
    return smooth_surfaces(torch.from_numpy(disparity), 0.05, torch.zeros(SIZE, dtype=torch.bool)).numpy()


@pytest.mark.parametrize("sigma_px", [0.7, 1.2])
def test_a_ramp_becomes_a_step_where_it_was(sigma_px: float) -> None:
    hard = _two_planes()
    restored = _hardened(cv2.GaussianBlur(hard, (0, 0), sigma_px))
    assert ((restored < 0.2) | (restored > 0.8)).all()
    assert (np.abs(restored - hard) > 0.1).sum() < 40  # of some 180 pixels of outline


def test_surfaces_stay() -> None:
    slope = np.tile(np.linspace(0, 1, SIZE[1], dtype=np.float32), (SIZE[0], 1))
    three = _two_planes()
    three[20:23, 40:80] = 0.5  # a thin bar between both
    three[60:62, 5:7] = 0.5
    for kept in (slope, _two_planes(), three, np.full(SIZE, 0.3, np.float32)):
        np.testing.assert_array_equal(_hardened(kept), kept)


def test_pixels_to_keep_are_kept() -> None:
    soft = cv2.GaussianBlur(_two_planes(), (0, 0), 1.2)
    kept = harden_outlines(torch.from_numpy(soft), 0.05, 3, torch.ones(SIZE, dtype=torch.bool)).numpy()
    np.testing.assert_array_equal(kept, soft)
    kept = smooth_surfaces(torch.from_numpy(soft), 0.05, torch.ones(SIZE, dtype=torch.bool)).numpy()
    np.testing.assert_array_equal(kept, soft)


def test_noise_is_evened_out_and_surfaces_stay() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, SIZE).astype(np.float32)
    smoothed = _smoothed(_two_planes() + noise)
    assert np.abs(smoothed - _two_planes()).std() < 0.5 * noise.std()
    slope = np.tile(np.linspace(0, 1, SIZE[1], dtype=np.float32), (SIZE[0], 1))
    np.testing.assert_allclose(_smoothed(slope), slope, atol=0.008)  # the ends only
    np.testing.assert_allclose(_smoothed(slope)[:, 2:-2], slope[:, 2:-2], atol=1e-6)
    np.testing.assert_array_equal(_smoothed(_two_planes()), _two_planes())


def test_what_lies_behind_does_not_shine_through_noise() -> None:
    hard = _two_planes()
    scene = np.where(hard[..., None] > 0.5, np.float32(0.02), np.float32(0.9)).repeat(3, axis=2)
    rough = hard + np.random.default_rng(0).normal(0, 0.008, SIZE).astype(np.float32)
    seen = render_focus(scene, rough, focus_disparity=0.9, coc_px_per_disparity=60.0)
    inside = cv2.erode((hard > 0.5).astype(np.uint8), np.ones((9, 9))) > 0
    assert seen[inside].max() < 0.08  # 0.4 where it shines through


@pytest.mark.parametrize("quality", ["preview", "standard", "exact"])
def test_a_soft_outline_is_nowhere_in_focus_between_both_surfaces(quality: Quality) -> None:
    hard = _two_planes()
    scene = np.where(hard[..., None] > 0.5, np.float32(0.05), np.float32(0.8)).repeat(3, axis=2)
    optics: dict[str, Any] = {"focus_disparity": 0.5, "coc_px_per_disparity": 30.0, "quality": quality}
    wanted = render_focus(scene, hard, **optics)
    seen = render_focus(scene, cv2.GaussianBlur(hard, (0, 0), 1.2), **optics)
    assert np.abs(seen - wanted).max() < 0.2
    assert np.sqrt(np.mean((seen - wanted) ** 2)) < 0.02
