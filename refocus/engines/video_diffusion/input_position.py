"""Where in the video model's stack a photo was focused."""

from dataclasses import dataclass

import numpy as np

from refocus.core import Disparity
from refocus.depth import estimate_disparity, fit_disparity
from refocus.depth.cues import sharpness_cue
from refocus.depth.superpixels import cut_regions
from refocus.media import Photo
from refocus.results.request import LAST_INPUT_POSITION

_NEAREST_DIOPTERS = 20.0  # position 0: about 5 cm
_LONG_SIDE_PX, _REGIONS_LONG_SIDE_PX = 1024, 400  # what `sharpness_cue` expects
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class InputPosition:
    """A position of the stack, 0 (about 5 cm) to 8 (infinity), and in words a user reads how it was found."""

    index: int
    note: str


def find_input_position(photo: Photo, asked: int | None) -> InputPosition:
    """Where the photo was focused: as asked, from EXIF, or estimated from what is sharp in it.

    Args:
        photo: its camera's subject distance, its disparity when it has one, and its pixels are looked at.
        asked: the user's own word, or None.
    """
    if asked is not None:
        return InputPosition(asked, f"The photo stands at position {asked} of 0 to {LAST_INPUT_POSITION}, as asked.")
    distance_m = photo.camera.subject_distance_m
    if distance_m is not None:
        index = position_of_diopters(1 / distance_m)
        return InputPosition(
            index, f"The photo stands at position {index}: it says it was focused at {distance_m:g} m."
        )
    return _estimated(photo)


def position_of_diopters(focus_diopters: float) -> int:
    """The position nearest to a focus in diopters (1/m): positions are about linear in diopters."""
    share = 1 - min(max(focus_diopters / _NEAREST_DIOPTERS, 0.0), 1.0)
    return round(LAST_INPUT_POSITION * share)


def _estimated(photo: Photo) -> InputPosition:
    """The median disparity of what is sharp, on the scale of the stack.

    In metres it is told as a focus distance is. Else the nearest thing stands at 0 and the farthest at 8.
    """
    working = photo.resized(_LONG_SIDE_PX)
    size = working.height, working.width
    disparity = estimate_disparity(working.rgb) if photo.disparity is None else fit_disparity(photo.disparity, size)
    sharp, shallow = _sharp_disparity(working, disparity)
    if disparity.metric:
        index, where = position_of_diopters(sharp), f", about {1 / max(sharp, 1e-3):.2g} m away"
    else:
        share = (sharp - disparity.farthest) / max(disparity.nearest - disparity.farthest, 1e-6)
        index, where = round(LAST_INPUT_POSITION * (1 - share)), ""
    doubt = "" if shallow >= _SURE else " This is a guess: focus hardly differs across the photo."
    return InputPosition(
        index,
        f"The photo stands at position {index}, estimated from where it is sharp{where}; correct it if it looks wrong."
        f"{doubt}",
    )


def _sharp_disparity(photo: Photo, disparity: Disparity) -> tuple[float, float]:
    """Median disparity of what is in focus, and how sure it is that only a part is, in [0, 1]."""
    import cv2

    small = photo.resized(_REGIONS_LONG_SIDE_PX)
    regions = cut_regions(small.rgb)
    sharpness, shallow = sharpness_cue(regions, photo.rgb)
    values = cv2.resize(disparity.values, (small.width, small.height), interpolation=cv2.INTER_AREA)
    nearness = regions.mean(values)
    weight = regions.size_px * (sharpness**2 + 1e-6)  # without any edge all count alike
    order = np.argsort(nearness)
    total = np.cumsum(weight[order])
    return float(nearness[order[np.searchsorted(total, total[-1] / 2)]]), shallow
