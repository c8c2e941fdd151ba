"""The built-in estimator: disparity from the cues of a single photo, without a trained network."""

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity
from refocus.core.sizes import fitted_size
from refocus.depth.cues import (
    centre_cue,
    colourfulness_cue,
    even_out,
    height_cue,
    people_cue,
    separation_cue,
    sharpness_cue,
    squash,
)
from refocus.depth.objects import merge_order, object_mean, object_size
from refocus.depth.resample import enlarge
from refocus.depth.superpixels import Floats, Regions, cut_regions

_MIN_SIDE_PX = 16
_TEXTURE_DELTA = 14.0  # grey levels: smaller differences are texture and must not appear in the map
_SMOOTHING = 900.0  # strength of the smoothing within an outline, at a long side of 1024 px

SOURCE = "estimated from the picture alone"

_OBJECT_SHARE = 0.85  # weight of the mean over the object a superpixel belongs to
_HEIGHT, _COLOUR, _SIZE, _CENTRE = 0.85, 0.6, 0.5, 0.2  # relative to 1 for outlines; the result is not sensitive
_FOCUS = 2.0  # weight of sharpness where the depth of field is shallow, ...
_LESS_WHEN_SHALLOW = 0.6  # ... and reduction of all other weights there
_EVENING = 12.0
_CONFIDENCE, _HIGHER_CONFIDENCE = 0.5, 0.7  # confidence without and with focus or faces
_REGIONS_LONG_SIDE_PX = 400
_FULL_LONG_SIDE_PX = 1024  # blur is measured and outlines are followed at this size


def estimate_disparity(photo_srgb: NDArray[np.uint8]) -> Disparity:
    """Estimate the disparity of a photo, without a trained network.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, upright, at least 16 px a side.

    Returns:
        Relative disparity in [0, 1] of the same height and width, larger is nearer, with its confidence.

    Raises:
        BadInput: for another shape, type or size.
    """
    _check_photo(photo_srgb)
    photo = _at_most(photo_srgb, _FULL_LONG_SIDE_PX)
    small = _at_most(photo, _REGIONS_LONG_SIDE_PX)
    regions = cut_regions(small)
    nearness, confidence = combine(regions, small, photo)
    values = _refined_beside_slope(regions, nearness, photo)
    values = enlarge(values, photo_srgb.shape[:2])
    spread = max(float(np.ptp(values)), 1e-6)
    values = (values - values.min()) / spread
    return Disparity(values, metric=False, source=SOURCE, origin="built-in", confidence=confidence)


def combine(regions: Regions, small_srgb: NDArray[np.uint8], photo_srgb: NDArray[np.uint8]) -> tuple[Floats, float]:
    """Combine the cues: position, outlines, colour, size, people, and focus where the depth of field is shallow.

    Returns:
        Nearness in [0, 1] of each superpixel, and a confidence, which is higher with focus or faces.
    """
    merges = merge_order(regions)

    def by_object(cue: Floats) -> Floats:
        return (1 - _OBJECT_SHARE) * cue + _OBJECT_SHARE * object_mean(regions, cue, merges)

    people = people_cue(regions, small_srgb)
    sharpness, shallow = sharpness_cue(regions, photo_srgb)
    sharpness = np.maximum(sharpness, people)  # smooth skin shows no focus, but faces are usually in focus
    things = separation_cue(regions) + _COLOUR * colourfulness_cue(regions) + _CENTRE * centre_cue(regions)
    nearness = _HEIGHT * height_cue(regions) + by_object(things) + _SIZE * object_size(regions, merges) + people
    nearness = (1 - _LESS_WHEN_SHALLOW * shallow) * nearness + _FOCUS * shallow * by_object(sharpness)
    evidence = max(shallow, float(people.max()) if people.any() else 0.0)
    return squash(even_out(regions, nearness, _EVENING), regions), _CONFIDENCE + (
        _HIGHER_CONFIDENCE - _CONFIDENCE
    ) * min(evidence, 1.0)


def _refined_beside_slope(regions: Regions, nearness: Floats, photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Refine only the deviation from the common slope of the picture, so that texture adds no steps to the slope."""
    height, share = height_cue(regions), regions.size_px / regions.size_px.sum()
    about_mean = height - share @ height
    slope = float(share @ (about_mean * nearness)) / max(float(share @ about_mean**2), 1e-9)
    values = refine((nearness - slope * height)[regions.labels].astype(np.float32), photo_srgb)
    rows = (np.arange(len(values), dtype=np.float32) + 0.5) / len(values)
    return np.asarray(values + slope * rows[:, None], dtype=np.float32)


def _at_most(photo_srgb: NDArray[np.uint8], long_side_px: int) -> NDArray[np.uint8]:
    import cv2

    height, width = photo_srgb.shape[:2]
    if max(height, width) <= long_side_px:
        return photo_srgb
    size = fitted_size((width, height), long_side_px, min_side_px=8)
    return np.asarray(cv2.resize(photo_srgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def refine(coarse: NDArray[np.float32], photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Smooth within objects, sharp at their outlines.

    Fast global smoother (Min et al., TIP 2014) on a photo whose texture is removed first.

    Args:
        coarse: (rows, columns) float32, the small map.
        photo_srgb: (height, width, 3) uint8 sRGB.

    Returns:
        (height, width) float32.
    """
    import cv2

    height, width = photo_srgb.shape[:2]
    guide = cv2.ximgproc.fastGlobalSmootherFilter(photo_srgb, photo_srgb, 40.0, 12.0)
    enlarged = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    strength = _SMOOTHING * (max(height, width) / 1024) ** 2
    return np.asarray(
        cv2.ximgproc.fastGlobalSmootherFilter(guide, enlarged, strength, _TEXTURE_DELTA), dtype=np.float32
    )


def _check_photo(photo_srgb: NDArray[np.uint8]) -> None:
    """Raise BadInput unless the array is (height, width, 3) uint8 with sides of at least 16 px."""
    if photo_srgb.ndim != 3 or photo_srgb.shape[2] != 3 or photo_srgb.dtype != np.uint8:
        raise BadInput(
            f"Depth needs a (height, width, 3) uint8 sRGB photo, not {photo_srgb.dtype} of shape {photo_srgb.shape}.",
            todo="Open the file with Photo.open.",
        )
    if min(photo_srgb.shape[:2]) < _MIN_SIDE_PX:
        height, width = photo_srgb.shape[:2]
        raise BadInput(f"The photo is too small for depth: {width}x{height} px.", todo="Use a larger one.")
