"""Applies a user's strokes to a disparity map; the object under a stroke follows it, by geodesic distance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity
from refocus.core.sizes import fitted_size
from refocus.depth.strokes import Stroke

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MAX_ROUNDS = 40


def geodesic_distance(seed: NDArray[np.bool_], cost: Floats, *, reach: float) -> Floats:
    """Distance of each pixel from the seed, over neighbours above, below, left and right.

    A step between two neighbours costs the mean of their costs. Rows and columns are swept in turn until nothing
    within reach gets nearer; one sweep relaxes a whole row at once (running minimum of distance minus cost).

    Args:
        seed: (height, width), where the distance is 0.
        cost: (height, width) float32 above 0.
        reach: distances beyond it may be too large.

    Returns:
        (height, width) float32; infinite where there is no path.
    """
    distance = np.where(seed, np.float32(0), np.float32(np.inf))
    across = np.concatenate([np.zeros_like(cost[:, :1]), np.cumsum((cost[:, 1:] + cost[:, :-1]) / 2, axis=1)], axis=1)
    down = np.concatenate([np.zeros_like(cost[:1]), np.cumsum((cost[1:] + cost[:-1]) / 2, axis=0)], axis=0)
    for _ in range(_MAX_ROUNDS):
        before = distance
        distance = _sweep(_sweep(distance, across, 1), down, 0)
        if not ((distance < reach) & (distance < before - 0.01 * reach)).any():
            break
    return distance


def _sweep(distance: Floats, path_cost: Floats, axis: int) -> Floats:
    """Both directions along one axis; `path_cost` is the cost from its beginning."""
    forth = path_cost + np.minimum.accumulate(distance - path_cost, axis=axis)
    back = np.flip(np.minimum.accumulate(np.flip(distance + path_cost, axis), axis=axis), axis) - path_cost
    return np.minimum(np.minimum(forth, back), distance)


_LONG_SIDE_PX = 512  # objects are found at this size, and their edges at the size of the photo
_REACH_SHARE = 0.5  # of the long side: how far a stroke reaches on a uniform surface
_COLOUR_COST = 1 / 120  # of a grey level between neighbours, relative to the reach
_TEXTURE = 6.0  # grey levels: smaller differences are free
_DEPTH_COST = 3.0  # of a step of the map's whole range, relative to the reach
_SLOPE_SHARE = 0.03  # of the range: smaller steps of the map are free
_FULL_SHARE = 0.5  # of the reach: up to here the stroke has its full effect
_COLOUR_DIFFERENCE = (8.0, 24.0)  # in CIELAB from the colours under the brush: same object below, other above
_OTHER_COLOUR_COST = 0.04  # of a pixel of another colour, relative to the reach
_SAMPLES = 48  # colours taken from under the brush
_MIN_COST = 0.05  # pixels; Euclidean distance is added separately, which gives rounder fronts
_EDGE_SMOOTHING = 60.0  # strength of the smoothing that aligns the effect with the photo's edges
_MIN_WEIGHT = 0.004  # smaller effects are set to 0, so that the rest of the map is unchanged
_EDGE_DELTA = 7.0  # grey levels


@dataclass(frozen=True, slots=True, eq=False)
class StrokeGuide:
    """Images that guide strokes on one photo, computed once.

    Attributes:
        photo_srgb: (height, width, 3) uint8.
        guide_srgb: the photo without texture.
        small_srgb: `guide_srgb` at the size objects are found at.
    """

    photo_srgb: NDArray[np.uint8]
    guide_srgb: NDArray[np.uint8]
    small_srgb: NDArray[np.uint8]

    @classmethod
    def from_photo(cls, photo_srgb: NDArray[np.uint8]) -> "StrokeGuide":
        """From a (height, width, 3) uint8 sRGB photo."""
        import cv2

        height, width = photo_srgb.shape[:2]
        guide = np.asarray(cv2.ximgproc.fastGlobalSmootherFilter(photo_srgb, photo_srgb, 30.0, 12.0), np.uint8)
        size = fitted_size((width, height), _LONG_SIDE_PX, min_side_px=8)
        return cls(photo_srgb, guide, np.asarray(cv2.resize(guide, size, interpolation=cv2.INTER_AREA), np.uint8))


def apply_strokes(disparity: Disparity, photo_srgb: NDArray[np.uint8], strokes: Sequence[Stroke]) -> Disparity:
    """Apply strokes to a disparity map, one after the other.

    Args:
        disparity: a map of the photo's size.
        photo_srgb: (height, width, 3) uint8 sRGB, sharp where outlines matter.
        strokes: what to correct.

    Returns:
        A map of the same range and kind, marked as `touched_up`.

    Raises:
        BadInput: when map and photo differ in size.
    """
    if disparity.values.shape != photo_srgb.shape[:2]:
        raise BadInput("Depth map and photo differ in size.", todo="Resize the map to the photo first.")
    if not strokes:
        return disparity
    guide = StrokeGuide.from_photo(photo_srgb)
    values = disparity.values
    for stroke in strokes:
        values = apply_stroke(values, guide, stroke, span=(disparity.farthest, disparity.nearest))
    return replace(disparity, values=values, touched_up=True)


def apply_stroke(values: Floats, guide: StrokeGuide, stroke: Stroke, *, span: tuple[float, float]) -> Floats:
    """Disparity, (height, width) float32, with one stroke applied.

    Args:
        values: before.
        guide: of the photo.
        stroke: what to correct.
        span: smallest and largest disparity the map may hold.
    """
    farthest, nearest = span
    weight = stroke_weight(values, guide, stroke)
    if stroke.kind == "same":
        target = np.float32(_depth_at_start(values, stroke))
        return np.asarray(values + stroke.strength * weight * (target - values), np.float32)
    move = stroke.strength * (nearest - farthest) * (1 if stroke.kind == "nearer" else -1)
    return np.asarray(np.clip(values + weight * move, farthest, nearest), np.float32)


def stroke_weight(values: Floats, guide: StrokeGuide, stroke: Stroke) -> Floats:
    """Weight of a stroke's effect at each pixel: (height, width) float32 in [0, 1], 1 under the brush.

    The weight falls with the geodesic distance from the brush, in which colour edges and steps of the map are costly,
    and is then aligned with the edges of the photo.
    """
    import cv2

    height, width = values.shape
    rows, columns = guide.small_srgb.shape[:2]
    small = np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    reach = _REACH_SHARE * max(rows, columns)
    brushed = _brush_mask(stroke, (rows, columns))
    colour_cost = reach * _OTHER_COLOUR_COST * _colour_difference(guide.small_srgb, brushed)
    geodesic = geodesic_distance(brushed, _pixel_cost(small, guide.small_srgb, reach) + colour_cost, reach=reach)
    euclidean = cv2.distanceTransform(np.asarray(~brushed, np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = geodesic + euclidean
    effect = np.clip((1 - distance / reach) / (1 - _FULL_SHARE), 0, 1).astype(np.float32)
    large = cv2.resize(effect, (width, height), interpolation=cv2.INTER_LINEAR)
    strength = _EDGE_SMOOTHING * (max(height, width) / 1024) ** 2
    weight = cv2.ximgproc.fastGlobalSmootherFilter(guide.guide_srgb, large, strength, _EDGE_DELTA)
    weight = np.where(weight < _MIN_WEIGHT, 0, np.clip(weight, 0, 1))
    return np.asarray(np.maximum(weight, _brush_mask(stroke, (height, width))), np.float32)


def _pixel_cost(small: Floats, guide_srgb: NDArray[np.uint8], reach: float) -> Floats:
    """Cost of crossing each pixel: small on a uniform surface, large at a colour edge or a step of the map."""
    import cv2

    square = np.ones((3, 3), np.uint8)
    colour = cv2.morphologyEx(guide_srgb, cv2.MORPH_GRADIENT, square).max(axis=-1).astype(np.float32)
    step = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, square) / max(float(np.ptp(small)), 1e-9)
    cost = _COLOUR_COST * np.maximum(colour - _TEXTURE, 0) + _DEPTH_COST * np.maximum(step - _SLOPE_SHARE, 0)
    return np.asarray(_MIN_COST + reach * cost, np.float32)


def _colour_difference(guide_srgb: NDArray[np.uint8], brushed: Mask) -> Floats:
    """Difference of each pixel's colour from those under the brush: (rows, columns) float32 in [0, 1]."""
    import cv2

    lab = cv2.cvtColor(guide_srgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    under = lab[brushed]
    samples = under[np.linspace(0, len(under) - 1, min(len(under), _SAMPLES)).astype(int)]
    pixels = lab.reshape(-1, 3)
    # |a - b|^2 = a^2 + (b^2 - 2ab), for all samples at once
    nearest = (pixels**2).sum(axis=1) + ((samples**2).sum(axis=1) - 2 * pixels @ samples.T).min(axis=1)
    low, high = _COLOUR_DIFFERENCE
    difference = np.sqrt(np.maximum(nearest, 0)).reshape(lab.shape[:2])
    return np.asarray(np.clip((difference - low) / (high - low), 0, 1), np.float32)


def _brush_mask(stroke: Stroke, size: tuple[int, int]) -> Mask:
    """Pixels under the brush, (height, width)."""
    import cv2

    height, width = size
    radius = max(1, round(stroke.radius * max(height, width)))
    canvas = np.zeros(size, np.uint8)
    points = [(round(x * (width - 1)), round(y * (height - 1))) for x, y in stroke.points]
    for start, end in zip(points, [*points[1:], points[-1]], strict=True):
        cv2.line(canvas, start, end, 1, 2 * radius + 1 if radius > 1 else 1)
        cv2.circle(canvas, end, radius, 1, -1)
    cv2.circle(canvas, points[0], radius, 1, -1)
    return canvas > 0


def _depth_at_start(values: Floats, stroke: Stroke) -> float:
    """Median disparity under the brush at the start of the stroke."""
    start = Stroke("same", stroke.points[:1], stroke.radius)
    return float(np.median(values[_brush_mask(start, (values.shape[0], values.shape[1]))]))
