"""Outlines of aperture shapes, as radius over angle.

Every outline is star-shaped about the lens axis, so radius(angle) describes it. Angles are in radians,
counter-clockwise from the right as seen in the picture; radii lie in (0, 1], 1 being the lens' full opening.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Outline = Callable[[NDArray[np.float64]], NDArray[np.float64]]

STAR_INNER_RADIUS = 0.45
OVAL_WIDTH = 0.58
RING_INNER_RADIUS = 0.62
_HEART_POINTS = 720


def circle(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """A round opening."""
    return np.ones_like(angle)


def polygon(sides: int, turn: float = math.pi / 2) -> Outline:
    """A regular polygon with a corner at angle `turn` (up, unless given)."""

    def radius(angle: NDArray[np.float64]) -> NDArray[np.float64]:
        from_side = np.mod(angle - turn, 2 * math.pi / sides) - math.pi / sides
        return math.cos(math.pi / sides) / np.cos(from_side)

    return radius


def flat_topped(sides: int) -> Outline:
    """A regular polygon standing on a side when `sides` is even, as lens blades usually look."""
    return polygon(sides, math.pi / 2 + math.pi / sides if sides % 2 == 0 else math.pi / 2)


def oval(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """An upright ellipse, as of an anamorphic lens."""
    return 1.0 / np.hypot(np.cos(angle) / OVAL_WIDTH, np.sin(angle))


def star(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """A five-pointed star with a point up: straight edges from tip to notch."""
    fifth = 2 * math.pi / 5
    to_tip = np.abs(np.mod(angle - math.pi / 2 + fifth / 2, fifth) - fifth / 2)  # 0 at a tip, fifth / 2 at a notch
    notch_x, notch_y = STAR_INNER_RADIUS * math.cos(fifth / 2), STAR_INNER_RADIUS * math.sin(fifth / 2)
    return notch_y / (notch_y * np.cos(to_tip) + (1.0 - notch_x) * np.sin(to_tip))


def heart(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """A heart, tip down: the curve (16 sin^3 t, 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t), resampled in angle."""
    t = np.linspace(0.0, 2 * math.pi, _HEART_POINTS, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t) + 2.5  # centred between lobes and tip
    radius = np.hypot(x, y)
    order = np.argsort(np.arctan2(y, x))
    return np.interp(angle, np.arctan2(y, x)[order], radius[order] / radius.max(), period=2 * math.pi)


OUTLINES: dict[str, Outline] = {
    "circle": circle,
    "triangle": flat_topped(3),
    "diamond": polygon(4),
    "pentagon": flat_topped(5),
    "hexagon": flat_topped(6),
    "heptagon": flat_topped(7),
    "octagon": flat_topped(8),
    "heart": heart,
    "star": star,
    "ring": circle,
    "cat_eye": circle,
    "oval": oval,
}

ALIASES: dict[str, str] = {
    "round": "circle",
    "disc": "circle",
    "disk": "circle",
    "rhombus": "diamond",
    "square": "diamond",
    "hearts": "heart",
    "stars": "star",
    "donut": "ring",
    "doughnut": "ring",
    "bubble": "ring",
    "mirror": "ring",
    "mirror_lens": "ring",
    "cats_eye": "cat_eye",
    "cateye": "cat_eye",
    "swirly": "cat_eye",
    "swirl": "cat_eye",
    "helios": "cat_eye",
    "anamorphic": "oval",
    "ellipse": "oval",
}
