"""Traced scenes three depths deep with thin things in front: a fence before branches, a net before leaves."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.lens_rays import Plane, Truth, trace
from tests.benchmarks.truths import texture

_SIZE_PX = 2048
_FOCAL_LENGTH_WIDTHS = 1.37
Segment = tuple[tuple[float, float], tuple[float, float], float]


def fence_and_branches(width: int = 384, frames: int = 5, samples: int = 128) -> Truth:
    """A slanted fence before branches and twigs at two depths, before a textured wall."""
    planes = [
        _plane(texture(1), None, 5.0, spans=1.4),
        _plane(texture(2), _branches(3, 5, 26), 3.4),
        _plane(texture(4), _branches(5, 4, 22), 2.4, slope_x=0.3),
        _plane(texture(6), _net(150, 10), 1.45, slope_x=0.25),
    ]
    return trace(planes, width, width * 2 // 3, width / 16, frames, samples)


def net_and_leaves(width: int = 384, frames: int = 5, samples: int = 128) -> Truth:
    """A dark net before leaves, before an even bright sky."""
    sky = np.full((64, 64, 4), 1.0, np.float32)
    sky[..., :3] = np.linspace((0.5, 0.6, 0.9), (0.8, 0.85, 0.95), 64, dtype=np.float32)[:, None]
    planes = [
        _plane(sky, None, 20.0, spans=1.4),
        _plane(texture(12) * np.array([0.4, 0.9, 0.3, 1.0], np.float32), _leaves(13, 260), 3.2, slope_x=-0.4),
        _plane(texture(14) * np.array([0.2, 0.2, 0.2, 1.0], np.float32), _net(110, 7), 1.3),
    ]
    return trace(planes, width, width * 2 // 3, width / 16, frames, samples)


def _plane(
    light: NDArray[np.float32],
    opening: NDArray[np.float32] | None,
    depth_m: float,
    *,
    spans: float = 1.25,
    slope_x: float = 0.0,
) -> Plane:
    """A plane whose texture spans the picture's width times `spans`, open all over without an opening."""
    if opening is not None:
        light = cv2.resize(light, opening.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
        light = np.dstack([light[..., :3], opening])
    return Plane(light, depth_m, slope_x=slope_x, pitch_m=spans * depth_m / _FOCAL_LENGTH_WIDTHS / light.shape[0])


def _lines(segments: list[Segment]) -> NDArray[np.float32]:
    opening = np.zeros((_SIZE_PX, _SIZE_PX), np.float32)
    for (x, y), (to_x, to_y), thickness in segments:
        cv2.line(opening, (int(x), int(y)), (int(to_x), int(to_y)), 1.0, max(1, int(thickness)))
    return opening


def _net(pitch: int, thickness: int) -> NDArray[np.float32]:
    segments: list[Segment] = []
    for left in range(-_SIZE_PX, 2 * _SIZE_PX, pitch):
        segments.append(((left, 0), (left + _SIZE_PX, _SIZE_PX), thickness))
        segments.append(((left, _SIZE_PX), (left + _SIZE_PX, 0), thickness))
    return _lines(segments)


def _branches(seed: int, count: int, thickness: float) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    segments: list[Segment] = []

    def grow(x: float, y: float, angle: float, length: float, thickness: float) -> None:
        for _ in range(8):
            end = x + np.cos(angle) * length / 8, y + np.sin(angle) * length / 8
            segments.append(((x, y), end, thickness))
            x, y = end
            angle += random.normal(0, 0.12)
            thickness *= 0.93
            if thickness > 1.5 and random.random() < 0.35:
                turned = angle + random.choice([-1, 1]) * random.uniform(0.4, 0.9)
                grow(x, y, turned, length * 0.55, thickness * 0.55)

    for _ in range(count):
        foot, up = random.uniform(0.1, 0.9) * _SIZE_PX, random.uniform(0.6, 1.0) * _SIZE_PX
        grow(foot, up, -np.pi / 2 + random.normal(0, 0.5), random.uniform(0.5, 0.9) * _SIZE_PX, thickness)
    return _lines(segments)


def _leaves(seed: int, count: int) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    opening = np.zeros((_SIZE_PX, _SIZE_PX), np.float32)
    for _ in range(count):
        centre, length = random.integers(0, _SIZE_PX, 2).tolist(), random.uniform(25, 80)
        cv2.ellipse(opening, centre, (int(length), int(length * 0.4)), random.uniform(0, 180), 0, 360, 1.0, -1)
    return opening
