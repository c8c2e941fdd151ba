"""A small lamp has one disparity, its own, whatever the map has made of it."""

import cv2
import numpy as np
import pytest
import torch

from refocus.optics import render_focus
from refocus.optics.render.lamps import restore_lamp_disparity
from tests.benchmarks.render import soft_outlines
from tests.benchmarks.truths import psnr_db, traced_scene
from tests.reference import reference

SIZE = (80, 100)
JUMP = 0.05
LAMP = (slice(40, 43), slice(50, 52))


def _scene() -> np.ndarray:
    scene = np.full((*SIZE, 3), 0.1, np.float32)
    scene[LAMP] = 20.0
    return scene


def _map(near: float = 0.9, lamp: tuple[slice, slice] = LAMP) -> np.ndarray:
    disparity = np.tile(np.linspace(0.1, 0.12, SIZE[1], dtype=np.float32), (SIZE[0], 1))
    disparity[lamp] = near
    return disparity


def _restored(disparity: np.ndarray, scene: np.ndarray | None = None) -> np.ndarray:
    lamps = torch.from_numpy(_scene() if scene is None else scene)
    return restore_lamp_disparity(lamps, torch.from_numpy(disparity), JUMP).numpy()


@pytest.mark.parametrize("near", [0.9, 0.3, 0.02])
@pytest.mark.parametrize("sigma_px", [0.7, 1.2])
def test_a_lamp_blurred_away_is_restored(near: float, sigma_px: float) -> None:
    soft = cv2.GaussianBlur(_map(near), (0, 0), sigma_px)
    assert abs(soft[LAMP] - near).max() > 0.2 * abs(0.11 - near)
    np.testing.assert_allclose(_restored(soft), _map(near), atol=0.04 * abs(near - 0.11) + 1e-3)


def test_a_sharp_map_stays() -> None:
    np.testing.assert_allclose(_restored(_map()), _map(), atol=1e-6)
    no_lamps = torch.full((*SIZE, 3), 0.5)
    soft = torch.from_numpy(cv2.GaussianBlur(_map(), (0, 0), 1.2))
    assert restore_lamp_disparity(no_lamps, soft, JUMP) is soft


def test_noise_on_a_lamp_is_averaged() -> None:
    noisy = _map() + np.random.default_rng(0).normal(0, 0.01, SIZE).astype(np.float32)
    restored = _restored(noisy)
    assert np.ptp(restored[LAMP]) == 0.0
    assert restored[LAMP][0, 0] == pytest.approx(noisy[LAMP].mean(), abs=1e-6)
    unchanged = np.ones(SIZE, bool)
    unchanged[LAMP] = False
    np.testing.assert_array_equal(restored[unchanged], noisy[unchanged])


def test_what_is_no_blurred_lamp_stays() -> None:
    wide = _map(0.11)
    wide += cv2.GaussianBlur(_map(0.9, (slice(34, 49), slice(44, 58))), (0, 0), 5.0) - 0.11
    beside_an_outline = _map(0.11)
    beside_an_outline[:, 53:] = 0.9
    for disparity in (wide, cv2.GaussianBlur(beside_an_outline, (0, 0), 1.2)):
        np.testing.assert_allclose(_restored(disparity), disparity, atol=0.08)
    neon = np.full((*SIZE, 3), 0.1, np.float32)
    neon[20:60, 50:52] = 20.0
    slope = np.tile(np.linspace(0.0, 1.0, SIZE[0], dtype=np.float32)[:, None], (1, SIZE[1]))
    np.testing.assert_array_equal(_restored(slope, neon), slope)


@pytest.mark.parametrize(("frame", "floor_db"), [(0, 39.3), (8, 39.7)])
def test_lamps_of_a_soft_map_keep_their_discs(frame: int, floor_db: float) -> None:
    truth = traced_scene(reference("groundtruth/S3/S3.npz"))
    seen = render_focus(
        truth.scene_linear,
        soft_outlines(truth),
        focus_disparity=float(truth.focus_disparity[frame]),
        coc_px_per_disparity=truth.coc_px_per_disparity,
    )
    assert psnr_db(seen, truth.frames_linear[frame]) > floor_db
