"""Aligns predicted frames with photos of a real camera, whose framing changes with the focus (focus breathing)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.optics import nearest_first, register
from refocus.optics.stacks.registration import Step, align_neighbours, exposed

Stack = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class AlignedTruth:
    """A real stack, aligned.

    Attributes:
        photos: (frames, height, width, 3) uint8, as taken.
        frames: the photos aligned and cropped to their common area.
        transforms: (frames, 2, 3), from pixels of `frames` to pixels of each photo.
        gains: (frames, 3), factors applied to the linear light of each photo.
        far_first: whether the photos were reversed to begin with the nearest focus.
    """

    photos: Stack
    frames: Stack
    transforms: NDArray[np.float64]
    gains: NDArray[np.float32]
    far_first: bool


def align_truth(photos: Stack, order: str = "near-first") -> AlignedTruth:
    """Align a real stack to its middle photo, nearest focus first.

    Args:
        photos: (frames, height, width, 3) uint8, in the order they were focused.
        order: "near-first", "far-first", or "auto" to decide by the colour of the blur.

    Raises:
        BadInput: when the photos do not show one scene.
    """
    found = register(photos)
    far_first = order == "far-first" or (order == "auto" and nearest_first(found.frames) is False)
    reorder = slice(None, None, -1 if far_first else 1)
    return AlignedTruth(
        photos=photos[reorder],
        frames=found.frames[reorder],
        transforms=found.transforms[reorder],
        gains=found.gains[reorder],
        far_first=far_first,
    )


def unaligned_truth(photos: Stack) -> AlignedTruth:
    """Photos as they are, for a stack of a single photo."""
    transforms = np.repeat(np.eye(2, 3)[None], len(photos), axis=0)
    return AlignedTruth(photos, photos, transforms, np.ones((len(photos), 3), np.float32), far_first=False)


def align_predicted(predicted: Stack, truth: AlignedTruth, input_position: int | None) -> Stack:
    """Warp predicted frames to the aligned truth, and match their exposure.

    A predicted stack has the framing of its input photo, so it is aligned by its frame at the input position. When that
    position is not known, the frame with the highest similarity to the truth is used.

    Args:
        predicted: (frames, height, width, 3) uint8, of any size with the proportions of the truth.
        truth: from `align_truth`.
        input_position: index into `truth.frames`, or None.

    Returns:
        (frames, height, width, 3) uint8, of the size of `truth.frames`.

    Raises:
        BadInput: when the frames do not show the truth's scene.
    """
    import cv2

    position, step = _align_at_input(predicted, truth, input_position)
    height, width = truth.frames.shape[1:3]
    scaling = _pixel_scaling(truth.photos.shape[1:3], predicted.shape[1:3])
    to_photo = np.vstack([truth.transforms[position], [0, 0, 1]])
    to_predicted = (scaling @ np.linalg.inv(step.transform) @ to_photo)[:2]
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    warped = [
        cv2.warpAffine(frame, to_predicted, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for frame in predicted
    ]
    return np.stack([exposed(np.asarray(frame, np.uint8), truth.gains[position]) for frame in warped])


def resized(frames: Stack, size: tuple[int, int]) -> Stack:
    """Frames resized to (width, height): area interpolation when smaller, Lanczos when larger."""
    import cv2

    if frames.shape[2:0:-1] == size:
        return frames
    interpolation = cv2.INTER_AREA if size[0] < frames.shape[2] else cv2.INTER_LANCZOS4
    return np.stack([np.asarray(cv2.resize(frame, size, interpolation=interpolation), np.uint8) for frame in frames])


def _align_at_input(predicted: Stack, truth: AlignedTruth, input_position: int | None) -> tuple[int, Step]:
    """The position at which both are aligned, and the alignment of the prediction to the photo there."""
    size = truth.photos.shape[2], truth.photos.shape[1]
    positions = range(len(predicted)) if input_position is None else [input_position]
    steps: dict[int, Step] = {}
    for position in positions:
        try:
            pair = np.stack([resized(predicted[position][None], size)[0], truth.photos[position]])
            steps[position] = align_neighbours(pair)[0]
        except BadInput:
            continue  # other positions may be similar enough
    if not steps:
        raise BadInput(
            "The predicted frames cannot be aligned with the photos of the truth.",
            todo="Check that they show the same scene, nearest focus first, or evaluate without --register.",
        )
    best = max(steps, key=lambda position: steps[position].similarity)
    return best, steps[best]


def _pixel_scaling(shape: tuple[int, ...], to_shape: tuple[int, ...]) -> NDArray[np.float64]:
    """(3, 3) transform of pixel centres from one size to another: x' = s x + (s - 1) / 2."""
    scale_y, scale_x = to_shape[0] / shape[0], to_shape[1] / shape[1]
    return np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1.0]])
