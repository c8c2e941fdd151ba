"""The lens opening: its shape, and how much light passes at each point of it.

Outlines are given as radius over angle: every one is star-shaped about the lens axis. Angles are in radians,
counter-clockwise from the right as seen in the picture; radii lie in (0, 1], 1 being the lens' full opening.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.numbers import is_number, real

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


OPENING_SIZE_PX = 256
"""Side of the square that holds a sampled opening."""
_SUPERSAMPLING = 3
_CAT_EYE_SHIFT = 0.75
"""Shift of the lens barrel's rim at a corner of the picture, in radii of the opening, at `cat_eye` 1."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Aperture:
    """Shape of the lens opening, which a point light out of focus takes.

    The shape fits into a circle of the CoC's diameter. It appears upright for points nearer than the focus and
    turned by 180 degrees for points behind it.

    Attributes:
        name: one of `refocus.optics.APERTURE_NAMES`, or "custom".
        rotation_deg: counter-clockwise rotation in the picture, for points nearer than the focus.
        roundness: 0 keeps the outline, 1 makes it a circle; blades of a real lens are about 0.3.
        cat_eye: 0 to 1, how strongly the lens barrel clips the shape towards the picture's corners.
        mask: (rows, columns) float32 transmittance in [0, 1], row 0 on top; only with "custom".

    Raises:
        BadInput: on an unknown name or a value out of range.
    """

    name: str = "circle"
    rotation_deg: float = 0.0
    roundness: float = 0.0
    cat_eye: float = 0.0
    mask: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if (self.name == "custom") != (self.mask is not None):
            raise BadInput("An aperture has a mask exactly when its name is custom.", todo="Use from_mask().")
        if self.name != "custom" and (not isinstance(self.name, str) or self.name not in OUTLINES):
            raise BadInput(
                f"There is no aperture shape named {self.name!r}.", todo=f"Choose one of: {', '.join(OUTLINES)}."
            )
        if not is_number(self.rotation_deg) or not math.isfinite(self.rotation_deg):
            raise BadInput(f"rotation_deg is {self.rotation_deg!r}, but it must be a finite number of degrees.")
        for field in ("roundness", "cat_eye"):
            real(field, getattr(self, field), 0.0, 1.0)

    @classmethod
    def named(cls, name: str, rotation_deg: float = 0.0, roundness: float = 0.0) -> "Aperture":
        """A shape by its name or a common other name ("donut", "Helios", "anamorphic").

        Args:
            name: any case; spaces and hyphens count as underscores.
            rotation_deg: counter-clockwise rotation in the picture.
            roundness: 0 (outline kept) to 1 (a circle).

        Raises:
            BadInput: on an unknown name or a value out of range.
        """
        key = str(name).strip().lower().replace("'", "").replace(" ", "_").replace("-", "_")
        key = ALIASES.get(key, key)
        return cls(key, rotation_deg, roundness, cat_eye=1.0 if key == "cat_eye" else 0.0)

    @classmethod
    def from_mask(cls, mask: NDArray, rotation_deg: float = 0.0) -> "Aperture":
        """A custom shape, scaled so that its open pixels just fit into the round opening of the lens.

        Args:
            mask: (rows, columns), bool, integers up to the type's largest, or floats in [0, 1]: transmittance.
            rotation_deg: counter-clockwise rotation in the picture.

        Raises:
            BadInput: on another shape, values out of range, or a mask that lets no light through.
        """
        try:
            array = np.asarray(mask)
        except ValueError as error:
            raise BadInput("mask is not an array: its rows differ in length.") from error
        if array.ndim != 2 or min(array.shape) < 2:
            raise BadInput(f"mask has shape {array.shape}, but it must be (rows, columns), at least 2x2.")
        if np.issubdtype(array.dtype, np.integer):
            array = array / np.float32(np.iinfo(array.dtype).max)
        array = array.astype(np.float32)
        if not (np.isfinite(array).all() and array.min() >= 0.0 and array.max() <= 1.0):
            raise BadInput("mask has values outside 0 to 1.", todo="Scale it: 0 is closed, 1 is open.")
        if not array.max() > 0.0:
            raise BadInput("mask is closed everywhere, so no light would pass.", todo="Draw the opening in white.")
        return cls("custom", rotation_deg, mask=array)

    def opening(self, off_axis: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float32]:
        """Transmittance over the square around the unit circle.

        Args:
            off_axis: (right, down) position in the picture relative to its centre, a corner being at distance 1;
                only used with `cat_eye`.

        Returns:
            (256, 256) float32 in [0, 1], row 0 on top, anti-aliased.
        """
        clipped = self.cat_eye > 0.0 and off_axis != (0.0, 0.0)
        if self.mask is None and not clipped:
            return _outline_opening(self.name, self.rotation_deg, self.roundness)
        x, y_up = _grid()
        if self.mask is None:
            light = _outline_light(self.name, self.rotation_deg, self.roundness)
        else:
            light = self._sample_mask(x, y_up)
        if clipped:
            shift = _CAT_EYE_SHIFT * self.cat_eye
            light = light * (np.hypot(x + shift * off_axis[0], y_up - shift * off_axis[1]) <= 1.0)
        return _averaged(light)

    def _sample_mask(self, x: NDArray, y_up: NDArray) -> NDArray:
        assert self.mask is not None  # noqa: S101 - only called for custom shapes
        rows, columns = self.mask.shape
        open_rows, open_columns = np.nonzero(self.mask > 0.0)
        reach = np.hypot(np.abs(open_rows - (rows - 1) / 2) + 0.5, np.abs(open_columns - (columns - 1) / 2) + 0.5).max()
        turn = math.radians(self.rotation_deg)
        across = x * math.cos(turn) + y_up * math.sin(turn)
        up = y_up * math.cos(turn) - x * math.sin(turn)
        row = np.floor(rows / 2 - up * reach).astype(int)
        column = np.floor(columns / 2 + across * reach).astype(int)
        seen = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return np.where(seen, self.mask[row.clip(0, rows - 1), column.clip(0, columns - 1)], np.float32(0.0))


def _grid() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coordinates (right, up) of the supersampled cell centres over the square around the unit circle."""
    fine = OPENING_SIZE_PX * _SUPERSAMPLING
    centres = (np.arange(fine, dtype=np.float32) + 0.5) * np.float32(2.0 / fine) - np.float32(1.0)
    x, y_down = np.meshgrid(centres, centres)
    return x, -y_down


def _averaged(fine: NDArray) -> NDArray[np.float32]:
    blocks = fine.reshape(OPENING_SIZE_PX, _SUPERSAMPLING, OPENING_SIZE_PX, _SUPERSAMPLING)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


@lru_cache(maxsize=16)
def _outline_opening(name: str, rotation_deg: float, roundness: float) -> NDArray[np.float32]:
    """Opening of an unclipped outline; read-only because it is cached."""
    opening = _averaged(_outline_light(name, rotation_deg, roundness))
    opening.setflags(write=False)
    return opening


@lru_cache(maxsize=4)
def _outline_light(name: str, rotation_deg: float, roundness: float) -> NDArray[np.float32]:
    """1 for open supersampled cells, else 0; read-only because it is cached."""
    x, y_up = _grid()
    radius = np.hypot(x, y_up)
    rim: NDArray | float = 1.0
    if OUTLINES[name] is not circle:
        rim = OUTLINES[name](np.arctan2(y_up, x).astype(np.float64) - math.radians(rotation_deg))
    inside = radius <= rim + roundness * (1.0 - rim)
    if name == "ring":
        inside &= radius >= RING_INNER_RADIUS
    light = inside.astype(np.float32)
    light.setflags(write=False)
    return light
