"""Finds everyday things and animals with the built-in recogniser: its evidence, depth, and the saliency."""

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.threads import on_one_core
from refocus.models.recognition.recogniser import Recognition, recognise
from refocus.models.recognition.words import animals, classes_of
from refocus.prompts.vocabulary import COLOURS
from refocus.subjects.colour_words import colour_score
from refocus.subjects.region import Mask, Region, View, side_weight
from refocus.subjects.saliency import extent_of
from refocus.subjects.scenery import depth_weight, find_object

_LEAST_PROBABILITY = 0.05  # of a thing that the user says is there
_SURE_ANIMAL = 0.8  # of an animal that nobody named
_CLEAR_ANIMAL = 22.0  # its score; noise, where every answer is as wrong, reaches 20


def find_recognised(
    rgb: NDArray[np.uint8], view: View, subject: str, side: str | None, place: str | None
) -> Region | None:
    """The region of a named thing; None when its noun is not in the vocabulary or it is not seen.

    Args:
        rgb: (height, width, 3) uint8 sRGB, and its view.
        subject: a noun phrase; a colour in it chooses among several.
        side, place: as in `find_subject`.
    """
    classes = classes_of(subject)
    if not classes:
        return None
    recognition = on_one_core(lambda: recognise(rgb))
    probability = recognition.probability(classes)
    if probability < _LEAST_PROBABILITY:
        return None
    weight = side_weight(view.size, side) * depth_weight(view, place)
    for colour in COLOURS & set(subject.lower().split()):
        weight = weight * (0.3 + colour_score(view.lab, colour))
    mask = _mask(view, recognition, classes, weight)
    share = 100 * mask.mean()
    note = f"Recognised the {subject} ({share:.0f} % of the picture)."
    return view.region(mask, 0.4 + 0.5 * probability**0.5, note) if mask.any() else None


def find_animal(recognition: Recognition, view: View) -> Region | None:
    """The region of an animal when the photo is clearly of one, else None.

    Args:
        recognition: of the photo, and its view.
    """
    mask = animal_mask(view, recognition)
    return None if mask is None else view.region(mask, recognition.probability(animals()), "Recognised an animal.")


def animal_mask(view: View, recognition: Recognition) -> Mask | None:
    """The mask of an animal, in the view, when what was recognised is clearly one; else None."""
    if recognition.probability(animals()) < _SURE_ANIMAL or recognition.highest(animals()) < _CLEAR_ANIMAL:
        return None
    mask = _mask(view, recognition, animals(), 1.0)
    return mask if mask.any() else None


def _mask(view: View, recognition: Recognition, classes: tuple[int, ...], weight: NDArray[np.float32] | float) -> Mask:
    height, width = view.size
    evidence = cv2.resize(recognition.where(classes), (width, height), interpolation=cv2.INTER_CUBIC)
    share = np.clip(evidence / max(float(evidence.max()), 1e-6), 0, 1).astype(np.float32)
    return find_object(view, extent_of(view, share * weight) * weight)[0]
