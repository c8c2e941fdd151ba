"""Small reference renderer: pinhole and lens rays through textured, cut-out planes. For judging the renderer.

Metres and diopters as in a camera that looks along +z, rows down; a plane is z = depth_m + slope_x * x + slope_y * y.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A textured plane; `texture` is (size, size, 4) linear RGB and cut-out, `pitch_m` metres per texel."""

    texture: NDArray[np.float32]
    depth_m: float
    slope_x: float = 0.0
    slope_y: float = 0.0
    pitch_m: float = 0.004


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A sharp picture with depth, and what the lens sees at each focus."""

    scene_linear: NDArray[np.float32]
    disparity: NDArray[np.float32]
    focus_disparity: NDArray[np.float64]
    coc_px_per_disparity: float
    frames_linear: NDArray[np.float32]


def trace(planes: list[Plane], width: int, height: int, max_coc_px: float, frames: int, samples: int = 400) -> Truth:
    """Trace a stack. Focus runs from the nearest to the farthest visible point; CoC spans `max_coc_px` over it."""
    f_px = width * 1.37
    unit = qmc.Sobol(4, seed=7).random(samples)
    still = np.concatenate([np.zeros((samples, 2)), unit[:, 2:]], axis=1)
    centre = np.array([[0.0, 0.0, 0.5, 0.5]])
    _, depth = _shoot(planes, width, height, f_px, 0.0, 1.0, centre)
    scene, _ = _shoot(planes, width, height, f_px, 0.0, 1.0, still)
    disparity = (1.0 / depth).astype(np.float32)
    focus = np.linspace(disparity.max(), disparity.min(), frames)
    slope = max_coc_px / float(np.ptp(disparity))
    radius_m = slope / (2 * f_px)
    disc = np.sqrt(unit[:, 0]) * np.exp(2j * np.pi * unit[:, 1])
    rays = np.concatenate([disc.real[:, None], disc.imag[:, None], unit[:, 2:]], axis=1)
    shot = [_shoot(planes, width, height, f_px, radius_m, 1.0 / at, rays)[0] for at in focus]
    return Truth(scene, disparity, focus, slope, np.stack(shot))


def coverage(planes: list[Plane], front: Plane, width: int, height: int, samples: int = 400) -> NDArray[np.float32]:
    """Share of each pixel of the sharp picture that shows one of the planes: (height, width) in [0, 1]."""
    seen = [replace(plane, texture=_painted(plane.texture, float(plane is front))) for plane in planes]
    still = np.concatenate([np.zeros((samples, 2)), qmc.Sobol(2, seed=7).random(samples)], axis=1)
    return _shoot(seen, width, height, width * 1.37, 0.0, 1.0, still)[0][..., 0]


def _painted(texture: NDArray[np.float32], light: float) -> NDArray[np.float32]:
    return np.dstack([np.full((*texture.shape[:2], 3), light, np.float32), texture[..., 3]])


def _shoot(
    planes: list[Plane], width: int, height: int, f_px: float, radius_m: float, focus_m: float, rays: NDArray
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    light = np.zeros((height, width, 3), np.float64)
    depth = np.zeros((height, width), np.float32)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    for lens_x, lens_y, jitter_x, jitter_y in rays:
        origin_x, origin_y = lens_x * radius_m, lens_y * radius_m
        slant_x = (columns + jitter_x - width / 2) / f_px - origin_x / focus_m
        slant_y = (rows + jitter_y - height / 2) / f_px - origin_y / focus_m
        colour = np.zeros((height, width, 3), np.float32)
        nearest = np.full((height, width), np.inf, np.float32)
        for plane in planes:
            z = (plane.depth_m + plane.slope_x * origin_x + plane.slope_y * origin_y) / (
                1 - plane.slope_x * slant_x - plane.slope_y * slant_y
            )
            size = plane.texture.shape[0]
            u = ((origin_x + slant_x * z) / plane.pitch_m + size / 2).astype(np.float32)
            v = ((origin_y + slant_y * z) / plane.pitch_m + size / 2).astype(np.float32)
            texel = cv2.remap(plane.texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            hit = (texel[..., 3] > 0.5) & (z > 0) & (z < nearest)
            colour[hit] = texel[..., :3][hit]
            nearest[hit] = z[hit]
        light += colour
        depth = nearest
    return (light / len(rays)).astype(np.float32), depth
