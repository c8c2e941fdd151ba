"""Outlines that a depth map has blurred: found by their profiles, and drawn as steps.

Maps from networks and phones are soft at outlines, often over tens of pixels when they are enlarged to the photo.
Across such an outline the disparity follows a ramp between two surfaces. Rendered so, each of its pixels has a CoC
that neither surface has: a rim or a glow around the object.

Points of steepest ascent are looked at along their own direction: two surfaces that go on on both sides, and a ramp
between them as steep as a blurred step, are an outline. Both surfaces are then carried on to the middle of the ramp. A
slope that goes on, a thin thing (a ridge, which falls again behind its rise) and a step that is already hard are not
such profiles, and a map in which most outlines are hard is left as it is: its ramps are real.

In a big map the profiles are looked at in a smaller one: ramps shorter than that shows are left to `harden_outlines`.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtr

from refocus.optics.render.filters import nearest_points

_BASE_LONG_SIDE_PX = 1024
_MAX_LONG_SIDE_PX = 1536
"""Profiles are looked at in maps of this size at most."""
_FIRST_RADIUS_PX, _LAST_RADIUS_PX, _RADIUS_GROWTH = 2.0, 42.0, 1.45
"""Half the length of ramps looked for; the last grows with the photo, as the maps of networks and phones do."""
_PRESMOOTHING_PX = 0.7
_MIN_STEP = 2.0
"""Steps below this, in jumps that separate two surfaces, are harmless."""
_STEEPER = 1.3
"""An outline is steeper than its surroundings by this factor at least."""
_HARD = 0.6
"""A rise of this share of the step within two pixels needs no sharpening."""
_MAX_HARD = 0.7
"""In a map with a larger share of hard outlines, ramps are real."""
_BESIDE, _FAR_BESIDE = 1.5, 2.5
"""The surface beside a ramp is measured between these, in radii."""
_MAX_REST = 0.12
"""What is left of the step at the radius on either side, as a share of it."""
_MAX_SLOPE = 0.3
"""Rise of a surface over a radius, as a share of the step."""
_OVERSHOOT = 0.03
"""A surface carried on to the ramp may lie outside of what is there by this share of the step."""
_MIN_AROUND, _AROUND_PX = 5, 9
"""Points of an outline in a square around each, at least, and its side."""
_MIN_ALIKE, _MAX_DIFFERENT = 0.9, 0.25
"""Length of their directions' mean, and difference of their surfaces from the point's as a share of the step."""
_MAX_ROUGHNESS, _ROUGHNESS_SAMPLES = 0.06, 7
"""Second difference along an outline, as a share of the step, at this many places within the radius."""
_REACH = 1.3
"""How far around an outline pixels are redrawn, in radii."""
_SIGMAS_A_RADIUS = 1.2
_MAX_CHANGE, _MIN_CHANGE = 1.5, 0.08
"""Pixels change by at most this much of what a blurred step explains, plus this share of the step."""
_AT_ONCE = 30_000

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Points of steepest ascent, each (points,).

    Attributes:
        rows, columns: whole pixels.
        right, down: unit vector towards the nearer surface.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    right: Floats
    down: Floats

    def chosen(self, which: NDArray[Any]) -> "_Points":
        """Those of a mask, or of indices."""
        return _Points(self.rows[which], self.columns[which], self.right[which], self.down[which])

    def enlarged(self, scale: int) -> "_Points":
        """In a map larger by a scale; each is in the middle of its block."""
        middle = scale // 2
        return _Points(self.rows * scale + middle, self.columns * scale + middle, self.right, self.down)

    def profiles(self, plane: Floats, at_px: Floats, aside_px: Floats | float = 0.0) -> Floats:
        """Values of a (height, width) plane around the points.

        Args:
            at_px: (distances,) or (points, distances) towards the nearer surface.
            aside_px: the same at right angles to that.

        Returns:
            (points, distances)
        """
        columns = (self.columns[:, None] + self.right[:, None] * at_px - self.down[:, None] * aside_px).astype(
            np.float32
        )
        rows = (self.rows[:, None] + self.down[:, None] * at_px + self.right[:, None] * aside_px).astype(np.float32)
        found = np.empty(columns.shape, np.float32)
        for start in range(0, len(found), _AT_ONCE):  # OpenCV takes no larger tables
            part = slice(start, start + _AT_ONCE)
            found[part] = cv2.remap(plane, columns[part], rows[part], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return found

    def within(self, size: tuple[int, ...], reach_px: float) -> NDArray[np.bool_]:
        """Whether profiles of this reach stay within a picture."""
        right, down = reach_px * np.abs(self.right), reach_px * np.abs(self.down)
        fits = (self.columns - right >= 0) & (self.columns + right <= size[1] - 1)
        return np.asarray(fits & (self.rows - down >= 0) & (self.rows + down <= size[0] - 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Ramps:
    """Ramps between two surfaces, each (points,).

    Attributes:
        radius_px: half the length; 0 where there is no ramp.
        near, far: the surfaces' disparity at the radius on either side.
        near_slope, far_slope: its rise a pixel there, towards the nearer surface.
    """

    radius_px: Floats
    near: Floats
    far: Floats
    near_slope: Floats
    far_slope: Floats

    def chosen(self, which: NDArray[Any]) -> "_Ramps":
        """Those of a mask, or of indices."""
        return _Ramps(
            self.radius_px[which], self.near[which], self.far[which], self.near_slope[which], self.far_slope[which]
        )

    def enlarged(self, scale: int) -> "_Ramps":
        """In a map larger by a scale."""
        slower = np.float32(1.0 / scale)
        return _Ramps(self.radius_px * scale, self.near, self.far, self.near_slope * slower, self.far_slope * slower)


def sharpen_outlines(disparity: torch.Tensor, jump: float) -> torch.Tensor:
    """Draw the soft outlines of a depth map as steps.

    Args:
        disparity: (height, width).
        jump: a jump in disparity of at least this separates two surfaces.

    Returns:
        (height, width), the same tensor when nothing is soft.
    """
    given = np.ascontiguousarray(disparity.cpu().numpy())
    scale = -(-max(given.shape) // _MAX_LONG_SIDE_PX)
    height, width = (length // scale for length in given.shape)
    values = np.asarray(
        cv2.resize(given[: height * scale, : width * scale], (width, height), interpolation=cv2.INTER_AREA), np.float32
    )
    points = _steepest(values, jump)
    if points is None:
        return disparity
    central = np.ptp(points.profiles(values, np.array([-1.0, 1.0], np.float32)), axis=1)
    ramps = _measure(values, points, central, jump)
    found, is_hard = ramps.radius_px > 0.0, central >= _HARD * (ramps.near - ramps.far)
    soft = found & ~is_hard
    if soft.sum() <= (1.0 - _MAX_HARD) * found.sum():
        return disparity
    soft[soft] = _is_smooth(values, points.chosen(soft), ramps.chosen(soft))
    soft[soft] = _goes_on(values.shape, points.chosen(soft), ramps.chosen(soft))
    if not soft.any():
        return disparity
    points, ramps = points.chosen(soft).enlarged(scale), ramps.chosen(soft).enlarged(scale)
    return torch.from_numpy(_redrawn(given, points, ramps, scale)).to(disparity)


def _steepest(values: Floats, jump: float) -> _Points | None:
    """Points that are steeper than their surroundings and than their neighbours up and down the slope."""
    smooth = np.asarray(cv2.GaussianBlur(values, (0, 0), _PRESMOOTHING_PX), np.float32)
    right, down = (np.asarray(cv2.Sobel(smooth, cv2.CV_32F, x, 1 - x, ksize=3, scale=0.125)) for x in (1, 0))
    steepness = np.asarray(cv2.magnitude(right, down), np.float32)
    last_px = _last_radius_px(values)
    around = np.asarray(cv2.blur(steepness, (2 * round(last_px) + 1,) * 2), np.float32)
    least = np.float32(_MIN_STEP * jump / (_SIGMAS_A_RADIUS * last_px))
    rows, columns = np.nonzero(steepness > np.maximum(_STEEPER * around, least))
    if rows.size == 0:
        return None
    own = steepness[rows, columns]
    points = _Points(rows, columns, right[rows, columns] / own, down[rows, columns] / own)
    beside = points.profiles(steepness, np.array([-1.0, 1.0], np.float32))
    return points.chosen((own >= beside[:, 0]) & (own > beside[:, 1]))


def _measure(values: Floats, points: _Points, central: Floats, jump: float) -> _Ramps:
    """The shortest ramp at each point beside which both surfaces go on."""
    count = len(points.rows)
    radius, near, far, near_slope, far_slope = (np.zeros(count, np.float32) for _ in range(5))
    radius_px = _FIRST_RADIUS_PX
    while radius_px <= _last_radius_px(values):
        left = np.flatnonzero(radius == 0.0)
        if left.size == 0:
            break
        here = points.chosen(left)
        places = np.array([-_FAR_BESIDE, -_BESIDE, -1.0, 1.0, _BESIDE, _FAR_BESIDE], np.float32) * radius_px
        seen = here.profiles(values, places)
        far_rise, near_rise = seen[:, 1] - seen[:, 0], seen[:, 5] - seen[:, 4]  # over a radius
        far_end, near_end = seen[:, 1] + (_BESIDE - 1.0) * far_rise, seen[:, 4] - (_BESIDE - 1.0) * near_rise
        step = near_end - far_end
        slack = _OVERSHOOT * step
        fits = here.within(values.shape, _FAR_BESIDE * radius_px) & (step > _MIN_STEP * jump)
        for end, rise, beside, low, high in (
            (far_end, far_rise, seen[:, 2], seen[:, :3].min(axis=1), seen[:, 2]),
            (near_end, near_rise, seen[:, 3], seen[:, 3], seen[:, 3:].max(axis=1)),
        ):
            fits &= (np.abs(end - beside) < _MAX_REST * step) & (np.abs(rise) < _MAX_SLOPE * step)
            fits &= (end > low - slack) & (end < high + slack)
        # As steep in the middle as a straight ramp of this length: a blurred step is steeper.
        fits &= (central[left] * radius_px > step) | (central[left] > _HARD * step)
        at = left[fits]
        radius[at], near[at], far[at] = radius_px, near_end[fits], far_end[fits]
        near_slope[at], far_slope[at] = near_rise[fits] / radius_px, far_rise[fits] / radius_px
        radius_px *= _RADIUS_GROWTH
    return _Ramps(radius, near, far, near_slope, far_slope)


def _is_smooth(values: Floats, points: _Points, ramps: _Ramps) -> NDArray[np.bool_]:
    """Whether the map is as smooth around each point as one blurred over the ramp's length must be."""
    smooth = np.ones(len(points.rows), bool)
    aside = np.linspace(-1.0, 1.0, _ROUGHNESS_SAMPLES, dtype=np.float32) * ramps.radius_px[:, None]
    for at in (-_REACH, -0.6, 0.0, 0.6, _REACH):
        seen = points.profiles(values, np.float32(at) * ramps.radius_px[:, None], aside)
        smooth &= np.abs(np.diff(seen, n=2, axis=1)).max(axis=1) < _MAX_ROUGHNESS * (ramps.near - ramps.far)
    return smooth


def _goes_on(size: tuple[int, ...], points: _Points, ramps: _Ramps) -> NDArray[np.bool_]:
    """Whether an outline goes on around each point, in its direction and between its two surfaces."""

    def around(values: Floats | float) -> Floats:
        plane = np.zeros(size, np.float32)
        plane[points.rows, points.columns] = values
        total = np.asarray(cv2.boxFilter(plane, -1, (_AROUND_PX, _AROUND_PX), normalize=False), np.float32)
        return total[points.rows, points.columns]

    count = around(1.0)
    alike = np.hypot(around(points.right), around(points.down)) > _MIN_ALIKE * count
    for end in (ramps.near, ramps.far):
        alike &= np.abs(around(end) / count - end) < _MAX_DIFFERENT * (ramps.near - ramps.far)
    return np.asarray(alike & (count > _MIN_AROUND - 0.5))


def _redrawn(values: Floats, points: _Points, ramps: _Ramps, spacing_px: int) -> Floats:
    """The map with each pixel beside a ramp on the surface that it is closer to; points are so far apart."""
    distance_px, point_at = nearest_points(points.rows, points.columns, values.shape)
    reached_px = np.asarray(_REACH * float(ramps.radius_px.max()), np.float32)
    rows, columns = np.nonzero(distance_px <= reached_px)
    point = point_at[rows, columns]
    beside = distance_px[rows, columns] <= _REACH * ramps.radius_px[point]
    rows, columns, point = rows[beside], columns[beside], point[beside]
    right, down = columns - points.columns[point], rows - points.rows[point]
    towards_px = right * points.right[point] + down * points.down[point]
    along_px = np.abs(down * points.right[point] - right * points.down[point])
    own, ramp = values[rows, columns], ramps.chosen(point)
    step = ramp.near - ramp.far
    near_middle, far_middle = (
        end - sign * slope * ramp.radius_px
        for end, slope, sign in ((ramp.near, ramp.near_slope, 1.0), (ramp.far, ramp.far_slope, -1.0))
    )
    redrawn = np.where(
        2.0 * own > near_middle + far_middle,
        near_middle + ramp.near_slope * np.maximum(towards_px, 0.0),
        far_middle + ramp.far_slope * np.minimum(towards_px, 0.0),
    )
    explained = _MAX_CHANGE * ndtr(-_SIGMAS_A_RADIUS * np.abs(towards_px) / ramp.radius_px) + _MIN_CHANGE
    change = (along_px < 1.5 * spacing_px + 0.5 * np.abs(towards_px)) & (np.abs(redrawn - own) < explained * step)
    change &= (own > ramp.far - 0.1 * step) & (own < ramp.near + 0.1 * step)
    sharp = values.copy()
    sharp[rows[change], columns[change]] = redrawn[change].astype(np.float32)
    return sharp


def _last_radius_px(values: Floats) -> float:
    return _LAST_RADIUS_PX * max(1.0, max(values.shape) / _BASE_LONG_SIDE_PX)
