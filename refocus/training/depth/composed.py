"""Put cut-out people and animals into other photos: exact outlines, contact with the ground, right occlusion.

A figure whose feet are seen stands on the floor of a photo with dense depth, at the disparity of the floor under its
feet, and is as tall as a level camera would show it. A figure cut off by the lower border of its photo is put before
everything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from refocus.training.depth.photos import OrderedPhoto

_CUT_OFF_FROM = 0.975  # an outline that reaches this share of the height is cut off by the border
_SMALLEST_FIGURE_PX = 48
_HEIGHTS = {"person": (0.9, 1.4), "animal": (0.25, 0.8)}  # of the camera's height above the ground


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A person or an animal, cut out.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB.
        alpha: (height, width) float32 in [0, 1].
        kind: "person" or "animal".
        cut_off: whether the lower border of its photo cuts it off.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    kind: str
    cut_off: bool


def cut_out(photos: Sequence[OrderedPhoto]) -> list[Figure]:
    """The outlined subjects of photos as figures, those too small or touching a side border left out."""
    figures = []
    for photo in photos:
        height, width = photo.rgb.shape[:2]
        for outline, kind in zip(photo.outlines, photo.kinds, strict=True):
            corners = outline * np.array([width, height], np.float32)
            left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
            right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, (width, height))
            cut_off = bool(outline[:, 1].max() > _CUT_OFF_FROM)
            sides = (outline[:, 0].min() < 0.01) or (outline[:, 0].max() > 0.99)
            if bottom - top < _SMALLEST_FIGURE_PX or outline[:, 1].min() < 0.01 or (sides and not cut_off):
                continue
            mask = np.zeros((height, width), np.uint8)
            cv2.fillPoly(mask, [np.round(corners - 0.5).astype(np.int32)], 255)
            # One pixel less: outlines drawn by hand take some of the background along.
            inner = cv2.erode(mask, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
            window = np.s_[top:bottom, left:right]
            alpha = np.asarray(inner[window] > 0, np.float32)
            figures.append(Figure(np.ascontiguousarray(photo.rgb[window]), alpha, kind, cut_off))
    return figures


def stand_on_floor(
    rng: Generator, rgb: NDArray[np.uint8], disparity: NDArray[np.float32], figures: Sequence[Figure]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]] | None:
    """Stand a figure on the floor of a photo with dense depth.

    Args:
        rng: random numbers.
        rgb: (height, width, 3) uint8 sRGB.
        disparity: (height, width) float32, larger is nearer, 0 where it is unknown.
        figures: those with their feet in the picture are used.

    Returns:
        The photo and its disparity with the figure, or None when no place with a floor was found in a few tries.
    """
    standing = [figure for figure in figures if not figure.cut_off]
    height, width = disparity.shape
    for _ in range(6 if standing else 0):
        figure = standing[rng.integers(len(standing))]
        horizon, feet = rng.uniform(0.2, 0.5) * height, rng.uniform(0.6, 0.98) * height
        tall = (feet - horizon) * rng.uniform(*_HEIGHTS[figure.kind])
        if not 0.25 * height < tall < 1.1 * height:
            continue
        placed = _placed(rng, figure, tall / figure.alpha.shape[0])
        left = int(rng.uniform(-0.1, 1.1) * (width - placed.alpha.shape[1]))
        top = round(feet - placed.alpha.shape[0])
        alpha, pixels = _laid(placed, top, left, height, width)
        floor = disparity[int(feet) - 3 : int(feet) + 3, max(left, 0) : max(left + placed.alpha.shape[1], 1)]
        above = disparity[max(int(feet - 0.5 * tall), 0) : int(feet - 0.3 * tall)]
        floor, above = floor[floor > 0], above[above > 0]
        if floor.size < 20 or above.size < 20 or np.percentile(floor, 80) > 1.3 * np.percentile(floor, 20):
            continue
        at_feet = float(np.median(floor))
        if at_feet < 1.05 * np.median(above):
            continue  # a wall or a table, not a floor that comes nearer towards the lower border
        alpha = alpha * ((disparity < 1.04 * at_feet) | (disparity <= 0))
        if (alpha > 0.5).sum() < 0.5 * (placed.alpha > 0.5).sum():
            continue  # hidden by what stands before it
        return _mixed(rgb, pixels, alpha), np.where(alpha > 0.5, at_feet, disparity).astype(np.float32)
    return None


def put_before(
    rng: Generator, rgb: NDArray[np.uint8], figures: Sequence[Figure]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]] | None:
    """Put a figure that the lower border cuts off before everything else in a photo.

    Returns:
        The photo with the figure, and (height, width) bool where the figure is; None when no figure can be used.
    """
    cut_off = [figure for figure in figures if figure.cut_off]
    if not cut_off:
        return None
    height, width = rgb.shape[:2]
    figure = cut_off[rng.integers(len(cut_off))]
    placed = _placed(rng, figure, rng.uniform(0.45, 0.95) * height / figure.alpha.shape[0])
    left = int(rng.uniform(-0.2, 1.2) * (width - placed.alpha.shape[1]))
    alpha, pixels = _laid(placed, height - placed.alpha.shape[0], left, height, width)
    return _mixed(rgb, pixels, alpha), alpha > 0.5


def _placed(rng: Generator, figure: Figure, scale: float) -> Figure:
    """A figure enlarged or reduced, mirrored half of the time, in another light."""
    size = [max(2, round(side * scale)) for side in (figure.alpha.shape[1], figure.alpha.shape[0])]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    rgb = np.asarray(cv2.resize(figure.rgb, size, interpolation=interpolation), np.float32)
    alpha = np.asarray(cv2.resize(figure.alpha, size, interpolation=interpolation), np.float32)
    if rng.random() < 0.5:
        rgb, alpha = rgb[:, ::-1], alpha[:, ::-1]
    lit = np.clip(rgb * rng.uniform(0.75, 1.25) * rng.uniform(0.92, 1.08, 3), 0, 255)
    return Figure(lit.astype(np.uint8), np.ascontiguousarray(alpha), figure.kind, figure.cut_off)


def _laid(
    figure: Figure, top: int, left: int, height: int, width: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Alpha and pixels of a figure on an empty canvas of (height, width), cut at its borders."""
    alpha, pixels = np.zeros((height, width), np.float32), np.zeros((height, width, 3), np.uint8)
    rows, columns = figure.alpha.shape
    target = np.s_[max(top, 0) : max(top + rows, 0), max(left, 0) : max(left + columns, 0)]
    source = np.s_[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
    alpha[target], pixels[target] = figure.alpha[source], figure.rgb[source]
    return alpha, pixels


def _mixed(rgb: NDArray[np.uint8], pixels: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    share = alpha[..., None]
    return np.asarray(np.round(rgb + share * (pixels.astype(np.float32) - rgb)), np.uint8)
