"""Scenes with ray-traced truth: the shared ones, and others traced here so that nothing is tuned to the first."""

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8
from tests.benchmarks.lens_rays import Plane, Truth, trace

BORDER_PX = 13
"""Left out on each side: there the lens sees what lies outside the sharp picture."""
_TEXTURE_PX = 512


def traced_scene(path: Path) -> Truth:
    """A scene of the reference data, such as groundtruth/S1/S1.npz."""
    data = np.load(path)
    return Truth(
        data["aif"].astype(np.float32),
        (1.0 / data["depth"]).astype(np.float32),
        data["focus_diopters"],
        json.loads(str(data["meta"]))["coc_px_per_diopter"],
        data["stack"].astype(np.float32),
    )


def thin_structures(width: int = 240, frames: int = 3, samples: int = 128) -> Truth:
    """Thin bars before a slanted wall, and leaves before both."""
    wall = Plane(texture(1), 6.0, slope_x=0.9, pitch_m=0.016)
    bars = Plane(_cut_bars(texture(2)), 2.6, slope_x=-0.15, pitch_m=0.0064)
    leaves = Plane(_cut_leaves(texture(3), seed=1), 1.5, pitch_m=0.0032)
    return trace([wall, bars, leaves], width, width * 2 // 3, width / 20, frames, samples)


def slanted_ground(width: int = 240, frames: int = 3, samples: int = 128) -> Truth:
    """A steep ground under a slanted card, before a far wall."""
    wall = Plane(texture(4), 9.0, pitch_m=0.02)
    ground = Plane(texture(5), 3.0, slope_y=-4.5, pitch_m=0.012)
    card = texture(6)
    card[..., 3] = 0.0
    cv2.fillPoly(card, [np.array([(100, 100), (350, 125), (380, 400), (120, 425)])], (0.6, 0.3, 0.1, 1.0))
    return trace(
        [wall, ground, Plane(card, 2.4, slope_x=0.8, pitch_m=0.0032)],
        width,
        width * 2 // 3,
        width / 20,
        frames,
        samples,
    )


def psnr_db(picture_linear: NDArray[np.float32], truth_linear: NDArray[np.float32]) -> float:
    """PSNR in 8-bit sRGB with the border left out."""
    inner = (slice(BORDER_PX, -BORDER_PX), slice(BORDER_PX, -BORDER_PX))
    difference = linear_to_srgb8(picture_linear)[inner].astype(float) - linear_to_srgb8(truth_linear)[inner]
    return float(10.0 * np.log10(255.0**2 / np.mean(difference**2)))


def texture(seed: int) -> NDArray[np.float32]:
    """Coloured blotches and lines at several scales, (size, size, 4) linear with the cut-out fully open."""
    random = np.random.default_rng(seed)
    light = np.zeros((_TEXTURE_PX, _TEXTURE_PX, 3), np.float32)
    for cells in (4, 16, 64, 128):
        coarse = random.random((cells, cells, 3)).astype(np.float32)
        light += np.asarray(cv2.resize(coarse, light.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.float32) / 4.0
    for _ in range(12):
        start, end = random.integers(0, _TEXTURE_PX, (2, 2)).tolist()
        cv2.line(light, start, end, random.random(3).tolist(), 3)
    return np.dstack([light.clip(0.0, 1.0) ** 2.2, np.ones(light.shape[:2], np.float32)])


def _cut_bars(texture: NDArray[np.float32]) -> NDArray[np.float32]:
    opening = np.zeros(texture.shape[:2], np.float32)
    for left in range(0, _TEXTURE_PX, 24):
        cv2.line(opening, (left, 0), (left + 30, _TEXTURE_PX), 1.0, 4)
    return np.dstack([texture[..., :3], opening])


def _cut_leaves(texture: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    opening = np.zeros(texture.shape[:2], np.float32)
    for _ in range(50):
        centre, length = random.integers(0, _TEXTURE_PX, 2).tolist(), random.uniform(5, 30)
        cv2.ellipse(opening, centre, (int(length), int(length * 0.35)), random.uniform(0, 180), 0, 360, 1.0, -1)
    return np.dstack([texture[..., :3], opening])
