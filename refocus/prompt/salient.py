"""What stands out, sky and ground: places one can find without knowing the noun."""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.prompt.regions import Mask, View, components, outline, side_weight, tidy


def salience(view: View) -> NDArray[np.float32]:
    """How much each pixel stands out: unlike the picture's border in colour, near, and towards the middle.

    Superpixels (SLIC: Achanta et al., 2012) compared with those at the border (Wei et al., ECCV 2012).

    Returns:
        (height, width) float32 in [0, 1].
    """
    cell = max(6, max(view.size) // 24)
    slic = cv2.ximgproc.createSuperpixelSLIC(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2LAB), cv2.ximgproc.SLICO, cell)
    slic.iterate(6)
    labels, count = slic.getLabels(), slic.getNumberOfSuperpixels()
    area = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    features = np.stack([*(view.lab[..., i] / 50 for i in range(3)), 1.2 * view.nearness], axis=-1)
    means = np.stack([np.bincount(labels.ravel(), features[..., i].ravel(), count) / area for i in range(4)], axis=-1)
    border = np.unique(np.concatenate([labels[0], labels[:, 0], labels[:, -1]]))
    away = np.linalg.norm(means[:, None] - means[border][None], axis=-1)  # (superpixels, border)
    contrast = np.sort(away, axis=1)[:, : max(2, len(border) // 4)].mean(1)
    contrast = np.clip(contrast / max(np.percentile(contrast, 97), 1e-6), 0, 1)
    value = contrast[labels] * (0.35 + 0.65 * view.nearness) * middle_weight(view)
    return np.asarray(value / max(value.max(), 1e-6), dtype=np.float32)


def find_salient(view: View, side: str | None, place: str | None) -> tuple[Mask, float]:
    """The object that stands out most, and how clearly (0 to 1).

    Args:
        view: where.
        side: a side of the picture it was said to be on, or None.
        place: a focus word it was said to be at, or None.
    """
    score = salience(view) * side_weight(view.size, side) * depth_weight(view, place) * not_sky(view)
    peak = float(score.max())
    if peak <= 0:
        return np.zeros(view.size, bool), 0.0
    pieces = components(score > 0.5 * peak)
    if not pieces:
        return np.zeros(view.size, bool), 0.0
    weights = [float(score[piece].sum()) for piece in pieces]
    best = pieces[int(np.argmax(weights))]
    clear = max(weights) / sum(weights)
    middle = float(np.median(view.nearness[best]))
    alike = np.abs(view.nearness - middle) < 0.25
    found = outline(view, best, within=_around(best) & (alike | best))
    return _main_pieces(tidy(found)), clear


def middle_weight(view: View) -> NDArray[np.float32]:
    """A weight, (height, width) float32 in [0.3, 1], highest in the middle, where photographers put what matters."""
    height, width = view.size
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    return np.asarray(0.3 + 0.7 * np.exp(-1.2 * (x**2 + y**2)), dtype=np.float32)


def not_sky(view: View) -> NDArray[np.float32]:
    """A weight, (height, width) float32, low in the sky: it is bright, but seldom what is meant."""
    return np.where(find_sky(view), 0.1, 1).astype(np.float32)


def _main_pieces(mask: Mask) -> Mask:
    """The largest piece, and those a third as large."""
    pieces = components(mask)
    if not pieces:
        return mask
    largest = pieces[0].sum()
    return np.asarray(np.any([piece for piece in pieces if piece.sum() > largest / 3], axis=0))


def depth_weight(view: View, place: str | None) -> NDArray[np.float32]:
    """How well each pixel fits a focus word: (height, width) float32 in [0.05, 1]."""
    if place in ("nearest", "foreground"):
        return np.clip(view.nearness, 0.05, 1)
    if place in ("farthest", "background"):
        return np.clip(1 - view.nearness, 0.05, 1)
    return np.ones(view.size, np.float32)


def find_sky(view: View) -> Mask:
    """Far, smooth, bright or blue, and reaching the top of the picture; may be empty."""
    light, a, b = (view.lab[..., i] for i in range(3))
    rough = cv2.blur(np.abs(cv2.Laplacian(view.lab[..., 0], cv2.CV_32F)), (7, 7))
    blue = (b < -4) & (light > 30)
    bright = (light > 65) & (np.hypot(a, b) < 40)
    candidate = (view.nearness < 0.45) & (rough < 6) & (blue | bright)
    pieces = [piece for piece in components(candidate) if piece[:2].any()]
    mask = np.any(pieces, axis=0) if pieces else np.zeros(view.size, bool)
    return mask if 0.01 < mask.mean() < 0.95 else np.zeros(view.size, bool)


def find_distant(view: View) -> Mask:
    """The far third of the depth that is not sky: mountains, skylines; may be empty."""
    land = ~find_sky(view) & (view.nearness < 0.33)
    pieces = components(tidy(land)) if land.any() else []
    return pieces[0] if pieces and pieces[0].mean() < 0.9 else np.zeros(view.size, bool)


def find_ground(view: View) -> Mask:
    """The plane that comes nearer towards the bottom of the picture; may be empty.

    Disparity of a plane is linear over the picture, so the plane is fitted to the lowest rows and kept where it holds.
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
