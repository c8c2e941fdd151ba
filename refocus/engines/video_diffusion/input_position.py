"""The position in the video model's stack at which a photo was focused."""

from dataclasses import dataclass

import numpy as np

from refocus.depth import estimate_disparity, fit_disparity
from refocus.media import Photo
from refocus.restore.blur_map import estimate_blur
from refocus.restore.photo_focus import photo_focus
from refocus.results.request import LAST_INPUT_POSITION

_NEAREST_DIOPTERS = 20.0  # position 0: about 5 cm
_LONG_SIDE_PX = 1024


@dataclass(frozen=True, slots=True)
class InputPosition:
    """A position in the stack, 0 (about 5 cm) to 8 (infinity), and a note for the user on how it was found."""

    index: int
    note: str


def find_input_position(photo: Photo, requested: int | None, *, called: str = "The photo") -> InputPosition:
    """The input position of a photo: the requested one, from EXIF, or estimated from what is in focus.

    Args:
        photo: with subject distance and disparity where known.
        requested: position in the request, or None.
        called: what the note calls it.
    """
    if requested is not None:
        note = f"{called} is at position {requested} of 0 to {LAST_INPUT_POSITION}, as requested."
        return InputPosition(requested, note)
    distance_m = photo.camera.subject_distance_m
    if distance_m is not None:
        index = position_of_diopters(1 / distance_m)
        return InputPosition(
            index, f"{called} is at position {index}: its metadata gives a focus distance of {distance_m:g} m."
        )
    return _estimated(photo, called)


def position_of_diopters(focus_diopters: float) -> int:
    """The position nearest to a focus in diopters (1/m): positions are approximately linear in diopters."""
    share = 1 - min(max(focus_diopters / _NEAREST_DIOPTERS, 0.0), 1.0)
    return round(LAST_INPUT_POSITION * share)


def _estimated(photo: Photo, called: str) -> InputPosition:
    """Estimate the position from the disparity at which the photo's blur vanishes.

    Metric disparity gives a focus distance. For relative disparity the nearest point is at 0 and the farthest at 8.
    """
    working = photo.resized(_LONG_SIDE_PX)
    size = working.height, working.width
    disparity = estimate_disparity(working.rgb) if photo.disparity is None else fit_disparity(photo.disparity, size)
    found = photo_focus(working.rgb, disparity.values, estimate_blur(working.rgb))
    sharp = float(np.median(disparity.values)) if found is None else found.disparity
    if disparity.metric:
        index, where = position_of_diopters(sharp), f", about {1 / max(sharp, 1e-3):.2g} m away"
    else:
        share = (sharp - disparity.farthest) / max(disparity.nearest - disparity.farthest, 1e-6)
        index, where = round(LAST_INPUT_POSITION * (1 - share)), ""
    doubt = " This is a guess: focus hardly differs across the photo." if found is None else ""
    return InputPosition(
        index,
        f"{called} is at position {index}, estimated from where it is sharp{where}; correct it if it looks wrong."
        f"{doubt}",
    )
