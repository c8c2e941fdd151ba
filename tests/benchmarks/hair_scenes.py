"""Traced scenes of a head with loose hair before a wall, with its matte, and with depth as a network gives it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.lens_rays import Plane, Truth, coverage, trace
from tests.benchmarks.truths import texture

_SIZE_PX = 2048
_FOCAL_LENGTH_WIDTHS = 1.37
_SPANS = 1.25
"""Widths of the picture that the plane of the hair spans."""
_NEAR_M, _FAR_M = 1.5, 4.0
_SOFT_SIGMA_PX = 1.5
_EXCLUDED_PX = 9
"""A network that leaves out strands finds what is left after an opening of this size."""
_INCLUDED_SIGMA_PX, _INCLUDED_SHARE = 4.0, 0.3
"""One that takes hair for solid finds all pixels around which hair covers this share."""


@dataclass(frozen=True, slots=True, eq=False)
class HairScene:
    """A traced scene with hair.

    Attributes:
        truth: with exact depth: a pixel is near where its centre shows hair.
        alpha: (height, width) share of each pixel that shows hair or head, in [0, 1].
    """

    truth: Truth
    alpha: NDArray[np.float32]

    def with_solid_hair(self) -> Truth:
        """Depth as of a network that takes loose hair for solid: its outline is outside of most strands."""
        around = cv2.GaussianBlur(self.alpha, (0, 0), _INCLUDED_SIGMA_PX)
        return self._with_outline(around > _INCLUDED_SHARE)

    def without_strands(self) -> Truth:
        """Depth as of a network that overlooks strands: its outline is inside of most of them."""
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_EXCLUDED_PX, _EXCLUDED_PX))
        return self._with_outline(cv2.morphologyEx(self.alpha, cv2.MORPH_OPEN, kernel) > 0.5)

    def _with_outline(self, near: NDArray[np.bool_]) -> Truth:
        sharp = np.where(near, 1.0 / _NEAR_M, 1.0 / _FAR_M).astype(np.float32)
        soft = cv2.GaussianBlur(sharp, (0, 0), _SOFT_SIGMA_PX).astype(np.float32)
        return replace(self.truth, disparity=soft)


def dark_curls(width: int = 384, frames: int = 5, samples: int = 128) -> HairScene:
    """Dark curls before a bright textured wall, which is a little soft as in portraits."""
    wall = cv2.GaussianBlur(texture(32), (0, 0), 2.5).astype(np.float32)
    opening = _head(31, strands=420, length=(60, 330), bend=0.22, thickness=(2, 9))
    return _scene(opening, (0.10, 0.06, 0.04), wall, width, frames, samples)


def fair_hair_before_lights(width: int = 384, frames: int = 5, samples: int = 128) -> HairScene:
    """Fair straight hair before a dark wall with lamps."""
    wall = texture(42)
    wall[..., :3] *= 0.15
    random = np.random.default_rng(43)
    for x, y in random.integers(20, wall.shape[0] - 20, (60, 2)).tolist():
        cv2.circle(wall, (x, y), 2, (*random.uniform(3.0, 8.0, 3).tolist(), 1.0), -1)
    opening = _head(41, strands=300, length=(80, 420), bend=0.08, thickness=(2, 7))
    return _scene(opening, (0.55, 0.40, 0.22), wall, width, frames, samples)


def brown_fur(width: int = 384, frames: int = 5, samples: int = 128) -> HairScene:
    """Short dense brown fur before a wall as bright as itself."""
    wall = texture(52)
    wall[..., :3] = 0.1 + 0.5 * wall[..., :3]
    opening = _head(51, strands=1500, length=(20, 110), bend=0.1, thickness=(2, 8))
    return _scene(opening, (0.34, 0.2, 0.1), wall, width, frames, samples)


def _scene(
    opening: NDArray[np.float32],
    colour: tuple[float, float, float],
    wall: NDArray[np.float32],
    width: int,
    frames: int,
    samples: int,
) -> HairScene:
    light = cv2.resize(texture(int(colour[0] * 1000)), opening.shape[::-1], interpolation=cv2.INTER_LINEAR)
    light[..., :3] = np.array(colour, np.float32) * (0.5 + 1.5 * light[..., :3].mean(axis=2, keepdims=True))
    light[..., 3] = opening
    hair = Plane(light.astype(np.float32), _NEAR_M, pitch_m=_SPANS * _NEAR_M / _FOCAL_LENGTH_WIDTHS / _SIZE_PX)
    far = Plane(wall, _FAR_M, pitch_m=1.4 * _FAR_M / _FOCAL_LENGTH_WIDTHS / wall.shape[0])
    height = width * 2 // 3
    truth = trace([far, hair], width, height, width / 16, frames, samples)
    return HairScene(truth, coverage([far, hair], hair, width, height, samples))


def _head(
    seed: int, strands: int, length: tuple[float, float], bend: float, thickness: tuple[float, float]
) -> NDArray[np.float32]:
    """The cut-out of an oval head with strands that leave its outline, in texels."""
    random = np.random.default_rng(seed)
    opening = np.zeros((_SIZE_PX, _SIZE_PX), np.float32)
    centre, axes = np.array([_SIZE_PX * 0.5, _SIZE_PX * 0.58]), np.array([_SIZE_PX * 0.2, _SIZE_PX * 0.24])
    cv2.ellipse(opening, centre.astype(int).tolist(), axes.astype(int).tolist(), 0, 0, 360, 1.0, -1)
    for _ in range(strands):
        around = random.uniform(0, 2 * np.pi)
        at = centre + axes * np.array([np.cos(around), np.sin(around)]) * random.uniform(0.9, 1.0)
        angle, turn = around + random.normal(0, 0.6), random.normal(0, bend / 2)
        steps = int(random.uniform(*length) / 10)
        wide = random.uniform(*thickness)
        for step in range(steps):
            following = at + 10.0 * np.array([np.cos(angle), np.sin(angle)])
            taper = max(1, round(wide * (1.0 - 0.7 * step / steps)))
            cv2.line(opening, at.astype(int).tolist(), following.astype(int).tolist(), 1.0, taper)
            at, angle, turn = following, angle + turn, turn + random.normal(0, bend / 4)
    return opening
