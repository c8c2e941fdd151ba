"""Thin-lens blur of a synthetic scene: objects in front of a background, each on a sloping plane of depth."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels
from refocus.training.restore.scene_lights import add_lights

Lens = Callable[[float], NDArray[np.float32]]
"""The blur kernel of a signed CoC diameter in px, as `BlurKernels.kernel`."""

MAX_COC_PX = 22.0
_LEVELS_PX = (0.0, 1.0, 1.8, 2.8, 4.0, 5.5, 7.5, 10.0, 13.0, 17.0, MAX_COC_PX)
OPENINGS = ("circle", "circle", "circle", "hexagon", "heptagon", "octagon", "pentagon")
"""Names of apertures; round ones are the most frequent."""


@dataclass(frozen=True, slots=True, eq=False)
class BlurredScene:
    """A synthetic photo: (height, width, 3) uint8 sRGB, sharp and blurred; (height, width) float32 signed CoC in px."""

    sharp: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    coc_px: NDArray[np.float32]


def blur_scene(
    background: NDArray[np.uint8], objects: list[NDArray[np.uint8]], lens: Lens, random: np.random.Generator
) -> BlurredScene:
    """Blur a scene in linear light, nearer things over farther ones.

    Args:
        background: (side, side, 3) uint8 sRGB.
        objects: pictures of the same size; a random part of each covers the earlier ones.
        lens: gives the blur kernels.
        random: random generator.
    """
    slope, focus_px = _random_slope(random), _random_coc(random)
    side = background.shape[0]
    coc_px = _bounded(focus_px + slope(side))
    sharp = add_lights(srgb_to_linear(background), random)
    seen = _blur(sharp, coc_px, lens)
    for picture in objects:
        mask = _random_mask(side, random)
        nearer_px = _bounded(focus_px + random.uniform(0.5, 10.0) + slope(side))
        object_linear = add_lights(srgb_to_linear(picture), random)
        covered = _blur(np.dstack([object_linear * mask[..., None], mask]), nearer_px, lens)
        seen = covered[..., :3] + (1 - covered[..., 3:]) * seen
        sharp = sharp + mask[..., None] * (object_linear - sharp)
        coc_px = np.where(mask > 0.5, nearer_px, coc_px)
    glare = random.uniform(0.0, 0.12) * (random.random() < 0.5)
    seen = seen + glare * (cv2.GaussianBlur(seen, (0, 0), random.uniform(4.0, 20.0)) - seen)
    return BlurredScene(linear_to_srgb8(sharp), linear_to_srgb8(seen), coc_px.astype(np.float32))


def random_lens(random: np.random.Generator) -> Lens:
    """A lens with a random aperture, aberration and image position; creating it costs more than one blur."""
    name = OPENINGS[random.integers(len(OPENINGS))]
    cat_eye = random.uniform(0.0, 0.7) if random.random() < 0.3 else 0.0
    aperture = Aperture(name=name, rotation_deg=float(random.uniform(0, 60)), cat_eye=float(cat_eye))
    angle = random.uniform(0, 2 * np.pi)
    off_axis = (float(np.cos(angle)), float(np.sin(angle)))
    return lru_cache(maxsize=None)(BlurKernels(aperture, float(random.uniform(-0.9, 0.7)), off_axis).kernel)


def _random_coc(random: np.random.Generator) -> float:
    """Signed blur diameter at the centre of the background: a quarter sharp, the rest log-uniform up to 14 px."""
    if random.random() < 0.25:
        return float(random.uniform(-1.0, 1.0))
    return float(np.exp(random.uniform(np.log(1.5), np.log(14.0))) * random.choice([-1.0, -1.0, 1.0]))


def _random_slope(random: np.random.Generator) -> Callable[[int], NDArray[np.float32]]:
    """A plane of blur through 0; flat in half of the cases."""
    steep = random.exponential(3.0) * (random.random() < 0.5)
    angle = random.uniform(0, 2 * np.pi)

    def plane(side: int) -> NDArray[np.float32]:
        along = np.linspace(-1.0, 1.0, side, dtype=np.float32)
        return np.float32(steep) * (np.cos(angle) * along[None, :] + np.sin(angle) * along[:, None]).astype(np.float32)

    return plane


def _random_mask(side: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Mask of an object: a half plane, ellipse or bar with a ragged outline, antialiased."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
    angle = random.uniform(0, 2 * np.pi)
    across = np.cos(angle) * columns + np.sin(angle) * rows
    along = np.cos(angle) * rows - np.sin(angle) * columns
    rough = cv2.GaussianBlur(random.standard_normal((side, side)).astype(np.float32), (0, 0), random.uniform(3, 12))
    rough = rough * np.float32(random.uniform(0.0, 0.12) / max(float(rough.std()), 1e-6))
    kind = random.integers(3)
    if kind == 0:
        distance = across + random.uniform(-0.25, 0.25)
    elif kind == 1:
        distance = random.uniform(0.1, 0.3) - np.hypot(
            across + random.uniform(-0.3, 0.3), along * random.uniform(0.4, 1.5)
        )
    else:
        distance = random.uniform(0.01, 0.1) - np.abs(across + random.uniform(-0.2, 0.2))
    mask = np.clip((distance + rough) * side / 2 + 0.5, 0, 1)
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.6)


def _bounded(coc_px: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(coc_px, -MAX_COC_PX, MAX_COC_PX).astype(np.float32)


def _blur(light: NDArray[np.float32], coc_px: NDArray[np.float32], lens: Lens) -> NDArray[np.float32]:
    """Blur each pixel by its own diameter, interpolated between the two nearest of `_LEVELS_PX`."""
    diameter = np.abs(coc_px)
    sign = -1.0 if coc_px.mean() < 0 else 1.0
    level = np.interp(diameter, _LEVELS_PX, np.arange(len(_LEVELS_PX)))
    blurred = np.zeros_like(light)
    for index in range(int(level.min()), int(np.ceil(level.max())) + 1):
        share = np.clip(1 - np.abs(level - index), 0, 1).astype(np.float32)
        kernel = lens(sign * _LEVELS_PX[index])
        blurred += share[..., None] * np.maximum(cv2.filter2D(light, -1, kernel, borderType=cv2.BORDER_REFLECT), 0)
    return blurred
