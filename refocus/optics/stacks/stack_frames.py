"""The check at the door of everything that takes the frames of a focal stack."""

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput


def check_frames(frames_srgb: NDArray[np.uint8]) -> None:
    """Raise BadInput unless the frames are one array, (frames, height, width, 3) uint8, of at least two."""
    what = "at least two frames, (frames, height, width, 3) uint8 in one array"
    if not isinstance(frames_srgb, np.ndarray):
        raise BadInput(f"frames_srgb is a {type(frames_srgb).__name__}, but it must be {what}.")
    shape, kind = frames_srgb.shape, frames_srgb.dtype
    if frames_srgb.ndim != 4 or shape[-1] != 3 or kind != np.uint8 or len(frames_srgb) < 2 or frames_srgb.size == 0:
        raise BadInput(f"frames_srgb is {shape} of {kind}, but it must be {what}.")
