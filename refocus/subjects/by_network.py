"""From a network's soft mask for a phrase to one region of the photo."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity
from refocus.prompts.vocabulary import words_of
from refocus.subjects.people import names_eyes
from refocus.subjects.region import Region, components, outline, side_weight, view_of
from refocus.subjects.scenery import depth_weight

_MIN_PROBABILITY = 0.25
_SHARE_OF_PEAK = 0.5


class PhraseMasker(Protocol):
    """A referring segmentation network, such as `refocus.models.clipseg.network.PhraseMask`."""

    @property
    def name(self) -> str:
        """The name shown to the user."""

    def __call__(self, rgb: NDArray[np.uint8], phrase: str) -> NDArray[np.float32]:
        """(height, width) float32 in [0, 1] for (height, width, 3) uint8 sRGB."""


def suits_network(subject: str) -> bool:
    """Whether a network can find it: phrases with a noun, except eyes, which are too small at its 352 px."""
    return bool(words_of(subject)) and not names_eyes(words_of(subject))


def find_with_network(
    masker: PhraseMasker,
    rgb: NDArray[np.uint8],
    disparity: Disparity,
    subject: str,
    side: str | None,
    *,
    place: str | None = None,
) -> Region | None:
    """As `find_subject`, with a network; None when its mask is weak everywhere.

    Raises:
        BadInput: on pictures of another shape or type, or when the sizes differ.
    """
    view = view_of(rgb, disparity)
    height, width = view.size
    probability = cv2.resize(masker(view.rgb, subject), (width, height), interpolation=cv2.INTER_LINEAR)
    score = probability * side_weight(view.size, side) * depth_weight(view, place)
    peak = float(score.max())
    if float(probability[score >= _SHARE_OF_PEAK * peak].max(initial=0.0)) < _MIN_PROBABILITY:
        return None
    regions = components(score >= _SHARE_OF_PEAK * peak)
    if not regions:
        return None
    weights = [float(score[region].sum()) for region in regions]
    best = regions[int(np.argmax(weights))]
    mask = outline(view, best)
    share = 100 * mask.mean()
    several = len(components(probability >= _SHARE_OF_PEAK * probability.max())) > 1
    where = f", the one on the {side}" if side in ("left", "right") and several else ""
    note = f"{masker.name} marked the {subject}{where} ({share:.0f} % of the picture)."
    return view.region(mask, float(np.percentile(probability[best], 75)), note, finder=masker.name)
