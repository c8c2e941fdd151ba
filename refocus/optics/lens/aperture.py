"""The lens opening, and the blur kernels it casts."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.numbers import is_number, real
from refocus.optics.lens.aperture_shapes import ALIASES, OUTLINES, RING_INNER_RADIUS, circle

_OPENING_SIZE = 256
_SUPERSAMPLING = 3
_SMALLEST_OPENING = 32
_SAMPLES_PER_PX = 5
_SHARP_COC_PX = 0.02
_KEPT_MAX_TAPS = 48 * 48
_KEPT_MAX = 400
CAT_EYE_CUT = 0.75
"""How far the second rim of a cat's eye has moved at the picture's corner, in radii of the opening."""


@dataclass(frozen=True, slots=True, eq=False)
class Aperture:
    """The shape of the lens opening; a point light out of focus takes this shape.

    The shape fits a circle of the CoC's diameter. It is seen right way up in points nearer than the
    focus and upside down (turned by 180 degrees) in points behind it.

    Attributes:
        name: one of `Aperture.names()`, or "custom".
        rotation_deg: counter-clockwise turn as seen in the picture, in front of the focus.
        roundness: 0 leaves the outline as it is, 1 makes it a circle; blades of a real lens are about 0.3.
        cat_eye: 0 to 1, how strongly the lens barrel clips the shape towards the picture's corners.
        mask: (rows, columns) float32 in [0, 1], only with "custom": how much light passes, row 0 on top.

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
            raise BadInput("A mask belongs to an aperture named custom, and to no other.", todo="Use from_mask().")
        if self.name != "custom" and (not isinstance(self.name, str) or self.name not in OUTLINES):
            raise BadInput(
                f"There is no aperture shape named {self.name!r}.", todo=f"Choose one of: {', '.join(OUTLINES)}."
            )
        if not is_number(self.rotation_deg) or not math.isfinite(self.rotation_deg):
            raise BadInput(f"rotation_deg is {self.rotation_deg!r}, but it must be a finite number of degrees.")
        for field in ("roundness", "cat_eye"):
            real(field, getattr(self, field), 0.0, 1.0)

    @staticmethod
    def names() -> tuple[str, ...]:
        """The shapes there are."""
        return tuple(OUTLINES)

    @classmethod
    def named(cls, name: str, rotation_deg: float = 0.0, roundness: float = 0.0) -> "Aperture":
        """A shape by its name or a common other name ("donut", "Helios", "anamorphic").

        Args:
            name: any case; spaces and hyphens count as underscores.
            rotation_deg: counter-clockwise turn as seen in the picture.
            roundness: 0 (the outline as it is) to 1 (a circle).

        Raises:
            BadInput: on an unknown name or a value out of range.
        """
        key = str(name).strip().lower().replace("'", "").replace(" ", "_").replace("-", "_")
        key = ALIASES.get(key, key)
        return cls(key, rotation_deg, roundness, cat_eye=1.0 if key == "cat_eye" else 0.0)

    @classmethod
    def from_mask(cls, mask: NDArray, rotation_deg: float = 0.0) -> "Aperture":
        """A custom shape; its open pixels are scaled to just fit the lens' round opening.

        Args:
            mask: (rows, columns), bool, integers up to the type's largest, or floats in [0, 1]; how much light passes.
            rotation_deg: counter-clockwise turn as seen in the picture.

        Raises:
            BadInput: on another shape, values out of range, or a mask that lets no light through.
        """
        try:
            array = np.asarray(mask)
        except ValueError as error:
            raise BadInput("mask is no array: its rows differ in length.") from error
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
        """How much light passes, over the square around the unit circle.

        Args:
            off_axis: (right, down) place in the picture from its centre, 1 being the distance of a corner;
                matters only with `cat_eye`.

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
            cut = CAT_EYE_CUT * self.cat_eye
            light = light * (np.hypot(x + cut * off_axis[0], y_up - cut * off_axis[1]) <= 1.0)
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
    """Centres of fine cells over the square around the unit circle: to the right, and up."""
    fine = _OPENING_SIZE * _SUPERSAMPLING
    centres = (np.arange(fine, dtype=np.float32) + 0.5) * np.float32(2.0 / fine) - np.float32(1.0)
    x, y_down = np.meshgrid(centres, centres)
    return x, -y_down


def _averaged(fine: NDArray) -> NDArray[np.float32]:
    blocks = fine.reshape(_OPENING_SIZE, _SUPERSAMPLING, _OPENING_SIZE, _SUPERSAMPLING)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


@lru_cache(maxsize=16)
def _outline_opening(name: str, rotation_deg: float, roundness: float) -> NDArray[np.float32]:
    """The opening of an unclipped outline; read-only, since it is shared by all who ask for the same shape."""
    opening = _averaged(_outline_light(name, rotation_deg, roundness))
    opening.setflags(write=False)
    return opening


@lru_cache(maxsize=4)
def _outline_light(name: str, rotation_deg: float, roundness: float) -> NDArray[np.float32]:
    """Which fine cells are open; read-only, since it is shared by all who ask for the same shape."""
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


class KernelCaster:
    """Casts blur kernels of any size from one aperture.

    Args:
        aperture: the lens opening.
        character: -1 (creamy: soft rim) to 1 (soap bubbles: bright rim) behind the focus, and the
            reverse in front of it, as uncorrected spherical aberration does; 0 is an even disc.
        off_axis: (right, down) place in the picture, 1 being a corner's distance from the centre.
    """

    def __init__(self, aperture: Aperture, character: float = 0.0, off_axis: tuple[float, float] = (0.0, 0.0)) -> None:
        self.character = character
        opening = aperture.opening(off_axis)
        self._opening = opening
        self._cast_before: dict[tuple[float, bool, int], NDArray[np.float32]] = {}
        self._behind = _pyramid(_shade(opening, character)[::-1, ::-1])
        self._in_front = _pyramid(_shade(opening, -character))
        # Clipping moves a shape's centre of light. It is moved back, so that points keep their place, and their
        # energy where kernels of neighbouring places are blended.
        self._shift = (0.0, 0.0)
        if aperture.cat_eye > 0.0 and off_axis != (0.0, 0.0):
            whole, clipped = _centre(aperture.opening()), _centre(opening)
            self._shift = clipped[0] - whole[0], clipped[1] - whole[1]

    def kernel(self, coc_px: float, *, for_lights: bool = False) -> NDArray[np.float32]:
        """The kernel of a signed CoC diameter.

        Args:
            coc_px: diameter in pixels, positive nearer than the focus.
            for_lights: read the picture as square pixels of light (no negative lobes) instead of samples
                of a smooth function.

        Returns:
            (size, size) float32 with odd size, sum 1.
        """
        if abs(coc_px) < _SHARP_COC_PX:
            return np.ones((1, 1), dtype=np.float32)
        return self._once(coc_px, for_lights, 0)

    def moment_kernels(
        self, coc_px: float, *, for_lights: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The kernel times either coordinate on the lens: what it blurs is how much light leans to a side of the lens.

        Over the opening the coordinates have mean 0 and variance 1, and no correlation.

        Args:
            coc_px: diameter in pixels, positive nearer than the focus; not 0.

        Returns:
            Two of (size, size) float32, as large as `kernel`, sum 0; their squares over `kernel` sum to about 1.
        """
        return self._once(coc_px, for_lights, 1), self._once(coc_px, for_lights, 2)

    def _once(self, coc_px: float, for_lights: bool, moment: int) -> NDArray[np.float32]:
        """A kernel, or one of its moments, over the kernel's sum; small ones are kept, since slices of all tiles and
        frames have the same CoCs."""
        wanted = (coc_px, for_lights, moment)
        if wanted in self._cast_before:
            return self._cast_before[wanted]
        kernel = self._cast(self._in_front if coc_px > 0 else self._behind, coc_px, for_lights)
        power = kernel.sum(dtype=np.float64)
        if moment > 0:
            kernel = self._cast(self._moments[0 if coc_px > 0 else 1][moment - 1], coc_px, for_lights)
        kernel = (kernel / power).astype(np.float32)
        if kernel.size <= _KEPT_MAX_TAPS and len(self._cast_before) < _KEPT_MAX:
            self._cast_before[wanted] = kernel
        return kernel

    @cached_property
    def _moments(self) -> tuple[list[list[NDArray[np.float32]]], list[list[NDArray[np.float32]]]]:
        coordinates = _lens_coordinates(self._opening)
        in_front, behind = _shade(self._opening, -self.character), _shade(self._opening, self.character)
        return (
            [_pyramid(in_front * coordinate) for coordinate in coordinates],
            [_pyramid((behind * coordinate)[::-1, ::-1]) for coordinate in coordinates],
        )

    def _cast(self, openings: list[NDArray[np.float32]], coc_px: float, for_lights: bool) -> NDArray[np.float32]:
        """An opening, given at several sizes, as it falls onto pixels."""
        diameter = abs(coc_px)
        opening = next((o for o in openings if o.shape[0] >= _SAMPLES_PER_PX * diameter), openings[-1])
        samples = opening.shape[0]
        shift = [math.copysign(diameter, coc_px) * part for part in self._shift]
        half = math.ceil(diameter / 2 + max(map(abs, shift))) + (0 if for_lights else 1)
        places = ((np.arange(samples, dtype=np.float32) + 0.5) / samples - 0.5) * diameter
        pixels = np.arange(-half, half + 1, dtype=np.float32)
        down, right = (np.abs(pixels[:, None] - (places - part)[None, :]) for part in shift)
        spread = _triangle if for_lights else _cubic
        return np.asarray(spread(down) @ opening @ spread(right).T, np.float32)


@lru_cache(maxsize=16)
def caster_for(aperture: Aperture, character: float, off_axis: tuple[float, float] = (0.0, 0.0)) -> KernelCaster:
    """A caster, the same for all frames and tiles. Arguments as in `KernelCaster`."""
    return KernelCaster(aperture, character, off_axis)


def _triangle(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(np.float32(1.0) - distance, np.float32(0.0))


def _cubic(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keys' cubic convolution (IEEE ASSP 29(6), 1981, a = -1/2); keeps a kernel's second moment as it is."""
    near = (1.5 * distance - 2.5) * distance**2 + 1.0
    far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    return np.where(distance < 1.0, near, np.where(distance < 2.0, far, 0.0)).astype(np.float32)


def _lens_coordinates(opening: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """To the right and down over the square around the lens, made orthonormal over the opening (Gram-Schmidt)."""
    centres = (np.arange(_OPENING_SIZE, dtype=np.float64) + 0.5) * (2.0 / _OPENING_SIZE) - 1.0
    weight = opening / opening.sum(dtype=np.float64)
    taken = [np.ones(opening.shape)]
    for coordinate in np.meshgrid(centres, centres):
        for other in taken:
            coordinate = coordinate - other * (coordinate * other * weight).sum()
        taken.append(coordinate / np.sqrt((coordinate**2 * weight).sum()))
    return [coordinate.astype(np.float32) for coordinate in taken[1:]]


def _centre(opening: NDArray[np.float32]) -> tuple[float, float]:
    """Centre of light, (down, right) from the middle in units of the opening's side."""
    rows, columns = opening.sum(axis=1, dtype=np.float64), opening.sum(axis=0, dtype=np.float64)
    places = (np.arange(_OPENING_SIZE) + 0.5) / _OPENING_SIZE - 0.5
    return float((rows * places).sum() / rows.sum()), float((columns * places).sum() / columns.sum())


def _pyramid(opening: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """An opening at ever finer resolution, up to its own."""
    sizes = [opening.shape[0]]
    while sizes[0] > _SMALLEST_OPENING:
        sizes.insert(0, sizes[0] // 2)
    smaller = (cv2.resize(opening, (size, size), interpolation=cv2.INTER_AREA) for size in sizes)
    return [np.asarray(values, np.float32) for values in smaller]


def _shade(opening: NDArray[np.float32], character: float) -> NDArray[np.float32]:
    """Redistribute light between rim and centre; keeps it non-negative for |character| <= 1."""
    centres = (np.arange(_OPENING_SIZE, dtype=np.float32) + 0.5) * (2.0 / _OPENING_SIZE) - 1.0
    radius_squared = np.minimum(centres[:, None] ** 2 + centres[None, :] ** 2, 1.0)
    rim = 3.0 * radius_squared**4 - 0.6 if character >= 0.0 else radius_squared
    return (opening * (1.0 + character * rim)).astype(np.float32)
