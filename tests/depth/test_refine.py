"""The last step: smooth inside, sharp at the photo's edges."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from refocus.depth.estimate import refine

PROJECT = Path(__file__).resolve().parents[2]
AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from refocus.depth.estimate import refine
photo = np.random.default_rng(0).integers(0, 255, (192, 256, 3)).astype(np.uint8)
coarse = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (48, 1))
alone = refine(coarse, photo)
with ThreadPoolExecutor(4) as pool:
    assert all(np.array_equal(alone, one) for one in pool.map(lambda _: refine(coarse, photo), range(40)))
"""


@pytest.fixture
def half() -> np.ndarray:
    """Left dark, right light, 200 x 300; the edge lies before column 150."""
    photo = np.full((200, 300, 3), 60, np.uint8)
    photo[:, 150:] = 190
    return photo


def test_a_soft_misplaced_step_moves_to_the_edge_of_the_photo(half: np.ndarray) -> None:
    coarse = np.clip((np.arange(75) - 36) / 6 + 0.5, 0, 1).astype(np.float32)  # blurred, some px off
    row = refine(np.repeat(coarse[None], 50, axis=0), half)[100]
    assert np.argmax(np.diff(row)) == 149
    assert row[152] - row[147] > 0.5


def test_texture_does_not_appear_in_the_map(half: np.ndarray) -> None:
    noise = np.random.default_rng(0).normal(0, 12, half.shape)
    flat = refine(np.full((50, 75), 0.5, np.float32), np.clip(half + noise, 0, 255).astype(np.uint8))
    assert np.ptp(flat) < 1e-3


def test_noise_in_the_map_is_smoothed_away(half: np.ndarray) -> None:
    noise = np.random.default_rng(1).normal(0.5, 0.2, (50, 75)).astype(np.float32)
    assert refine(noise, half)[:, 20:130].std() < 0.04


def test_lace_behind_a_dark_subject_is_no_part_of_it() -> None:
    photo = np.full((400, 1024, 3), 60, np.uint8)
    photo[:, 512:] = 190
    for row, column in np.ndindex(50, 64):  # holes as dark as the subject
        photo[8 * row : 8 * row + 3, 512 + 8 * column : 512 + 8 * column + 3] = 60
    coarse = np.clip((np.arange(256) - 130) / -12 + 0.5, 0, 1).astype(np.float32)
    found = refine(np.repeat(coarse[None], 100, axis=0), photo)
    around = cv2.medianBlur(np.round(found * 255).astype(np.uint8), 21) / 255
    assert (np.abs(found - around) > 0.1)[20:-20].mean() < 1e-3


def test_several_threads_refine_at_once() -> None:
    """In a process of its own: what is tested would end this one."""
    result = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, cwd=PROJECT)
    assert result.returncode == 0, result.stderr
