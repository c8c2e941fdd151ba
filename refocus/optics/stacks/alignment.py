"""Align neighbouring photos of a focal stack.

Refocusing moves the lens, so the picture is magnified by a few percent from photo to photo. The enhanced correlation
coefficient (Evangelidis and Psarakis 2008) of band-passed luminance is maximised from coarse to fine; only the
similarity part (scale, rotation, translation) is kept, because blur at edges distorts a free affine transform.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.sizes import fitted_size

_LEVELS_PX = (64, 128, 256, 512)  # long side at each step, coarse to fine
_BAND_SIGMA_PX = 1.5
_BAND_RATIO = 4.0  # outer over inner sigma of the band-pass
_LOCAL_RATIO = 8.0  # sigma of the local contrast over that of the band
_NOISE_CODES = 1.0  # 8-bit codes; structure weaker than this counts as noise
_MIN_STRUCTURE = 1e-3  # standard deviation of structure, in units of local contrast; below it a picture is blank
_ECC_ITERATIONS = 60
_ECC_STEP = 1e-5
_MIN_SIMILARITY = 0.6  # neighbours of one scene reach 0.9 and more, other photos stay below 0.4
_MAX_SCALE = 1.15  # of one photo relative to its neighbour
_MAX_SHIFT = 0.12  # relative to the long side


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Alignment of one photo with the next.

    Attributes:
        transform: (3, 3) float64, maps pixels of the photo to those of the next one that show the same point.
        similarity: correlation of the two after alignment, at most 1.
    """

    transform: NDArray[np.float64]
    similarity: float


def align_neighbours(frames_srgb: NDArray[np.uint8]) -> list[Step]:
    """Align each photo but the last with the next one.

    Args:
        frames_srgb: (frames, height, width, 3) uint8.

    Raises:
        BadInput: when neighbours do not show one scene.
    """
    shape = frames_srgb.shape[1:3]
    pyramids = [[_structure(_at_long_side(grey, side)) for side in _LEVELS_PX] for grey in map(_luminance, frames_srgb)]
    steps = [_align(before, after, shape) for before, after in pairwise(pyramids)]
    for index, step in enumerate(steps):
        if not _is_plausible(step, shape):
            raise BadInput(
                f"Photos {index + 1} and {index + 2} of the stack do not show the same scene, so they cannot be "
                "aligned.",
                todo="Give only photos of one still scene, taken from one place, in the order they were focused.",
            )
    return steps


def _is_plausible(step: Step, shape: tuple[int, int]) -> bool:
    scale = float(np.hypot(step.transform[0, 0], step.transform[1, 0]))
    centre = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2, 1.0])
    shift_px = float(np.linalg.norm((step.transform @ centre - centre)[:2]))
    return (
        step.similarity >= _MIN_SIMILARITY
        and 1 / _MAX_SCALE < scale < _MAX_SCALE
        and shift_px < _MAX_SHIFT * max(shape)
    )


def _luminance(frame_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    return cv2.cvtColor(frame_srgb, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _at_long_side(grey: NDArray[np.float32], long_side_px: int) -> NDArray[np.float32]:
    import cv2

    size = fitted_size((grey.shape[1], grey.shape[0]), long_side_px)
    if size == (grey.shape[1], grey.shape[0]):
        return grey
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _structure(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Band-passed luminance over its local contrast, so that a blurred region counts as much as a sharp one."""
    import cv2

    inner, outer = _BAND_SIGMA_PX, _BAND_SIGMA_PX * _BAND_RATIO
    band = cv2.GaussianBlur(grey, (0, 0), inner) - cv2.GaussianBlur(grey, (0, 0), outer)
    contrast = cv2.GaussianBlur(band * band, (0, 0), inner * _LOCAL_RATIO)
    return band / np.sqrt(contrast + _NOISE_CODES**2)


def _align(
    from_pyramid: list[NDArray[np.float32]], to_pyramid: list[NDArray[np.float32]], shape: tuple[int, int]
) -> Step:
    """The transform is in full-size pixels, the correlation that at the finest level."""
    transform, similarity = np.eye(3), 0.0
    for source, target in zip(from_pyramid, to_pyramid, strict=True):
        to_level = _pixel_scaling(shape, source.shape)
        level, similarity = _align_level(source, target, to_level @ transform @ np.linalg.inv(to_level))
        transform = np.linalg.inv(to_level) @ level @ to_level
    return Step(transform, similarity)


def _align_level(
    source: NDArray[np.float32], target: NDArray[np.float32], start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Align at one level. Blank pictures keep the start and count as similar."""
    import cv2

    if max(source.std(), target.std()) < _MIN_STRUCTURE:
        return start, 1.0
    everywhere = np.ones(target.shape, np.uint8)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, _ECC_ITERATIONS, _ECC_STEP)
    try:
        similarity, affine = cv2.findTransformECC(
            source, target, start[:2].astype(np.float32), cv2.MOTION_AFFINE, stop, everywhere, 1
        )
    except cv2.error:  # no convergence: the pictures differ
        return start, 0.0
    return _nearest_similarity(affine.astype(np.float64), source.shape), float(similarity)


def _nearest_similarity(affine: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """The (3, 3) similarity transform nearest to an affine one, with the same image of the picture's centre."""
    centre = (np.array(shape[::-1]) - 1) / 2
    cosine = (affine[0, 0] + affine[1, 1]) / 2
    sine = (affine[1, 0] - affine[0, 1]) / 2
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    whole = np.eye(3)
    whole[:2, :2] = rotation
    whole[:2, 2] = affine @ np.append(centre, 1.0) - rotation @ centre
    return whole


def _pixel_scaling(shape: tuple[int, int], level_shape: tuple[int, int]) -> NDArray[np.float64]:
    """Maps full-size pixel centres to those of a smaller level: x' = s x + (s - 1) / 2."""
    scale_y, scale_x = level_shape[0] / shape[0], level_shape[1] / shape[1]
    return np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1]])
