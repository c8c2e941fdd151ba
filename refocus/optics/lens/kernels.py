"""Blur kernels: the image of a point light through an aperture, at any circle of confusion."""

import math
from functools import cached_property
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.optics.lens.aperture import OPENING_SIZE_PX, Aperture

_MIN_OPENING_SIZE_PX = 32
_SAMPLES_PER_PX = 5
_SHARP_COC_PX = 0.02
_CACHED_TAPS_MAX = 48 * 48
_CACHED_KERNELS_MAX = 400
_CACHED_PLACES_MAX = 16


class BlurKernels:
    """Blur kernels of one aperture.

    Args:
        aperture: the lens opening.
        character: uncorrected spherical aberration, -1 (creamy: soft rim) to 1 (soap bubbles: bright rim) behind the
            focus and the reverse in front of it; 0 is an evenly lit disc.
        off_axis: (right, down) position in the picture relative to its centre, a corner being at distance 1.
    """

    def __init__(self, aperture: Aperture, character: float = 0.0, off_axis: tuple[float, float] = (0.0, 0.0)) -> None:
        self.character = character
        opening = aperture.opening(off_axis)
        self._opening = opening
        self._cached: dict[tuple[float, bool, int], NDArray[np.float32]] = {}
        self._behind = _pyramid(_shade(opening, character)[::-1, ::-1])
        self._in_front = _pyramid(_shade(opening, -character))
        # Clipping moves the centroid of a shape. It is moved back, so that points keep their position, and their
        # energy where the kernels of neighbouring positions are blended.
        self._shift = (0.0, 0.0)
        if aperture.cat_eye > 0.0 and off_axis != (0.0, 0.0):
            whole, clipped = _centroid(aperture.opening()), _centroid(opening)
            self._shift = clipped[0] - whole[0], clipped[1] - whole[1]

    def kernel(self, coc_px: float, *, for_lamps: bool = False) -> NDArray[np.float32]:
        """The kernel of a signed CoC diameter.

        Args:
            coc_px: diameter in pixels, positive nearer than the focus.
            for_lamps: treat pixels as squares of light (no negative lobes) instead of samples of a smooth function.

        Returns:
            (size, size) float32 with odd size, sum 1.
        """
        if abs(coc_px) < _SHARP_COC_PX:
            return np.ones((1, 1), dtype=np.float32)
        return self._normalized(coc_px, for_lamps, 0)

    def moment_kernels(
        self, coc_px: float, *, for_lamps: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The kernel weighted by each lens coordinate: convolution gives the first moments of light over the lens.

        Over the opening the coordinates have mean 0, variance 1 and no correlation.

        Args:
            coc_px: diameter in pixels, positive nearer than the focus; not 0.

        Returns:
            Two arrays (right, down) of the shape of `kernel`, float32, sum 0; their squares over `kernel` sum to
            about 1.
        """
        return self._normalized(coc_px, for_lamps, 1), self._normalized(coc_px, for_lamps, 2)

    def _normalized(self, coc_px: float, for_lamps: bool, moment: int) -> NDArray[np.float32]:
        """The kernel (moment 0) or a moment kernel (1, 2), normalized by the sum of the kernel.

        Small ones are cached, because the slices of all tiles and frames share their CoCs.
        """
        key = (coc_px, for_lamps, moment)
        if key in self._cached:
            return self._cached[key]
        kernel = self._sample(self._in_front if coc_px > 0 else self._behind, coc_px, for_lamps)
        power = kernel.sum(dtype=np.float64)
        if moment > 0:
            kernel = self._sample(self._moments[0 if coc_px > 0 else 1][moment - 1], coc_px, for_lamps)
        kernel = (kernel / power).astype(np.float32)
        if kernel.size <= _CACHED_TAPS_MAX and len(self._cached) < _CACHED_KERNELS_MAX:
            self._cached[key] = kernel
        return kernel

    @cached_property
    def _moments(self) -> tuple[list[list[NDArray[np.float32]]], list[list[NDArray[np.float32]]]]:
        coordinates = _lens_coordinates(self._opening)
        in_front, behind = _shade(self._opening, -self.character), _shade(self._opening, self.character)
        return (
            [_pyramid(in_front * coordinate) for coordinate in coordinates],
            [_pyramid((behind * coordinate)[::-1, ::-1]) for coordinate in coordinates],
        )

    def _sample(self, openings: list[NDArray[np.float32]], coc_px: float, for_lamps: bool) -> NDArray[np.float32]:
        """An opening (at several resolutions) sampled on the pixel grid."""
        diameter = abs(coc_px)
        opening = next((o for o in openings if o.shape[0] >= _SAMPLES_PER_PX * diameter), openings[-1])
        samples = opening.shape[0]
        shift = [math.copysign(diameter, coc_px) * part for part in self._shift]
        half = math.ceil(diameter / 2 + max(map(abs, shift))) + (0 if for_lamps else 1)
        places = ((np.arange(samples, dtype=np.float32) + 0.5) / samples - 0.5) * diameter
        pixels = np.arange(-half, half + 1, dtype=np.float32)
        down, right = (np.abs(pixels[:, None] - (places - part)[None, :]) for part in shift)
        spread = _triangle if for_lamps else _cubic
        return np.asarray(spread(down) @ opening @ spread(right).T, np.float32)


_OfAperture = dict[tuple[float, tuple[float, float]], BlurKernels]
_shared: WeakKeyDictionary[Aperture, _OfAperture] = WeakKeyDictionary()


def blur_kernels(aperture: Aperture, character: float, off_axis: tuple[float, float] = (0.0, 0.0)) -> BlurKernels:
    """`BlurKernels`, shared by all frames and tiles, and cached for as long as the aperture exists; same arguments."""
    cached, key = _shared.setdefault(aperture, {}), (character, off_axis)
    kernels = cached.get(key)
    if kernels is None:
        if len(cached) >= _CACHED_PLACES_MAX:
            cached.pop(next(iter(cached)), None)
        kernels = cached[key] = BlurKernels(aperture, character, off_axis)
    return kernels


def _triangle(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(np.float32(1.0) - distance, np.float32(0.0))


def _cubic(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keys' cubic convolution (IEEE ASSP 29(6), 1981, a = -1/2); keeps a kernel's second moment as it is."""
    near = (1.5 * distance - 2.5) * distance**2 + 1.0
    far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    return np.where(distance < 1.0, near, np.where(distance < 2.0, far, 0.0)).astype(np.float32)


def _lens_coordinates(opening: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Coordinates (right, down) on the lens, made orthonormal over the opening (Gram-Schmidt)."""
    centres = (np.arange(OPENING_SIZE_PX, dtype=np.float64) + 0.5) * (2.0 / OPENING_SIZE_PX) - 1.0
    weight = opening / opening.sum(dtype=np.float64)
    basis = [np.ones(opening.shape)]
    for coordinate in np.meshgrid(centres, centres):
        for other in basis:
            coordinate = coordinate - other * (coordinate * other * weight).sum()
        basis.append(coordinate / np.sqrt((coordinate**2 * weight).sum()))
    return [coordinate.astype(np.float32) for coordinate in basis[1:]]


def _centroid(opening: NDArray[np.float32]) -> tuple[float, float]:
    """Centroid of the light, (down, right) from the middle in units of the opening's side."""
    rows, columns = opening.sum(axis=1, dtype=np.float64), opening.sum(axis=0, dtype=np.float64)
    places = (np.arange(OPENING_SIZE_PX) + 0.5) / OPENING_SIZE_PX - 0.5
    return float((rows * places).sum() / rows.sum()), float((columns * places).sum() / columns.sum())


def _pyramid(opening: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """An opening at increasing resolutions, up to its own."""
    sizes = [opening.shape[0]]
    while sizes[0] > _MIN_OPENING_SIZE_PX:
        sizes.insert(0, sizes[0] // 2)
    smaller = (cv2.resize(opening, (size, size), interpolation=cv2.INTER_AREA) for size in sizes)
    return [np.asarray(values, np.float32) for values in smaller]


def _shade(opening: NDArray[np.float32], character: float) -> NDArray[np.float32]:
    """Redistribute light between rim and centre; stays non-negative for |character| <= 1."""
    centres = (np.arange(OPENING_SIZE_PX, dtype=np.float32) + 0.5) * (2.0 / OPENING_SIZE_PX) - 1.0
    radius_squared = np.minimum(centres[:, None] ** 2 + centres[None, :] ** 2, 1.0)
    rim = 3.0 * radius_squared**4 - 0.6 if character >= 0.0 else radius_squared
    return (opening * (1.0 + character * rim)).astype(np.float32)
