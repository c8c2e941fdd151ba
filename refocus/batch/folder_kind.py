"""Classifies a folder of photos: a focal stack of one scene, or unrelated photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from refocus.core import BadInput
from refocus.core.focal_stack import MIN_FRAMES
from refocus.core.sizes import DEFAULT_MAX_PIXELS
from refocus.media import Photo
from refocus.media.photo_files import natural_key
from refocus.optics.stacks.alignment import align_neighbours

_LONG_SIDE_PX = 512
_MAX_PAIRS = 8  # evenly spaced
_MAX_SIMILAR_SHARE = 1 / 3  # of neighbours among unrelated photos, where some were taken twice


@dataclass(frozen=True, slots=True)
class PhotoRelation:
    """How the photos of a folder are related, and the reason for that decision."""

    kind: Literal["one scene", "many photos", "unclear"]
    reason: str


def classify_photos(paths: Sequence[Path], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> PhotoRelation:
    """Decide how photos are related: neighbours in a focal stack can be aligned, unrelated photos cannot.

    Args:
        paths: photo files of one folder.
        max_pixels: larger photos count as unrelated.
    """
    if len(paths) < MIN_FRAMES:
        return PhotoRelation("many photos", f"{len(paths)} photos are too few for one focal stack")
    neighbours = list(pairwise(sorted(paths, key=natural_key)))
    chosen = [neighbours[index] for index in _evenly(len(neighbours))]
    similar = sum(_show_one_scene(pair, max_pixels) for pair in chosen)
    if similar == len(chosen):
        return PhotoRelation("one scene", "neighbouring photos show one scene")
    if similar <= _MAX_SIMILAR_SHARE * len(chosen):
        return PhotoRelation("many photos", "neighbouring photos show different scenes")
    return PhotoRelation("unclear", f"{similar} of {len(chosen)} neighbouring photos show one scene, the others do not")


def _show_one_scene(pair: tuple[Path, Path], max_pixels: int) -> bool:
    try:
        photos = [Photo.open(path, max_pixels=max_pixels).resized(_LONG_SIDE_PX).rgb for path in pair]
        if photos[0].shape != photos[1].shape:
            return False
        align_neighbours(np.stack(photos))
    except BadInput:
        return False
    return True


def _evenly(count: int) -> list[int]:
    return sorted({int(index) for index in np.linspace(0, count - 1, min(count, _MAX_PAIRS)).round()})
