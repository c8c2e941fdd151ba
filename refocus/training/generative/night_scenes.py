"""Night scenes composed of lamps, whose blur shows the aperture: the training scenes of the shape condition.

The light is linear and not clipped, which no photo gives: a lamp of a hundred times white becomes a bright disc. A
scene is a pure function of its seed, so nothing is stored.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LAMP_COLOURS = np.array(
    [[1.0, 0.72, 0.38], [1.0, 0.86, 0.62], [0.85, 0.92, 1.0], [1.0, 0.25, 0.15], [0.3, 1.0, 0.45], [0.35, 0.5, 1.0]]
)  # sodium, warm white, cold white, tail light, traffic light, neon; linear
_LAMP_COLOUR_SHARES = (0.3, 0.3, 0.2, 0.1, 0.05, 0.05)
_RADIANCE = 4.0, 150.0  # times white


@dataclass(frozen=True, slots=True, eq=False)
class NightScene:
    """A scene in linear light.

    Attributes:
        light: (height, width, 3) float32, 1 is white, lamps are brighter.
        disparity_diopters: (height, width) float32.
    """

    light: NDArray[np.float32]
    disparity_diopters: NDArray[np.float32]


def compose_night_scene(
    random: np.random.Generator, size: tuple[int, int], background: NightScene | None = None
) -> NightScene:
    """A night scene.

    Args:
        random: determines everything.
        size: (height, width).
        background: a scene by day of that size, darkened to night; None for a plain wall or sky above a ground.
    """
    if background is None:
        background = _plain_background(random, size)
    else:
        tint = np.float32(random.uniform(0.02, 0.12)) * np.array([0.8, 0.9, 1.0], np.float32)
        background = NightScene(background.light * tint, background.disparity_diopters)
    light, disparity = background.light.copy(), background.disparity_diopters.copy()
    farthest, nearest = float(disparity.min()), float(disparity.max())
    for _ in range(int(random.integers(2, 6))):
        kind = random.choice(["street", "string", "scattered"])
        places = {"street": _street, "string": _string, "scattered": _scattered}[str(kind)](random)
        near = random.uniform(farthest, max(nearest, farthest + 0.5))
        colour = _LAMP_COLOURS[random.choice(len(_LAMP_COLOURS), p=_LAMP_COLOUR_SHARES)]
        for x, y, nearness in places:
            _add_lamp(light, disparity, (x, y), farthest + (near - farthest) * nearness, colour, random)
    if random.random() < 0.5:
        _add_silhouette(light, disparity, max(nearest, farthest + 0.5) + random.uniform(0.2, 1.5), random)
    return NightScene(light, disparity)


def _plain_background(random: np.random.Generator, size: tuple[int, int]) -> NightScene:
    height, width = size
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    horizon = random.uniform(0.4, 0.7)
    far, near = random.uniform(0.02, 0.2), random.uniform(0.4, 1.5)
    ground = np.clip((y - horizon) / (1 - horizon), 0, 1)
    disparity = np.repeat((far + (near - far) * ground).astype(np.float32), width, 1)
    coarse = random.uniform(0, 1, (max(2, height // 16), max(2, width // 16), 3)).astype(np.float32)
    texture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    fine = random.uniform(0.5, 1.5, (height, width, 1)).astype(np.float32)
    level = np.float32(random.uniform(0.002, 0.03))
    return NightScene(np.clip(level * texture * fine, 0, None).astype(np.float32), disparity)


def _street(random: np.random.Generator) -> list[tuple[float, float, float]]:
    """Lamps in a row that recedes to a vanishing point: x and y as shares of the picture, nearness from 0 to 1."""
    start, end = random.uniform(0, 1, 2), random.uniform(0.3, 0.7, 2)
    nearness = 1 / np.arange(1, random.integers(5, 14))
    return [(*(end + (start - end) * share), float(share)) for share in nearness]


def _string(random: np.random.Generator) -> list[tuple[float, float, float]]:
    """Lamps on a hanging string, all at one distance."""
    left, right = sorted(random.uniform(-0.1, 1.1, 2))
    top, sag = random.uniform(0, 0.6), random.uniform(0.02, 0.3)
    along = np.linspace(0, 1, int(random.integers(6, 25)))
    return [(left + (right - left) * t, top + sag * 4 * t * (1 - t), 1.0) for t in along]


def _scattered(random: np.random.Generator) -> list[tuple[float, float, float]]:
    """Lamps anywhere, far away."""
    count = int(random.integers(10, 50))
    return [(float(x), float(y), 0.0) for x, y in random.uniform(0, 1, (count, 2))]


def _add_lamp(
    light: NDArray[np.float32],
    disparity: NDArray[np.float32],
    place: tuple[float, float],
    lamp_diopters: float,
    colour: NDArray[np.float64],
    random: np.random.Generator,
) -> None:
    """Add a square lamp of 1 to 3 px in place, unless something nearer hides it."""
    height, width = disparity.shape
    side = int(random.choice([1, 2, 3], p=[0.4, 0.4, 0.2]))
    column, row = round(place[0] * width), round(place[1] * height)
    if not (0 <= column <= width - side and 0 <= row <= height - side):
        return
    spot = slice(row, row + side), slice(column, column + side)
    if disparity[spot].max() > lamp_diopters + 1e-6:
        lamp_diopters = float(disparity[spot].max())  # on the surface that would hide it
    low, high = np.log(_RADIANCE)
    light[spot] = (np.exp(random.uniform(low, high)) * colour / side**2).astype(np.float32)
    disparity[spot] = lamp_diopters


def _add_silhouette(
    light: NDArray[np.float32], disparity: NDArray[np.float32], diopters: float, random: np.random.Generator
) -> None:
    """Add a dark figure in the foreground, in place."""
    height, width = disparity.shape
    mask = np.zeros((height, width), np.uint8)
    centre = int(random.uniform(0.15, 0.85) * width)
    head = max(2, int(random.uniform(0.06, 0.14) * height))
    top = int(random.uniform(0.25, 0.6) * height)
    cv2.circle(mask, (centre, top), head, 1, -1)
    cv2.ellipse(mask, (centre, top + 5 * head), (2 * head, 4 * head), 0, 0, 360, 1, -1)
    inside = mask > 0
    light[inside] = (random.uniform(0.001, 0.02) * random.uniform(0.7, 1.3, (int(inside.sum()), 3))).astype(np.float32)
    disparity[inside] = diopters
