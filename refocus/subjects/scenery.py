"""Finds the most salient object, the sky, the ground and distant land, which need no trained vocabulary."""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.subjects.region import Mask, View, components, outline, side_weight, tidy
from refocus.subjects.saliency import saliency_map

_SEED_SHARE_OF_PEAK, _MIN_SHARE_OF_PEAK = 0.55, 0.3
_OBJECT_HALF_DEPTH = 0.14  # as a share of the depth range


def find_salient_object(view: View, side: str | None, place: str | None) -> tuple[Mask, float]:
    """The mask of the most salient object, and its share of the saliency (0 to 1).

    Args:
        view: the picture.
        side: the side of the picture it is on, as in `BokehSpec.side`, or None.
        place: a focus word for its depth, or None.
    """
    return find_object(
        view, saliency_map(view) * side_weight(view.size, side) * depth_weight(view, place) * not_sky(view)
    )


def find_object(view: View, score: NDArray[np.float32]) -> tuple[Mask, float]:
    """The mask of the object with the highest score, and its share of the score (0 to 1).

    Args:
        view: the picture.
        score: (height, width) float32, at least 0: how likely each pixel belongs to the object.
    """
    peak = float(score.max())
    if peak <= 0:
        return np.zeros(view.size, bool), 0.0
    seeds = score > _SEED_SHARE_OF_PEAK * peak
    layer = np.abs(view.nearness - _depth_of_most_saliency(view, score, seeds)) < _OBJECT_HALF_DEPTH
    pieces = components(seeds & layer)
    if not pieces:
        return np.zeros(view.size, bool), 0.0
    weights = [float(score[piece].sum()) * _weight_off_border(piece) for piece in pieces]
    best = pieces[int(np.argmax(weights))]
    dominance = max(weights) / sum(weights)
    middle = float(np.median(view.nearness[best]))
    similar = np.abs(view.nearness - middle) < 1.3 * _OBJECT_HALF_DEPTH
    candidate = score > _MIN_SHARE_OF_PEAK * peak
    found = outline(view, best, within=_around(best) & ((similar & candidate) | best))
    return _main_components(tidy(found)), dominance


def _depth_of_most_saliency(view: View, score: NDArray[np.float32], candidates: Mask) -> float:
    """The nearness at which most of the saliency lies; nearer is preferred."""
    depths = np.linspace(0, 1, 41)
    mass = [
        float(score[candidates & (np.abs(view.nearness - depth) < _OBJECT_HALF_DEPTH)].sum()) * (0.4 + 0.6 * depth)
        for depth in depths
    ]
    return float(depths[int(np.argmax(mass))])


def _weight_off_border(piece: Mask) -> float:
    """A weight in [0.2, 1], low for what touches the sides or the top; people often touch the bottom."""
    outside = max(piece[:, 0].mean(), piece[:, -1].mean(), piece[0].mean())
    return float(1 - 0.8 * min(1.0, 2 * outside))


def not_sky(view: View) -> NDArray[np.float32]:
    """A weight, (height, width) float32, low in the sky: it is bright, but rarely the subject."""
    return np.where(find_sky(view), 0.1, 1).astype(np.float32)


def _main_components(mask: Mask) -> Mask:
    """The largest component and those at least a third as large."""
    pieces = components(mask)
    if not pieces:
        return mask
    largest = pieces[0].sum()
    return np.asarray(np.any([piece for piece in pieces if piece.sum() > largest / 3], axis=0))


def depth_weight(view: View, place: str | None) -> NDArray[np.float32]:
    """How well the depth of each pixel fits a focus word: (height, width) float32 in [0.05, 1]."""
    if place in ("nearest", "foreground"):
        return np.clip(view.nearness**2, 0.05, 1)
    if place in ("farthest", "background"):
        return np.clip((1 - view.nearness) ** 2, 0.05, 1)
    return np.ones(view.size, np.float32)


def find_sky(view: View) -> Mask:
    """The sky: far, smooth, bright or blue, and connected to the top of the picture. May be empty."""
    light, a, b = (view.lab[..., i] for i in range(3))
    rough = cv2.blur(np.abs(cv2.Laplacian(view.lab[..., 0], cv2.CV_32F)), (7, 7))
    blue = (b < -4) & (light > 30)
    bright = (light > 65) & (np.hypot(a, b) < 40)
    candidate = (view.nearness < 0.45) & (rough < 6) & (blue | bright)
    pieces = [piece for piece in components(candidate) if piece[:2].any()]
    mask = np.any(pieces, axis=0) if pieces else np.zeros(view.size, bool)
    return mask if 0.01 < mask.mean() < 0.95 else np.zeros(view.size, bool)


def find_distant(view: View) -> Mask:
    """Mountains or a skyline: the far part of what is not sky, split by depth with Otsu's threshold. May be empty."""
    land = ~find_sky(view)
    if land.sum() < 32:
        return np.zeros(view.size, bool)
    codes = np.round(255 * view.nearness[land]).astype(np.uint8)
    split, _ = cv2.threshold(codes[:, None], 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    pieces = components(tidy(land & (view.nearness <= split / 255)))
    return pieces[0] if pieces and pieces[0].mean() < 0.9 else np.zeros(view.size, bool)


def find_ground(view: View) -> Mask:
    """The ground: a plane that comes nearer towards the bottom of the picture. May be empty.

    The disparity of a plane is linear over the picture. It is fitted to the lowest rows and kept where it holds.
    """
    height, width = view.size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    design = np.stack([x.ravel() / width, y.ravel() / height, np.ones(height * width, np.float32)], axis=-1)
    depth, keep = view.nearness.ravel(), (y.ravel() > 0.7 * height)
    fit = np.zeros(3)
    for _ in range(4):
        fit = np.linalg.lstsq(design[keep], depth[keep], rcond=None)[0]
        holds = np.abs(design @ fit - depth) < 0.12
        keep = holds & (y.ravel() > 0.55 * height)
        if keep.sum() < 32:
            return np.zeros(view.size, bool)
    if fit[1] < 0.1:
        return np.zeros(view.size, bool)
    below_horizon = (design @ fit > 0).reshape(view.size)
    low = holds.reshape(view.size) & below_horizon & (y > 0.35 * height)
    pieces = [piece for piece in components(tidy(low)) if piece[-2:].any()]
    return pieces[0] if pieces else np.zeros(view.size, bool)


def _around(mask: Mask) -> Mask:
    reach = max(5, max(mask.shape) // 10) | 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
