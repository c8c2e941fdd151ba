"""Outlines that lie beside the picture's own: moved onto them.

Depth cameras are not quite aligned with the picture, and networks draw outlines some pixels too wide or too narrow.
Across each outline the picture is looked at along its normal: where neighbouring pixels differ most, on average over
the outline around, is where the outline belongs. The average is over neighbours of similar direction, so that texture,
which differs from place to place, is evened out and both sides of a bar are told apart.

In a map whose outlines lie on the picture's, hardly any place looks better than where they are, and such a map is left
as it is. Things only a few pixels wide are not moved: the picture cannot tell one of their sides from the other.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import KDTree

from refocus.optics.render.filters import nearest_points
from refocus.optics.render.lamps import LAMP_LIGHT_MIN

_BASE_LONG_SIDE_PX = 1024
"""Up to this long side lengths are as given below, beyond they grow with it."""
_MAX_OFFSET = 4
"""Farthest place looked at on either side, in steps."""
_MAX_PASSES = 3
_MIN_STEP = 2.0
"""Steps in disparity below this, in jumps that separate two surfaces, are harmless."""
_THIN_PX = 5
_NORMAL_RADIUS_PX = 3
_MIN_NORMAL = 0.3
"""Where an outline has no clear direction the sum of its unit vectors is shorter than this."""
_MAX_DIFFERENCE = 0.35
"""Of neighbours, in the square root of light: larger ones count no more."""
_MAX_NODES = 4000
_NEIGHBOURS = 48
_ALONG_PX, _TURN = 14.0, 1.5
"""Neighbours are within about this many pixels, and their normals differ by less than 1 / this."""
_ALONG_LONG_SIDE_PX = 480
"""Up to this long side; beyond, the distance along the outline grows with it."""
_MAX_DISTANCE = 1.6
_MIN_WEIGHT = 3.0
_FARTHER = 0.03
"""A place must be better by this share a step."""
_CLEARER, _CLEAR = 1.25, 1.3
"""How much more its neighbours differ there than where the outline is, and than elsewhere."""
_MAX_VARIANCE, _LEAST_STEPS = 1.5, 0.5
_MIN_MISPLACED = 0.25
"""In a map with a smaller share of misplaced outlines all stay."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Outline:
    """Pixels on the nearer side of outlines, each (points,).

    Attributes:
        rows, columns: of the pixels.
        near, far: disparity of both sides.
        right, down: unit vector towards the nearer side.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    near: Floats
    far: Floats
    right: Floats
    down: Floats

    def places(self, along_px: float) -> Floats:
        """(points, 4) positions and directions, whose distance tells whether points belong together."""
        place = (self.columns / along_px, self.rows / along_px, _TURN * self.right, _TURN * self.down)
        return np.stack(place, axis=1).astype(np.float32)


def move_outlines(scene: torch.Tensor, disparity: torch.Tensor, jump: float) -> torch.Tensor:
    """Move the outlines of a depth map that lie beside the picture's onto them.

    Args:
        scene: (height, width, 3) linear light.
        disparity: (height, width), with hard outlines.
        jump: a jump in disparity of at least this separates two surfaces.

    Returns:
        (height, width), the same tensor when nothing is misplaced.
    """
    light, given = scene.cpu().numpy(), np.ascontiguousarray(disparity.cpu().numpy())
    values, step_px = given, max(1.0, max(given.shape) / _BASE_LONG_SIDE_PX)
    lamps = (scene.amax(2) > LAMP_LIGHT_MIN).cpu().numpy()
    for _ in range(_MAX_PASSES):
        keep = _kept(lamps, values, jump, step_px)
        outline = _find_outline(values, keep, jump)
        if outline is None:
            break
        offset_px = _offsets(light, outline, step_px)
        if offset_px is None:
            break
        values = _moved(values, outline, offset_px, keep)
    return disparity if values is given else torch.from_numpy(values).to(disparity)


def _kept(lamps: NDArray[np.bool_], values: Floats, jump: float, step_px: float) -> NDArray[np.bool_]:
    """Thin things and lamps, and what is close to them."""
    thin_px = 2 * round(_THIN_PX // 2 * step_px) + 1
    square = np.ones((thin_px, thin_px), np.uint8)
    thin = values - cv2.dilate(cv2.erode(values, square), square) > jump
    kept = cv2.dilate(thin.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if lamps.any():
        around_px = 2 * round((_MAX_OFFSET + 1) * step_px) + 1
        kept |= cv2.dilate(lamps.astype(np.uint8), np.ones((around_px, around_px), np.uint8)) > 0
    return np.asarray(kept)


def _find_outline(values: Floats, keep: NDArray[np.bool_], jump: float) -> _Outline | None:
    """Pixels beside a step, where it has a clear direction; None when there are too few."""
    farthest = np.asarray(cv2.erode(values, np.ones((3, 3), np.uint8)), np.float32)
    rows, columns = np.nonzero((values - farthest > _MIN_STEP * jump) & ~keep)
    if rows.size == 0:
        return None
    near, far = values[rows, columns], farthest[rows, columns]
    middle = 0.5 * (near + far)
    radius = _NORMAL_RADIUS_PX
    around = np.pad(values, radius, mode="edge")
    right, down = np.zeros_like(near), np.zeros_like(near)
    for y in range(-radius, radius + 1):
        for x in range(-radius, radius + 1):
            weight = np.float32(np.exp(-(x * x + y * y) / 6.0)) * (x * x + y * y <= radius * radius + 1)
            is_near = weight * (around[rows + radius + y, columns + radius + x] > middle)
            right += x * is_near
            down += y * is_near
    length = np.hypot(right, down)
    clear = length > _MIN_NORMAL
    if clear.sum() < _NEIGHBOURS:
        return None
    right[clear] /= length[clear]
    down[clear] /= length[clear]
    return _Outline(rows[clear], columns[clear], near[clear], far[clear], right[clear], down[clear])


def _offsets(light: Floats, outline: _Outline, step_px: float) -> Floats | None:
    """(points,) pixels to move each point by, towards the nearer side; None when too few are misplaced."""
    count = len(outline.rows)
    chosen = np.linspace(0, count - 1, min(count, _MAX_NODES)).round().astype(int)
    along_px = _ALONG_PX * max(1.0, max(light.shape) / _ALONG_LONG_SIDE_PX)
    places = outline.places(along_px)
    differences = _differences(light, outline, chosen, step_px)
    tree = KDTree(places[chosen])
    distance, other = tree.query(places[chosen], k=_NEIGHBOURS, distance_upper_bound=_MAX_DISTANCE)
    weight = np.exp(-2.0 * np.where(np.isfinite(distance), distance, 0.0) ** 2) * np.isfinite(distance)
    other = np.where(np.isfinite(distance), other, 0)
    known = weight.sum(axis=1) > _MIN_WEIGHT
    weight /= weight.sum(axis=1, keepdims=True)
    differs = np.einsum("pn,pns->ps", weight, differences[other])
    steps = np.arange(-_MAX_OFFSET, _MAX_OFFSET + 1)
    best = (differs * (1.0 - _FARTHER * np.abs(steps))).argmax(axis=1)
    here, there, usual = differs[:, _MAX_OFFSET], differs[np.arange(len(best)), best], np.median(differs, axis=1)
    is_better = known & (there > _CLEARER * here) & (there > _CLEAR * usual)
    found = np.where(is_better, steps[best], 0)
    trust = np.where(is_better, there - here, np.maximum(here - usual, 0.0) + 0.01)
    weight *= trust[other]
    weight /= weight.sum(axis=1, keepdims=True)
    mean = (weight * found[other]).sum(axis=1)
    misplaced = np.abs(mean) >= _LEAST_STEPS
    if misplaced.mean() < _MIN_MISPLACED:
        return None
    agreed = (weight * (found[other] - mean[:, None]) ** 2).sum(axis=1) < _MAX_VARIANCE
    offset_px = np.where(misplaced & agreed, mean * step_px, 0.0).astype(np.float32)
    return offset_px[tree.query(places)[1]]


def _differences(light: Floats, outline: _Outline, chosen: NDArray[np.intp], step_px: float) -> Floats:
    """(nodes, 2 * _MAX_OFFSET + 1) by how much the picture differs from step to step across the outline."""
    across_px = np.arange(-_MAX_OFFSET - 1, _MAX_OFFSET + 1, dtype=np.float32) * np.float32(step_px)
    across_px += np.float32(0.5 * (step_px - 1.0))  # the step in the middle is astride the outline
    columns = outline.columns[chosen, None] + outline.right[chosen, None] * across_px
    rows = outline.rows[chosen, None] + outline.down[chosen, None] * across_px
    seen = cv2.remap(
        light, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    root = np.sqrt(np.clip(seen, 0.0, 1.0))
    return np.minimum(np.sqrt((np.diff(root, axis=1) ** 2).sum(axis=2)), np.float32(_MAX_DIFFERENCE))


def _moved(values: Floats, outline: _Outline, offset_px: Floats, keep: NDArray[np.bool_]) -> Floats:
    """The map with the pixels between an outline and its new place given to the other side."""
    distance_px, point_at = nearest_points(outline.rows, outline.columns, values.shape)
    rows, columns = np.nonzero((distance_px <= float(np.abs(offset_px).max()) + 1.0) & ~keep)
    point = point_at[rows, columns]
    own, near, far = values[rows, columns], outline.near[point], outline.far[point]
    is_near = own > 0.5 * (near + far)
    # The outline lies half a pixel beyond the pixels of its nearer side.
    depth_px = np.where(is_near, distance_px[rows, columns] + 0.5, 0.5 - distance_px[rows, columns])
    wanted_near = depth_px > offset_px[point]
    slack = 0.3 * (near - far)
    change = (wanted_near != is_near) & (offset_px[point] != 0.0) & (own > far - slack) & (own < near + slack)
    moved = values.copy()
    moved[rows[change], columns[change]] = np.where(wanted_near, near, far)[change]
    return moved
