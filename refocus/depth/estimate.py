"""The built-in estimate: relative disparity by the small network that comes with the project."""

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity
from refocus.core.sizes import fitted_size
from refocus.depth.resample import enlarge
from refocus.models.monocular_depth.built_in import RelativeDepth, predict_relative_depth

SOURCE = "built-in network"

_MIN_SIDE_PX = 16
_LONG_SIDE_PX = 1024  # outlines are followed at this size
_TEXTURE_DELTA = 14.0  # grey levels: smaller differences are texture and must not appear in the map
_AGREED_SHARE, _LESS_BY_DISAGREEMENT = 0.947, 1.06  # fitted on 100 validation photos
_CLEAR_CONTRAST = 10.0  # grey levels between large parts of the picture
_BLANK = 0.2  # confidence for a picture without any shape
_SMOOTHING = 900.0  # strength of the smoothing within an outline, at a long side of 1024 px


def estimate_disparity(photo_srgb: NDArray[np.uint8]) -> Disparity:
    """Estimate the disparity of a photo with the built-in network.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB, upright, at least 16 px a side.

    Returns:
        Relative disparity in [0, 1] of the same height and width, larger is nearer, with its confidence.

    Raises:
        BadInput: for another shape, type or size.
    """
    _check_photo(photo_srgb)
    photo = _at_most(photo_srgb, _LONG_SIDE_PX)
    predicted = predict_relative_depth(photo)
    values = enlarge(refine(predicted.values, photo), photo_srgb.shape[:2])
    spread = max(float(np.ptp(values)), 1e-6)
    values = (values - values.min()) / spread
    return Disparity(values, metric=False, source=SOURCE, origin="built-in", confidence=confidence_of(predicted, photo))


def confidence_of(predicted: RelativeDepth, photo_srgb: NDArray[np.uint8]) -> float:
    """Confidence in [0, 1]: the share of ordered points that is right on validation photos of the same disagreement.

    It is low for pictures without any large shape: blank, or noise.
    """
    import cv2

    shapes = cv2.resize(cv2.cvtColor(photo_srgb, cv2.COLOR_RGB2GRAY), (16, 16), interpolation=cv2.INTER_AREA)
    visible = min(float(shapes.std()) / _CLEAR_CONTRAST, 1.0)
    share = max(_AGREED_SHARE - _LESS_BY_DISAGREEMENT * predicted.disagreement, 0.5)
    return _BLANK + visible * (share - _BLANK)


def refine(coarse: NDArray[np.float32], photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Enlarge a small map to its photo: smooth within objects, sharp at their outlines.

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
