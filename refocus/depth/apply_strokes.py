"""Depth corrected by hand: strokes say what is nearer, farther or as near as something else, and objects follow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity
from refocus.core.sizes import fitted_size
from refocus.depth.geodesic import geodesic_distance
from refocus.depth.strokes import Stroke

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LONG_SIDE_PX = 512  # objects are followed at this size, then their edges at the photo's own
_REACH_SHARE = 0.5  # an even surface is followed up to this share of the long side
_COLOUR_TOLL = 1 / 120  # of a grey level between neighbours, in reaches
_TEXTURE = 6.0  # grey levels: smaller differences cost nothing
_DEPTH_TOLL = 3.0  # of a step of the map's whole range, in reaches
_SLOPE_SHARE = 0.03  # of the range: smaller steps of the map cost nothing
_FULL_SHARE = 0.5  # up to this share of the reach all of the stroke's effect counts
_UNLIKE = (8.0, 24.0)  # CIELAB differences from the colours under the brush: the same below, foreign above
_UNLIKE_TOLL = 0.04  # of a pixel of foreign colour, in reaches
_SAMPLES = 48  # colours taken from under the brush
_LEAST_TOLL = 0.05  # pixels; the way itself is counted as the crow flies, which gives rounder fronts
_EDGE_REACH = 60.0  # strength of the smoothing that brings the effect onto the photo's edges
_LEAST_SHARE = 0.004  # smaller effects are none, so that the rest of the map stays as it is
_EDGE_DELTA = 7.0  # grey levels


@dataclass(frozen=True, slots=True, eq=False)
class StrokeGuide:
    """What strokes on one photo need, prepared once.

    Attributes:
        photo_srgb: (height, width, 3) uint8.
        guide_srgb: the same without texture.
        small_srgb: `guide_srgb` at the size objects are followed at.
    """

    photo_srgb: NDArray[np.uint8]
    guide_srgb: NDArray[np.uint8]
    small_srgb: NDArray[np.uint8]

    @classmethod
    def of(cls, photo_srgb: NDArray[np.uint8]) -> "StrokeGuide":
        """From a (height, width, 3) uint8 sRGB photo."""
        import cv2

        height, width = photo_srgb.shape[:2]
        guide = np.asarray(cv2.ximgproc.fastGlobalSmootherFilter(photo_srgb, photo_srgb, 30.0, 12.0), np.uint8)
        size = fitted_size((width, height), _LONG_SIDE_PX, min_side_px=8)
        return cls(photo_srgb, guide, np.asarray(cv2.resize(guide, size, interpolation=cv2.INTER_AREA), np.uint8))


def apply_strokes(disparity: Disparity, photo_srgb: NDArray[np.uint8], strokes: Sequence[Stroke]) -> Disparity:
    """The map with strokes applied, one after the other.

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
    ground = StrokeGuide.of(photo_srgb)
    values = disparity.values
    for stroke in strokes:
        values = apply_stroke(values, ground, stroke, span=(disparity.farthest, disparity.nearest))
    return replace(disparity, values=values, touched_up=True)


def apply_stroke(values: Floats, ground: StrokeGuide, stroke: Stroke, *, span: tuple[float, float]) -> Floats:
    """Disparity, (height, width) float32, with one stroke applied.

    Args:
        values: before.
        ground: of the photo.
        stroke: what to correct.
        span: smallest and largest disparity the map may hold.
    """
    farthest, nearest = span
    share = stroke_share(values, ground, stroke)
    if stroke.kind == "same":
        target = np.float32(_depth_at_start(values, stroke))
        return np.asarray(values + stroke.strength * share * (target - values), np.float32)
    move = stroke.strength * (nearest - farthest) * (1 if stroke.kind == "nearer" else -1)
    return np.asarray(np.clip(values + share * move, farthest, nearest), np.float32)


def stroke_share(values: Floats, ground: StrokeGuide, stroke: Stroke) -> Floats:
    """How much of a stroke's effect each pixel gets: (height, width) float32 in [0, 1], 1 under the brush.

    The effect walks from the brush over the picture; colour edges and steps of the map are toll gates. What it costs
    to get somewhere decides how much arrives there, and the photo's own edges decide where exactly it stops.
    """
    import cv2

    height, width = values.shape
    rows, columns = ground.small_srgb.shape[:2]
    small = np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    reach = _REACH_SHARE * max(rows, columns)
    brushed = _brushed(stroke, (rows, columns))
    toll = _toll(small, ground.small_srgb, reach) + reach * _UNLIKE_TOLL * _unlike(ground.small_srgb, brushed)
    tolls = geodesic_distance(brushed, toll, reach=reach)
    distance = tolls + cv2.distanceTransform(np.asarray(~brushed, np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    effect = np.clip((1 - distance / reach) / (1 - _FULL_SHARE), 0, 1).astype(np.float32)
    large = cv2.resize(effect, (width, height), interpolation=cv2.INTER_LINEAR)
    reach_px = _EDGE_REACH * (max(height, width) / 1024) ** 2
    share = cv2.ximgproc.fastGlobalSmootherFilter(ground.guide_srgb, large, reach_px, _EDGE_DELTA)
    share = np.where(share < _LEAST_SHARE, 0, np.clip(share, 0, 1))
    return np.asarray(np.maximum(share, _brushed(stroke, (height, width))), np.float32)


def _toll(small: Floats, guide_srgb: NDArray[np.uint8], reach: float) -> Floats:
    """What a pixel costs to walk over: nearly nothing on even ground, much on a colour edge or a step of the map."""
    import cv2

    square = np.ones((3, 3), np.uint8)
    low, high = np.asarray(cv2.erode(guide_srgb, square), np.float32), np.asarray(cv2.dilate(guide_srgb, square))
    colour = np.max(high - low, axis=-1)
    step = np.asarray(cv2.dilate(small, square) - cv2.erode(small, square)) / max(float(np.ptp(small)), 1e-9)
    toll = _COLOUR_TOLL * np.maximum(colour - _TEXTURE, 0) + _DEPTH_TOLL * np.maximum(step - _SLOPE_SHARE, 0)
    return np.asarray(_LEAST_TOLL + reach * toll, np.float32)


def _unlike(guide_srgb: NDArray[np.uint8], brushed: Mask) -> Floats:
    """How foreign each pixel's colour is to those under the brush: (rows, columns) float32 in [0, 1]."""
    import cv2

    lab = cv2.cvtColor(guide_srgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    under = lab[brushed]
    samples = under[np.linspace(0, len(under) - 1, min(len(under), _SAMPLES)).astype(int)]
    pixels = lab.reshape(-1, 3)
    # |a - b|^2 = a^2 + (b^2 - 2ab), for all samples at once
    nearest = (pixels**2).sum(axis=1) + ((samples**2).sum(axis=1) - 2 * pixels @ samples.T).min(axis=1)
    low, high = _UNLIKE
    difference = np.sqrt(np.maximum(nearest, 0)).reshape(lab.shape[:2])
    return np.asarray(np.clip((difference - low) / (high - low), 0, 1), np.float32)


def _brushed(stroke: Stroke, size: tuple[int, int]) -> Mask:
    """Where the brush went, (height, width)."""
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
    """Median disparity under the brush where the stroke began."""
    start = Stroke("same", stroke.points[:1], stroke.radius)
    return float(np.median(values[_brushed(start, (values.shape[0], values.shape[1]))]))
