"""Subjects by description: from a network's soft mask for a phrase to the one region that is meant."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.prompts.nouns import words_of
from refocus.subjects.people import names_eyes
from refocus.subjects.region import Region, components, outline, side_weight, view_of
from refocus.subjects.scenery import depth_weight

_SEEN_FROM = 0.25
_PART_OF_PEAK = 0.5


class PhraseMasker(Protocol):
    """A network that marks what a phrase names; `refocus.models.clipseg.network.PhraseMask` is one."""

    @property
    def name(self) -> str:
        """As the user reads it."""

    def __call__(self, rgb: NDArray[np.uint8], phrase: str) -> NDArray[np.float32]:
        """(height, width) float32 in [0, 1] for (height, width, 3) uint8 sRGB."""


def suits_network(subject: str) -> bool:
    """Whether a network may know better: not about what stands out (no noun), and not about eyes, which are too small
    for its 352 px."""
    return bool(words_of(subject)) and not names_eyes(words_of(subject))


def find_described(
    masker: PhraseMasker,
    rgb: NDArray[np.uint8],
    disparity: Disparity,
    subject: str,
    side: str | None,
    *,
    place: str | None = None,
) -> Region | None:
    """As `find_subject`, by a network; None when it sees no such thing.

    Raises:
        BadInput: on pictures of another shape or type, or when the sizes differ.
    """
    view = view_of(rgb, disparity)
    height, width = view.size
    seen = cv2.resize(masker(view.rgb, subject), (width, height), interpolation=cv2.INTER_LINEAR)
    fitting = seen * side_weight(view.size, side) * depth_weight(view, place)
    peak = float(fitting.max())
    if float(seen[fitting >= _PART_OF_PEAK * peak].max(initial=0.0)) < _SEEN_FROM:
        return None
    pieces = components(fitting >= _PART_OF_PEAK * peak)
    if not pieces:
        return None
    weights = [float(fitting[piece].sum()) for piece in pieces]
    best = pieces[int(np.argmax(weights))]
    mask = outline(view, best)
    share = 100 * mask.mean()
    several = len(components(seen >= _PART_OF_PEAK * seen.max())) > 1
    where = f", the one on the {side}" if side in ("left", "right") and several else ""
    note = f"{masker.name} marked the {subject}{where} ({share:.0f} % of the picture)."
    return view.region(mask, float(np.percentile(seen[best], 75)), note, finder=masker.name)
