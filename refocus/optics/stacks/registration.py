"""Register the photos of a focal stack from a real camera: focus breathing, small movements, exposure.

Refocusing moves the lens, so the picture is magnified by a few percent from photo to photo. The enhanced correlation
coefficient (Evangelidis and Psarakis 2008) of band-passed luminance is maximised from coarse to fine; only the
similarity part (scale, rotation, translation) is kept, because blur at edges distorts a free affine transform.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.core.focal_stack import check_frames
from refocus.core.sizes import fitted_size

_CELLS = 48  # along the long side; coarse enough for focus to hardly change a cell's light
_USABLE_LINEAR = (0.01, 0.85)  # darker is noise, brighter may be clipped
_MIN_CELLS = 16
_DEADBAND = 0.01


def exposure_gains(aligned_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Gains that match each photo's linear light to the median exposure, estimated between neighbours.

    Defocus conserves light, so the sums over the same cells of two aligned photos give the ratio of exposures.

    Args:
        aligned_srgb: (frames, height, width, 3) uint8, aligned.

    Returns:
        (frames, 3) float32 gains of red, green and blue; exactly 1 when within one percent.
    """
    cells = [_cells_linear(frame) for frame in aligned_srgb]
    gains = np.ones((len(cells), 3), np.float32)
    for index in range(1, len(cells)):
        before, after = cells[index - 1], cells[index]
        dark, bright = _USABLE_LINEAR
        usable = ((np.minimum(before, after) > dark) & (np.maximum(before, after) < bright)).all(axis=-1)
        ratio = before[usable].sum(axis=0) / after[usable].sum(axis=0) if usable.sum() >= _MIN_CELLS else 1.0
        gains[index] = gains[index - 1] * ratio
    gains /= np.median(gains, axis=0)  # a single dark photo, be it the middle one, must not darken all others
    return np.where(np.abs(gains - 1) < _DEADBAND, np.float32(1), gains)


def exposed(frame_srgb: NDArray[np.uint8], gains: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Multiply the linear light of a frame; gains below 1 fade out towards white, so that white stays white.

    Args:
        frame_srgb: (height, width, 3) uint8.
        gains: (3,) gains of red, green and blue.
    """
    import cv2

    if (gains == 1).all():
        return frame_srgb
    linear = srgb_to_linear(np.arange(256, dtype=np.uint8))[:, None]
    gain = np.where(gains < 1, gains + (1 - gains) * linear**4, gains)
    return np.asarray(cv2.LUT(frame_srgb, linear_to_srgb8(linear * gain)[:, None]), np.uint8)


def _cells_linear(frame_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    height, width = frame_srgb.shape[:2]
    size = fitted_size((width, height), _CELLS)
    return np.asarray(cv2.resize(srgb_to_linear(frame_srgb), size, interpolation=cv2.INTER_AREA), np.float32)


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


_EXTRAPOLATION_PX = 0.1  # allowed beyond a photo's outermost pixel centres
_MIN_SIDE_PX = 64  # of the common area


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """Registered photos of one scene.

    Attributes:
        frames: (frames, height, width, 3) uint8 sRGB, aligned to the middle photo, cropped to the common area.
        transforms: (frames, 2, 3) float64, maps pixels of `frames` to those of the photos.
        gains: (frames, 3) float32 factors of each photo's linear light; 1 for the median exposure.
        similarity: lowest correlation of two neighbouring photos after alignment, at most 1.
    """

    frames: NDArray[np.uint8]
    transforms: NDArray[np.float64]
    gains: NDArray[np.float32]
    similarity: float

    @property
    def scales(self) -> NDArray[np.float64]:
        """(frames,) magnification of each photo relative to the middle one: focus breathing."""
        return np.hypot(self.transforms[:, 0, 0], self.transforms[:, 1, 0])


def register(frames_srgb: NDArray[np.uint8]) -> Registered:
    """Align the photos of a focal stack.

    Args:
        frames_srgb: (frames, height, width, 3) uint8, at least two, in order of focus (either way).

    Raises:
        BadInput: on another shape, or when neighbouring photos do not show one scene.
    """
    check_frames(frames_srgb)
    steps = align_neighbours(frames_srgb)
    height, width = frames_srgb.shape[1:3]
    chained = _chain([step.transform for step in steps])
    top, left, bottom, right = _common_area(chained, height, width)
    if min(bottom - top, right - left) < min(_MIN_SIDE_PX, height, width):
        raise BadInput(
            "The photos of the stack have too little of the scene in common.",
            todo="Give photos taken from one place with one framing.",
        )
    transforms = np.stack([_after_crop(transform, top, left) for transform in chained])
    size = right - left, bottom - top
    aligned = np.stack([_warp(f, t, size) for f, t in zip(frames_srgb, transforms, strict=True)])
    gains = exposure_gains(aligned)
    return Registered(
        frames=np.stack([exposed(frame, gain) for frame, gain in zip(aligned, gains, strict=True)]),
        transforms=transforms,
        gains=gains,
        similarity=min(step.similarity for step in steps),
    )


def _chain(neighbours: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Transforms from the middle photo to each photo, from those between neighbours."""
    middle = len(neighbours) // 2
    chained = [np.eye(3)] * (len(neighbours) + 1)
    for index in range(middle, len(neighbours)):
        chained[index + 1] = neighbours[index] @ chained[index]
    for index in range(middle, 0, -1):
        chained[index - 1] = np.linalg.inv(neighbours[index - 1]) @ chained[index]
    return chained


def _common_area(chained: list[NDArray[np.float64]], height: int, width: int) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of the axis-aligned rectangle covered by every photo."""
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1.0]]).T
    tops, lefts, bottoms, rights = [0.0], [0.0], [height - 1.0], [width - 1.0]
    for transform in chained:
        (x0, x1, x2, x3), (y0, y1, y2, y3), _ = np.linalg.inv(transform) @ corners
        lefts += [x0, x2]
        rights += [x1, x3]
        tops += [y0, y1]
        bottoms += [y2, y3]
    top, left = (int(np.ceil(max(edges) - _EXTRAPOLATION_PX)) for edges in (tops, lefts))
    bottom, right = (int(np.floor(min(edges) + _EXTRAPOLATION_PX)) for edges in (bottoms, rights))
    return top, left, bottom + 1, right + 1


def _after_crop(transform: NDArray[np.float64], top: int, left: int) -> NDArray[np.float64]:
    return (transform @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]]))[:2]


def _warp(frame_srgb: NDArray[np.uint8], transform: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
    import cv2

    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(frame_srgb, transform, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)
