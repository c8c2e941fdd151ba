"""Regions and masks: the small view in which subjects are found, sides, connected components, outlines."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity
from refocus.core.sizes import fitted_size

_WORK_LONG_SIDE_PX = 384
_GRABCUT_ROUNDS = 2

Mask = NDArray[np.bool_]

BUILT_IN = "built-in"
"""The name of the finder without a network."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The region of a photo that a subject covers.

    Attributes:
        mask: (height, width) bool, True on the subject; never empty.
        box: left, top, right, bottom in pixels, right and bottom exclusive.
        confidence: 0 (a guess) to 1 (certain). Below about 0.4 the user should tap the subject.
        explanation: one sentence on what was done, for the user.
        finder: "built-in" or the name of the network that found it.
    """

    mask: Mask
    box: tuple[int, int, int, int]
    confidence: float
    explanation: str
    finder: str = BUILT_IN

    def median_disparity(self, disparity: Disparity) -> float:
        """The disparity to focus on so that this region is sharp."""
        return float(np.median(disparity.values[self.mask]))


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A photo at the small size in which subjects are found.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB.
        lab: (height, width, 3) float32; L in [0, 100], a and b in about [-127, 127] (CIE 1976).
        nearness: (height, width) float32, 0 (farthest percent) to 1 (nearest percent).
        full_size: (height, width) of the photo.
    """

    rgb: NDArray[np.uint8]
    lab: NDArray[np.float32]
    nearness: NDArray[np.float32]
    full_size: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the view."""
        height, width = self.rgb.shape[:2]
        return height, width

    def region(self, mask: Mask, confidence: float, explanation: str, *, finder: str = BUILT_IN) -> Region:
        """The region of the photo for a mask of the view; an empty mask becomes the middle of the picture."""
        height, width = self.full_size
        if not mask.any():
            mask, confidence = _middle(self.size), min(confidence, 0.05)
        large = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
        if not large.any():
            large = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        return region_of(large, confidence, explanation, finder=finder)


def view_of(rgb: NDArray[np.uint8], disparity: Disparity) -> View:
    """The small view of a photo.

    Args:
        rgb: (height, width, 3) uint8 sRGB.
        disparity: of the same size.

    Raises:
        BadInput: on another shape or type, or when the sizes differ.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise BadInput(f"A subject is searched in 8-bit RGB, but this picture is {rgb.shape} of {rgb.dtype}.")
    if rgb.shape[:2] != disparity.values.shape:
        raise BadInput(
            f"The picture is {rgb.shape[1]}x{rgb.shape[0]} px but its disparity map is "
            f"{disparity.values.shape[1]}x{disparity.values.shape[0]} px.",
            todo="Resize the map to the picture.",
        )
    height, width = rgb.shape[:2]
    size = fitted_size((width, height), _WORK_LONG_SIDE_PX, min_side_px=8)
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    near = cv2.resize(disparity.values, size, interpolation=cv2.INTER_AREA)
    low, high = np.percentile(near, (1, 99))
    nearness = np.clip((near - low) / max(high - low, 1e-9), 0, 1).astype(np.float32)
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), dtype=np.float32)
    return View(small, lab, nearness, (height, width))


def region_of(mask: Mask, confidence: float, explanation: str, *, finder: str = BUILT_IN) -> Region:
    """A region from a full-size mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return Region(mask, box, round(float(np.clip(confidence, 0, 1)), 2), explanation, finder)


def side_weight(size: tuple[int, int], side: str | None) -> NDArray[np.float32]:
    """How well each pixel fits a side: (height, width) float32 in [0.02, 1]; 1 everywhere without a side."""
    height, width = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    fits = {
        "left": 1.35 - 2.2 * x,
        "right": 2.2 * x - 0.85,
        "top": 1.35 - 2.2 * y,
        "bottom": 2.2 * y - 0.85,
        "center": 1.5 - 3.0 * np.hypot(x - 0.5, y - 0.5),
    }
    weight = fits.get(side or "", np.ones_like(x))
    return np.clip(weight, 0.02, 1).astype(np.float32)


def outline(view: View, likely: Mask, *, sure: Mask | None = None, within: Mask | None = None) -> Mask:
    """Follow the edges of the picture around a rough mask (GrabCut: Rother et al., SIGGRAPH 2004).

    Args:
        view: the picture.
        likely: the rough mask.
        sure: pixels that belong to it; by default the inner part of `likely`.
        within: pixels that may belong to it; by default the surroundings of `likely`.

    Returns:
        A mask; `likely` itself where inside and outside are too small for a colour model.
    """
    reach = max(3, max(view.size) // 24) | 1
    kernel = _disc(reach)
    inner = cv2.erode(likely.astype(np.uint8), kernel) > 0 if sure is None else sure
    outer = cv2.dilate(likely.astype(np.uint8), kernel) > 0 if within is None else within
    labels = np.full(view.size, cv2.GC_BGD, np.uint8)
    labels[outer] = cv2.GC_PR_BGD
    labels[likely & outer] = cv2.GC_PR_FGD
    labels[inner & likely] = cv2.GC_FGD
    if min((labels % 2 == 1).sum(), (labels % 2 == 0).sum()) < 16:
        return likely
    cv2.setRNGSeed(0)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(view.rgb, labels, (0, 0, 1, 1), background, foreground, _GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = tidy(labels % 2 == 1)
    return found if found.sum() > 0.2 * likely.sum() else likely


def tidy(mask: Mask) -> Mask:
    """The mask without components under 2 % of its area, and with small holes closed."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(3))
    closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, _disc(7))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    if count == 1:
        return mask
    large = stats[:, cv2.CC_STAT_AREA] >= 0.02 * stats[1:, cv2.CC_STAT_AREA].sum()
    large[0] = False
    return np.asarray(large[labels])


def _disc(diameter_px: int) -> NDArray[np.uint8]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter_px, diameter_px))
    return np.asarray(kernel, dtype=np.uint8)


def components(mask: Mask) -> list[Mask]:
    """The connected components of a mask, largest first, without those below 0.05 % of the picture."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:count, cv2.CC_STAT_AREA]
    order = [i for i in np.argsort(-areas) if areas[i] >= 0.0005 * mask.size]
    return [labels == i + 1 for i in order]


def ellipse(view: View, box: tuple[int, int, int, int]) -> Mask:
    """The ellipse that fills a box of the photo, as a mask of the view."""
    x0, y0, x1, y1 = box_in_view(view, box)
    mask = np.zeros(view.size, np.uint8)
    centre, axes = ((x0 + x1) / 2, (y0 + y1) / 2), (max(x1 - x0, 2.0), max(y1 - y0, 2.0))
    cv2.ellipse(mask, (centre, axes, 0.0), 1, cv2.FILLED)
    return mask > 0


def box_in_view(view: View, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """A box of the photo in pixels of the view, clipped to it."""
    (height, width), (full_height, full_width) = view.size, view.full_size
    sx, sy = width / full_width, height / full_height
    left, top, right, bottom = box
    x0, x1 = (int(np.clip(round(value * sx), 0, width)) for value in (left, right))
    y0, y1 = (int(np.clip(round(value * sy), 0, height)) for value in (top, bottom))
    return x0, y0, x1, y1


def _middle(size: tuple[int, int]) -> Mask:
    height, width = size
    mask = np.zeros(size, bool)
    mask[height * 2 // 5 : height * 3 // 5 + 1, width * 2 // 5 : width * 3 // 5 + 1] = True
    return mask
