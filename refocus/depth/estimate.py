"""The built-in estimate: relative disparity by the small network that comes with the project."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity
from refocus.core.sizes import fitted_size
from refocus.core.threads import on_one_core
from refocus.depth.resample import enlarge
from refocus.models.monocular_depth.built_in import RelativeDepth, in_range, predict_first, predict_relative_depth

SOURCE = "built-in network"

_MIN_SIDE_PX = 16
_LONG_SIDE_PX = 1024  # outlines are followed at this size
_DRAFT_LONG_SIDE_PX = 512
_TEXTURE_DELTA = 14.0  # grey levels: smaller differences are texture and must not appear in the map
_AGREED_SHARE, _LESS_BY_DISAGREEMENT = 0.994, 1.34  # fitted on 100 validation photos
_CLEAR_CONTRAST = 10.0  # grey levels between large parts of the picture
# Contrast of large parts over that of pixels: below 0.16 for noise, above 0.49 for 1,200 photos.
_NOISE_SHARE, _SHAPES_SHARE = 0.16, 0.4
_BLANK = 0.2  # confidence for a picture without any shape
_SMOOTHING = 300.0  # strength of the smoothing within an outline, at a long side of 1024 px
_MEDIAN_RADIUS_PX = 20.0  # at a long side of 1024 px: outlines of the enlarged map are soft by about as much
_MEDIAN_LEVELS = 255  # the weighted median works on 8 bits
_SPECK_RADIUS_PX = 3.0  # at the same long side: what is smaller is the photo's texture, not depth
_WEIGHTED_MEDIAN = threading.Lock()  # OpenCV's uses memory that all threads share: two calls at once crash the process


@dataclass(frozen=True, slots=True, eq=False)
class DepthDraft:
    """A rough estimate that is there sooner.

    Attributes:
        disparity: as of `estimate_disparity`, without a confidence.
        prediction: (rows, columns) float32 of the network, which the final estimate is made of too.
    """

    disparity: Disparity
    prediction: NDArray[np.float32]


def estimate_disparity(photo_srgb: NDArray[np.uint8], draft: DepthDraft | None = None) -> Disparity:
    """Estimate the disparity of a photo with the built-in network.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, upright, at least 16 px a side.
        draft: of the same photo, when there is one; the result is the same without.

    Returns:
        Relative disparity in [0, 1] of the same height and width, larger is nearer, with its confidence.

    Raises:
        BadInput: for another shape, type or size.
    """
    _check_photo(photo_srgb)
    photo = _at_most(photo_srgb, _LONG_SIDE_PX)
    # On one core: on a busy machine, threads that wait for each other cost many times the work of so small a network.
    first = None if draft is None else draft.prediction
    predicted = on_one_core(lambda: predict_relative_depth(photo, first))
    values = _over_its_range(enlarge(refine(predicted.values, photo), photo_srgb.shape[:2]))
    return Disparity(values, metric=False, source=SOURCE, origin="built-in", confidence=confidence_of(predicted, photo))


def draft_disparity(photo_srgb: NDArray[np.uint8]) -> DepthDraft:
    """A rougher estimate in a third of the time, to show something soon. Errors as `estimate_disparity`."""
    _check_photo(photo_srgb)
    photo = _at_most(photo_srgb, _LONG_SIDE_PX)
    prediction = on_one_core(lambda: predict_first(photo))
    refined = refine(in_range(prediction)[0], _at_most(photo, _DRAFT_LONG_SIDE_PX))
    values = _over_its_range(enlarge(refined, photo_srgb.shape[:2]))
    return DepthDraft(Disparity(values, metric=False, source=SOURCE, origin="built-in"), prediction)


def _over_its_range(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return (values - values.min()) / np.float32(max(float(np.ptp(values)), 1e-6))


def confidence_of(predicted: RelativeDepth, photo_srgb: NDArray[np.uint8]) -> float:
    """Confidence in [0, 1]: the share of ordered points that is right on validation photos of the same disagreement.

    It is low for pictures without any large shape: blank, or noise.
    """
    import cv2

    grey = cv2.cvtColor(photo_srgb, cv2.COLOR_RGB2GRAY)
    contrast = float(cv2.resize(grey, (16, 16), interpolation=cv2.INTER_AREA).std())
    of_shapes = (contrast / max(float(grey.std()), 1e-3) - _NOISE_SHARE) / (_SHAPES_SHARE - _NOISE_SHARE)
    visible = min(contrast / _CLEAR_CONTRAST, 1.0) * min(max(of_shapes, 0.0), 1.0)
    share = max(_AGREED_SHARE - _LESS_BY_DISAGREEMENT * predicted.disagreement, 0.5)
    return _BLANK + visible * (share - _BLANK)


def refine(coarse: NDArray[np.float32], photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Enlarge a small map to its photo: smooth within objects, sharp at their outlines.

    Fast global smoother (Min et al., TIP 2014) on a photo whose texture is removed first, then the weighted median
    (Ma et al., ICCV 2013), which moves soft steps onto the outlines of the photo. Where there is texture on an outline
    it mixes both sides pixel by pixel, as behind a lace curtain; a plain median removes such specks.

    Args:
        coarse: (rows, columns) float32 in [0, 1], the small map.
        photo_srgb: (height, width, 3) uint8 sRGB.

    Returns:
        (height, width) float32.
    """
    import cv2

    height, width = photo_srgb.shape[:2]
    scale = max(height, width) / 1024
    guide = cv2.ximgproc.fastGlobalSmootherFilter(photo_srgb, photo_srgb, 40.0, 12.0)
    enlarged = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    smooth = np.asarray(
        cv2.ximgproc.fastGlobalSmootherFilter(guide, enlarged, _SMOOTHING * scale**2, _TEXTURE_DELTA), np.float32
    )
    levels = np.round(np.clip(smooth, 0, 1) * _MEDIAN_LEVELS).astype(np.uint8)
    radius = max(1, round(_MEDIAN_RADIUS_PX * scale))
    with _WEIGHTED_MEDIAN:
        cv2.setRNGSeed(0)  # of this thread: the median groups colours from a random start
        stepped = cv2.ximgproc.weightedMedianFilter(photo_srgb, levels, radius)
    clean = cv2.medianBlur(stepped, 2 * max(1, round(_SPECK_RADIUS_PX * scale)) + 1)
    sharp = clean.astype(np.float32) / _MEDIAN_LEVELS
    moved = np.abs(sharp - smooth) > 0.75 / _MEDIAN_LEVELS
    return np.where(moved, sharp, smooth)  # elsewhere without the steps of 8 bits


def _at_most(photo_srgb: NDArray[np.uint8], long_side_px: int) -> NDArray[np.uint8]:
    import cv2

    height, width = photo_srgb.shape[:2]
    if max(height, width) <= long_side_px:
        return photo_srgb
    size = fitted_size((width, height), long_side_px, min_side_px=8)
    return np.asarray(cv2.resize(photo_srgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


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
