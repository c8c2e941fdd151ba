"""The thing at a point that the user tapped, found from colour, depth and what the recogniser sees there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.core.threads import on_one_core
from refocus.models.recognition.recogniser import recognise
from refocus.subjects.recognised import animal_mask
from refocus.subjects.region import Mask, Region, View, outline, view_of
from refocus.subjects.scenery import find_salient_object
from refocus.subjects.superpixels import Superpixels, superpixels

# Chosen on half of the outlined training photos; `tests.benchmarks.tapped` measures on the others.
_LAB_WEIGHT, _DEPTH_WEIGHT, _FEATURE_WEIGHT = 0.5, 100.0, 20.0
_SIGMA_DIFFERENCE = 12.0
_MIN_SIMILARITY = 0.02
_SAME_DEPTH, _OTHER_DEPTH = 0.08, 0.23  # of the depth range
_TAP_WEIGHT = 5.0
_FEATURES = 24
_LIKELY_FROM = (0.3, 0.2, 0.13, 0.09, 0.06, 0.04, 0.025, 0.015)
_LARGER = 1.1
_FOLLOWED = 2
_CLEAR_EDGE = 1.0
_EDGE_REACH_PX = 4
_DEPTH_STEP, _COLOUR_STEP = 0.06, 12.0
_LIGHTNESS_WEIGHT = 0.6  # shadows are no edges of things


def find_tapped(rgb: NDArray[np.uint8], disparity: Disparity, at: tuple[float, float]) -> Region | None:
    """The thing at a point. Where to focus is not up to its outline: that is the disparity at the point itself.

    How likely each superpixel belongs to it spreads from the point to similar neighbours (`Superpixels.smoothed`). Of
    the regions above several thresholds, the one whose outline lies best on edges is taken.

    Args:
        rgb: (height, width, 3) uint8 sRGB.
        disparity: of the same size.
        at: (x, y), each in [0, 1] from the picture's top left.

    Returns:
        Its region; None where nothing there has a clear outline, such as on the ground or in leaves.

    Raises:
        BadInput: on pictures of another shape or type, or when the sizes differ.
    """
    view = view_of(rgb, disparity)
    height, width = view.size
    point = (min(int(at[1] * height), height - 1), min(int(at[0] * width), width - 1))
    recognition = on_one_core(lambda: recognise(rgb))
    animal = animal_mask(view, recognition)
    if animal is not None and animal[point]:
        return view.region(animal, 1.0, "Focused where you pointed, and outlined the animal there.")
    rough = sorted(_candidates(view, recognition.scores, point), key=lambda mask: _edge_clearness(view, mask))
    followed = [_followed(view, mask, point) for mask in rough[-_FOLLOWED:]]
    clear = [_edge_clearness(view, mask) for mask in followed]
    if max(clear, default=-1.0) < _CLEAR_EDGE:
        return None
    best = followed[int(np.argmax(clear))]
    return view.region(best, 1.0, "Focused where you pointed, and outlined what is there.")


def _candidates(view: View, scores: NDArray[np.float32], point: tuple[int, int]) -> list[Mask]:
    """Rough regions around (row, column), and the most salient object if it is there."""
    parts = superpixels(view)
    if not len(parts.edges[0]):  # a single superpixel: the picture is too small
        return []
    likely = _likelihood(view, parts, scores, point)
    candidates: list[Mask] = []
    for threshold in _LIKELY_FROM:
        mask = _component_at(likely > threshold, point)
        if not candidates or mask.sum() > _LARGER * candidates[-1].sum():
            candidates.append(mask)
    salient, _ = find_salient_object(view, None, None)
    return [*candidates, _component_at(salient, point)] if salient[point] else candidates


def _followed(view: View, rough: Mask, point: tuple[int, int]) -> Mask:
    """The mask along the edges around a rough one."""
    near = np.abs(view.nearness - _nearness_at(view, point)) < _OTHER_DEPTH
    reach = max(5, max(view.size) // 14) | 1
    around = cv2.dilate(rough.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    found = outline(view, rough, within=around & (near | rough))
    return _component_at(found, point) if found[point] else rough


def _edge_clearness(view: View, mask: Mask) -> float:
    """How clearly the outline of a mask lies on edges, in [-1, 1.5]: on steps down in depth, and steps in colour."""
    rim = mask & ~(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0)
    at_border = np.ones_like(mask)
    at_border[1:-1, 1:-1] = False
    free = rim & ~at_border
    if free.sum() < 8:
        return -1.0
    weights = np.array([_LIGHTNESS_WEIGHT, 1, 1], np.float32)
    colour = np.linalg.norm(_step(view.lab * weights, mask), axis=-1)[free]
    depth = _step(view.nearness[..., None], mask)[free, 0]
    clear = np.clip(depth / _DEPTH_STEP, -0.5, 1.5) + 0.5 * np.clip(colour / _COLOUR_STEP, 0, 1)
    return float(np.clip(clear, -0.5, 1.5).mean() - 0.5 * (rim & at_border).sum() / rim.sum())


def _step(values: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """(height, width, channels): the mean of (height, width, channels) inside a mask minus that outside, near each
    pixel."""

    def mean_within(part: Mask) -> NDArray[np.float32]:
        side = (2 * _EDGE_REACH_PX + 1, 2 * _EDGE_REACH_PX + 1)
        weight = part.astype(np.float32)[..., None]
        both = cv2.blur(np.concatenate([values * weight, weight], axis=-1), side, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(both[..., :-1] / np.maximum(both[..., -1:], 1e-3), np.float32)

    return mean_within(mask) - mean_within(~mask)


def _likelihood(
    view: View, parts: Superpixels, scores: NDArray[np.float32], point: tuple[int, int]
) -> NDArray[np.float32]:
    """(height, width) float32: how likely each pixel belongs to the thing at (row, column); 1 at the point."""
    features = _features(parts, scores, view.size)
    channels = np.stack([parts.mean(view.lab[..., i]) for i in range(3)], axis=-1)
    nearness = parts.mean(view.nearness)
    colours = np.linalg.norm(channels[:, None] - channels[None], axis=-1)
    depths = np.abs(nearness[:, None] - nearness[None])
    kinship = features @ features.T
    difference = np.sqrt(
        (_LAB_WEIGHT * colours) ** 2 + (_DEPTH_WEIGHT * depths) ** 2 + (_FEATURE_WEIGHT * (1 - kinship)) ** 2
    )
    seed = parts.labels[point]
    off_depth = np.abs(nearness - _nearness_at(view, point))
    background = 0.01 + np.clip((off_depth - _SAME_DEPTH) / (_OTHER_DEPTH - _SAME_DEPTH), 0, 1)
    background += 0.5 * np.clip(0.3 - kinship[seed], 0, 1)
    background[seed] = 0
    foreground = np.zeros_like(nearness)
    foreground[seed] = _TAP_WEIGHT
    first, second = parts.edges
    similarity = np.exp(-((difference[first, second] / _SIGMA_DIFFERENCE) ** 2) / 2) + _MIN_SIMILARITY
    solved = parts.smoothed(foreground, background, similarity)
    return np.asarray((solved / max(float(solved[seed]), 1e-9))[parts.labels], np.float32)


def _features(parts: Superpixels, scores: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float64]:
    """(superpixels, features): the main components of the recogniser's scores at each superpixel, of length 1."""
    height, width = size
    centred = scores - scores.mean(axis=(1, 2), keepdims=True)
    _, strengths, places = np.linalg.svd(centred.reshape(len(scores), -1), full_matrices=False)
    maps = (strengths[:_FEATURES, None] * places[:_FEATURES]).reshape(-1, *scores.shape[1:])
    maps = maps / (np.linalg.norm(maps, axis=0, keepdims=True) + 1e-6)
    enlarged = [cv2.resize(one.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) for one in maps]
    features = np.stack([parts.mean(one) for one in enlarged], axis=-1)
    return np.asarray(features / (np.linalg.norm(features, axis=1, keepdims=True) + 1e-6))


def _nearness_at(view: View, point: tuple[int, int], reach: int = 3) -> float:
    row, column = point
    patch = view.nearness[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    return float(np.median(patch))


def _component_at(mask: Mask, point: tuple[int, int]) -> Mask:
    """The connected component of a mask that holds (row, column)."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    return np.asarray((labels == labels[point]) & mask)
