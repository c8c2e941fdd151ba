"""Depth cues of a single photo. Each gives one value for each superpixel; larger is nearer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refocus.depth.superpixels import Floats, Regions, path_cost, spread

_STEP_DELTA_E = 20.0  # colour difference of a clear outline between two objects
_PATH_STEP = 0.01  # cost of a superpixel without an outline, so that distance has a small effect
_FULL_CHROMA = 60.0  # CIE chroma of a vivid surface
_TOP_SHARE = 0.03  # of the height, so that a frame around the picture does not hide the background
_BLURRED_RATIO = 1.15  # ratio of gradients before and after a re-blur of 2 px, for an original blur of about 3 px
_TRUST_CHEST, _TRUST_ELSEWHERE = 0.1, 0.02  # relative to 1 on a face
_ALIKE_DELTA_E = 6.0  # typical difference between neighbours on one object


def height_cue(regions: Regions) -> Floats:
    """Vertical position, 0 at the top to 1 at the bottom: in most photos the ground is nearer at the bottom."""
    height, width = regions.labels.shape
    rows = (np.arange(height, dtype=np.float64) + 0.5) / height
    return regions.mean(np.repeat(rows[:, None], width, axis=1))


def separation_cue(regions: Regions) -> Floats:
    """Geodesic distance over outlines from the top edge of the picture, where the background is; in [0, 1).

    As in background priors for saliency (Wei et al., ECCV 2012), but from the top edge only, as the other edges are
    more often foreground. Steps are squared, so that an outline costs more than a gradual change of colour.
    """
    top_rows = max(1, round(_TOP_SHARE * regions.labels.shape[0]))
    start = np.unique(regions.labels[:top_rows]).astype(np.int64)
    cost = path_cost(regions, start, (regions.step / _STEP_DELTA_E) ** 2 + _PATH_STEP)
    return 1 - np.exp(-cost / np.average(cost, weights=regions.size_px))


def colourfulness_cue(regions: Regions) -> Floats:
    """Chroma in [0, 1]: distance and haze reduce it."""
    return np.minimum(np.linalg.norm(regions.colour[:, 1:], axis=1) / _FULL_CHROMA, 1)


def centre_cue(regions: Regions) -> Floats:
    """Closeness to the centre, where the subject usually is: 1 there, 0 in the corners."""
    height, width = regions.labels.shape
    rows, columns = ((np.arange(side) + 0.5) / side - 0.5 for side in (height, width))
    return regions.mean(1 - np.sqrt(2) * np.hypot(rows[:, None], columns[None]))


def squash(values: Floats, regions: Regions) -> Floats:
    """Scale to [0, 1] between the 2nd and 98th percentile of the pixels, and clip."""
    low, high = (_quantile(values, regions.size_px, share) for share in (0.02, 0.98))
    return np.clip((values - low) / max(high - low, 1e-6), 0, 1)


def likeness(regions: Regions) -> Floats:
    """Similarity of adjacent superpixels, in (0, 1]."""
    return np.exp(-regions.step / _ALIKE_DELTA_E) + 1e-4


def even_out(regions: Regions, values: Floats, strength: float) -> Floats:
    """Smooth values between similar neighbours; steps at outlines are kept."""
    return spread(regions, values, np.full(regions.count, 1 / strength), likeness(regions))


def sharpness_cue(regions: Regions, photo_srgb: NDArray[np.uint8]) -> tuple[Floats, float]:
    """Sharpness of each superpixel, and the confidence that the depth of field is shallow.

    At each edge the gradient is compared with that of a re-blurred copy; the ratio is large for a sharp edge (Zhuo &
    Sim, Pattern Recognition 2011). Superpixels without edges are interpolated.

    Args:
        regions: of the photo, at any smaller size.
        photo_srgb: (height, width, 3) uint8 sRGB about 1000 px long.

    Returns:
        Sharpness in [0, 1] of each superpixel, and the confidence in [0, 1].
    """
    import cv2

    grey = cv2.GaussianBlur(cv2.cvtColor(photo_srgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0)
    window_px = 8.0 * max(grey.shape) / 1024
    energy = _gradient_energy(grey, window_px)
    loss = np.sqrt(energy / (_gradient_energy(cv2.GaussianBlur(grey, (0, 0), 2.0), window_px) + 0.02))
    rows, columns = regions.labels.shape
    seen = regions.mean(cv2.resize(energy / (energy + 1.0), (columns, rows), interpolation=cv2.INTER_AREA))
    ratio = regions.mean(cv2.resize(loss, (columns, rows), interpolation=cv2.INTER_AREA))
    weight = np.where(seen > 0.5, regions.size_px, 0)
    if weight.sum() < 0.05 * regions.size_px.sum():
        return np.zeros(regions.count), 0.0
    sharpest = _quantile(ratio, weight, 0.97)
    blurred_share = float(weight[ratio < _BLURRED_RATIO].sum() / weight.sum())
    sure = _between(blurred_share, 0.06, 0.2) * _between(sharpest, 1.3, 1.5)
    sharpness = np.clip((ratio - 1.1) / max(0.6 * (sharpest - 1.1), 0.1), 0, 1)
    return spread(regions, sharpness, seen**2 + 1e-3, likeness(regions)), sure


def _between(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def _gradient_energy(grey: NDArray[Any], window_px: float) -> NDArray[np.float32]:
    """Squared gradient, averaged over a window of that standard deviation."""
    import cv2

    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(grey, cv2.CV_32F, 0, 1) / 8
    return np.asarray(cv2.GaussianBlur(across**2 + down**2, (0, 0), window_px), dtype=np.float32)


def _quantile(values: Floats, weight: Floats, share: float) -> float:
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(total, share * total[-1])]])


def people_cue(regions: Regions, photo_srgb: NDArray[np.uint8]) -> Floats:
    """Faces and the bodies below them: 1 on a person and 0 elsewhere; larger faces are nearer.

    Args:
        regions: of the photo.
        photo_srgb: the photo of the superpixels, same height and width.
    """
    import cv2

    height, width = regions.labels.shape
    person = np.zeros((height, width), np.float32)
    trust = np.full((height, width), _TRUST_ELSEWHERE, np.float32)
    for left, top, side in sorted(_faces(cv2.cvtColor(photo_srgb, cv2.COLOR_RGB2GRAY)), key=lambda face: face[2]):
        near = 0.6 + 0.4 * min(1.0, side / (0.25 * min(height, width)))
        middle, half, chest = (left + side // 2, top + side // 2), int(0.8 * side), top + int(1.6 * side)
        for canvas, on_chest, on_face in ((person, near, near), (trust, _TRUST_CHEST, 1.0)):
            cv2.rectangle(canvas, (middle[0] - half, chest), (middle[0] + half, height), on_chest, -1)
            cv2.ellipse(canvas, middle, (int(0.55 * side), int(0.75 * side)), 0, 0, 360, on_face, -1)
    if not person.any():
        return np.zeros(regions.count)
    return spread(regions, regions.mean(person), regions.mean(trust), likeness(regions))


def _faces(grey: NDArray[Any]) -> list[tuple[int, int, int]]:
    """(left, top, side) of faces that two differently trained cascades agree on; either alone has false positives."""
    import cv2
    import cv2.data

    least = max(20, max(grey.shape) // 16)
    found = []
    for name in ("frontalface_alt2", "frontalface_default"):
        cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_{name}.xml")
        boxes = cascade.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=4, minSize=(least, least))
        found.append([(int(left), int(top), int(side)) for left, top, side, _ in boxes])
    first, second = found
    return [a for a in first if any(max(abs(i - j) for i, j in zip(a, b, strict=True)) < 0.3 * a[2] for b in second)]
