"""Register the photos of a focal stack from a real camera: focus breathing, small movements, exposure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.focal_stack import check_frames
from refocus.optics.stacks.alignment import align_neighbours
from refocus.optics.stacks.exposure import exposed, exposure_gains

_EXTRAPOLATION_PX = 0.1  # allowed beyond a photo's outermost pixel centres
_MIN_SIDE_PX = 64  # of the common area


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """Registered photos of one scene.

    Attributes:
        frames: (frames, height, width, 3) uint8 sRGB, aligned to the middle photo, cropped to the common area.
        transforms: (frames, 2, 3) float64, maps pixels of `frames` to those of the photos.
        gains: (frames, 3) float32 factors of each photo's linear light; 1 for the middle photo.
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
