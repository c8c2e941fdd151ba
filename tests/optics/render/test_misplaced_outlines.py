"""Outlines of depth beside the picture's are moved onto them; maps whose outlines are right stay."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch

from refocus.optics import render_stack
from refocus.optics.render.misplaced_outlines import move_outlines
from tests.benchmarks.depth_edges import grown, shifted
from tests.benchmarks.truths import psnr_db, traced_scene
from tests.reference import reference

SIZE = (160, 220)
JUMP = 0.05


def _scene() -> tuple[np.ndarray, np.ndarray]:
    """A textured disc and a bar before a textured wall: light and disparity."""
    random = np.random.default_rng(0)
    disparity = np.full(SIZE, 0.1, np.float32)
    cv2.circle(disparity, (80, 80), 45, 0.9, -1)
    disparity[:, 170:182] = 0.6
    light = np.where(disparity[..., None] > 0.3, np.float32(0.5), np.float32(0.2)).repeat(3, axis=2)
    noise = cv2.GaussianBlur(random.normal(0, 0.3, (*SIZE, 3)).astype(np.float32), (0, 0), 1.0)
    return np.clip(light + noise, 0.0, 1.0), disparity


def _moved(light: np.ndarray, disparity: np.ndarray) -> np.ndarray:
    return move_outlines(torch.from_numpy(light), torch.from_numpy(disparity), JUMP).numpy()


def _wrong(disparity: np.ndarray) -> int:
    return int((np.abs(disparity - _scene()[1]) > JUMP)[10:-10, 10:-10].sum())


@pytest.mark.parametrize("by_px", [-3, -1, 2, 3])
def test_a_shifted_map_is_moved_back(by_px: int) -> None:
    light, right = _scene()
    given = np.roll(right, by_px, axis=1)
    assert _wrong(_moved(light, given)) < 0.4 * _wrong(given)


@pytest.mark.parametrize("change", [cv2.dilate, cv2.erode])
def test_outlines_too_wide_or_too_narrow_are_moved(change: Callable[..., np.ndarray]) -> None:
    light, right = _scene()
    given = change(right, np.ones((5, 5), np.uint8))
    assert _wrong(_moved(light, given)) < 0.3 * _wrong(given)


def test_maps_with_right_outlines_stay() -> None:
    light, right = _scene()
    even = np.full_like(light, 0.4)
    slope = np.tile(np.linspace(0.0, 1.0, SIZE[1], dtype=np.float32), (SIZE[0], 1))
    noisy = right + np.random.default_rng(1).normal(0, 0.02, SIZE).astype(np.float32)
    for picture, disparity in ((light, right), (even, right), (light, slope), (light, noisy)):
        given = torch.from_numpy(disparity)
        assert move_outlines(torch.from_numpy(picture), given, JUMP) is given


def test_wires_and_lamps_are_not_moved() -> None:
    light, disparity = _scene()
    disparity[20:140, 200:203] = 0.9
    light[20:140, 200:203] = 0.9
    light[100:103, 60:63] = 30.0
    given = np.roll(disparity, 3, axis=1)
    moved = _moved(light, given)
    assert (moved != given).any()
    np.testing.assert_array_equal(moved[:, 196:212], given[:, 196:212])
    np.testing.assert_array_equal(moved[97:106, 57:66], given[97:106, 57:66])


@pytest.mark.parametrize(("kind", "floor_db"), [("shifted", 37.7), ("grown", 38.5), ("shrunk", 36.7)])
def test_a_scene_with_misplaced_depth_is_rendered_better(kind: str, floor_db: float) -> None:
    truth = traced_scene(reference("groundtruth/S1/S1.npz"))
    change = {"shifted": shifted(2), "grown": grown(2), "shrunk": grown(-2)}[kind]
    seen = render_stack(
        truth.scene_linear,
        change(truth),
        focus_disparity=truth.focus_disparity[[0, 8]],
        coc_px_per_disparity=truth.coc_px_per_disparity,
    )
    assert min(psnr_db(a, truth.frames_linear[i]) for a, i in zip(seen, (0, 8), strict=True)) > floor_db
