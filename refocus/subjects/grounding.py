"""Visual grounding without a download: from a phrase to a region, and from a prompt to a focus disparity."""

from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, BokehSpec, Disparity
from refocus.core.bokeh_spec import FOCUS_WORDS
from refocus.models.recognition.words import classes_of, names_animal
from refocus.prompts.vocabulary import COLOURS, words_of
from refocus.subjects.colour_words import colour_score
from refocus.subjects.people import find_person, names_person
from refocus.subjects.recognised import find_recognised
from refocus.subjects.region import Region, View, components, outline, side_weight, view_of
from refocus.subjects.saliency import centre_weight, saliency_map
from refocus.subjects.scenery import (
    depth_weight,
    find_distant,
    find_ground,
    find_salient_object,
    find_sky,
    not_sky,
)

_SKY = frozenset({"sky", "clouds", "cloud"})
_DISTANT = frozenset(
    {"mountain", "mountains", "hill", "hills", "peak", "peaks", "skyline", "horizon", "landscape", "cliffs"}
)
_GROUND = frozenset(
    {"ground", "floor", "road", "street", "path", "grass", "lawn", "pavement", "sand", "field", "table"}
)


class SubjectFinder(Protocol):
    """Finds the region of a subject: the built-in `find_subject`, or a finder with a network."""

    def __call__(
        self, rgb: NDArray[np.uint8], disparity: Disparity, subject: str, side: str | None, *, place: str | None = None
    ) -> Region:
        """See `find_subject`."""


class FocusChoice(NamedTuple):
    """Where to focus: the disparity in the units of the map, one sentence on why, and the region of a subject."""

    disparity: float
    explanation: str
    region: Region | None


def find_subject(
    rgb: NDArray[np.uint8], disparity: Disparity, subject: str, side: str | None, *, place: str | None = None
) -> Region:
    """Find a subject by faces and eyes, the built-in recogniser, colours, sides, depth and saliency.

    Args:
        rgb: (height, width, 3) uint8 sRGB.
        disparity: of the same size.
        subject: a noun phrase as in `BokehSpec.subject`; "" for the most salient object.
        side: as in `BokehSpec.side`.
        place: a focus word for the depth of the subject ("background"), or None.

    Returns:
        A region; its confidence is low where it is a guess.

    Raises:
        BadInput: on pictures of another shape or type, or when the sizes differ.
    """
    view = view_of(rgb, disparity)
    words = words_of(subject)
    colour = next((word for word in subject.lower().split() if word in COLOURS), None)
    about_people = names_person(words) and not names_animal(subject)
    if about_people:
        found = find_person(rgb, view, words, side, place, colour)
        if found is not None:
            return found
    scenery = _find_scenery(view, words, subject)
    if scenery is not None:
        return scenery
    recognised = None if about_people else find_recognised(rgb, view, subject, side, place)
    if recognised is not None:
        return recognised
    if colour is not None:
        found = _find_coloured(view, colour, subject, side, place)
        if found is not None:
            return found
    if about_people:
        on_side = f" on the {side}" if side in ("left", "right") else ""
        why = f"Found no face{on_side} for “{subject}”"
    else:
        why = f"Saw no “{subject}”" if classes_of(subject) else f"The built-in finder does not know “{subject}”"
    return _find_most_salient(view, subject, side, place, why=why)


def focus_disparity_for(
    spec: BokehSpec, rgb: NDArray[np.uint8], disparity: Disparity, *, finder: SubjectFinder = find_subject
) -> FocusChoice:
    """The disparity that a prompt asks to focus on.

    The most specific field decides: a subject, a distance (metric maps only), a focus word, a side, and without any of
    them the most salient object.

    Args:
        spec: the prompt; `rack` is not used (see `rack_disparities`).
        rgb: (height, width, 3) uint8 sRGB.
        disparity: of the same size.
        finder: finds subjects.

    Raises:
        BadInput: on pictures of another shape or type, or when the sizes differ.
    """
    distance_note = ""
    if spec.focus_distance_m is not None and spec.subject is None:
        if disparity.metric:
            return _at_distance(spec.focus_distance_m, disparity)
        distance_note = f"{spec.focus_distance_m:g} m cannot be placed: the depth of this photo is relative."
    if spec.subject is not None or (spec.side is not None and spec.focus is None):
        region = finder(rgb, disparity, spec.subject or "", spec.side, place=spec.focus)
        return FocusChoice(region.median_disparity(disparity), region.explanation, region)
    if spec.focus is not None:
        value, explanation = _at_word(spec.focus, disparity)
        return FocusChoice(value, f"{distance_note} {explanation}".strip(), None)
    region = finder(rgb, disparity, "", None)
    return FocusChoice(region.median_disparity(disparity), f"{distance_note} {region.explanation}".strip(), region)


def rack_disparities(
    spec: BokehSpec, rgb: NDArray[np.uint8], disparity: Disparity, *, finder: SubjectFinder = find_subject
) -> tuple[FocusChoice, FocusChoice]:
    """The two ends of a focus pull, from and to.

    Raises:
        BadInput: when the prompt asks for no focus pull; else as `focus_disparity_for`.
    """
    if spec.rack is None:
        raise BadInput("This prompt asks for no focus pull.", todo='Say, for instance, "from the cup to the window".')
    ends = [
        BokehSpec(focus=name) if name in FOCUS_WORDS else BokehSpec(subject=name, side=side)
        for name, side in zip(spec.rack, spec.rack_sides, strict=True)
    ]
    first, last = (focus_disparity_for(end, rgb, disparity, finder=finder) for end in ends)
    return first, last


def _at_distance(distance_m: float, disparity: Disparity) -> FocusChoice:
    wanted = 1.0 / distance_m
    value = float(np.clip(wanted, disparity.farthest, disparity.nearest))
    note = f"Focused {distance_m:g} m away."
    if value != wanted:
        note = f"Nothing lies {distance_m:g} m away; focused at {1 / max(value, 1e-6):.2g} m, the nearest to it."
    return FocusChoice(value, note, None)


def _at_word(word: str, disparity: Disparity) -> tuple[float, str]:
    values = disparity.values
    if word == "nearest":
        return float(np.percentile(values, 99.5)), "Focused on what is nearest."
    if word == "farthest":
        return float(np.percentile(values, 0.5)), "Focused on what is farthest."
    if word == "center":
        height, width = values.shape
        middle = values[height * 2 // 5 : height * 3 // 5 + 1, width * 2 // 5 : width * 3 // 5 + 1]
        return float(np.median(middle)), "Focused on the middle of the picture."
    if word == "everything":
        return float(np.median(values)), "Everything is to be sharp."
    low, high = float(values.min()), float(values.max())
    codes = np.round(255 * (values - low) / max(high - low, 1e-9)).astype(np.uint8)
    split, _ = cv2.threshold(codes, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    part = values[codes > split] if word == "foreground" else values[codes <= split]
    return float(np.median(part if part.size else values)), f"Focused on the {word}, split from the rest by depth."


def _find_scenery(view: View, words: set[str], subject: str) -> Region | None:
    if words & _SKY:
        mask = find_sky(view)
        return (
            view.region(mask, 0.7, "Took the far, smooth, bright part at the top for the sky.") if mask.any() else None
        )
    if words & _DISTANT:
        mask = find_distant(view)
        note = f"Took what is far and not sky for the {subject}."
        return view.region(mask, 0.5, note) if mask.any() else None
    if words & _GROUND and len(words) == 1:
        mask = find_ground(view)
        note = f"Took the plane that comes nearer towards the bottom for the {subject}."
        return view.region(mask, 0.55, note) if mask.any() else None
    return None


def _find_coloured(view: View, colour: str, subject: str, side: str | None, place: str | None) -> Region | None:
    score = cv2.GaussianBlur(colour_score(view.lab, colour), (0, 0), 1.2)
    fit = side_weight(view.size, side) * depth_weight(view, place) * not_sky(view) * (0.2 + 0.8 * view.nearness)
    if side is None:
        fit = fit * centre_weight(view)
    joined = cv2.morphologyEx((score > 0.4).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    pieces = components(joined & ~_depth_edges(view))[:12]
    if not pieces:
        return None
    saliency = saliency_map(view)
    weights = [
        float((score * fit)[piece].sum()) ** 0.8 * _compactness(piece) ** 0.5 * (0.2 + float(saliency[piece].mean()))
        for piece in pieces
    ]
    order = np.argsort(weights)[::-1]
    best = pieces[order[0]]
    second = weights[order[1]] if len(pieces) > 1 else 0.0
    clarity = 1 - 0.6 * second / max(weights[order[0]], 1e-9)
    purity = float(score[best].mean())
    mask = outline(view, best)
    share = 100 * mask.mean()
    note = f"Looked for {colour} and took the clearest {colour} area ({share:.0f} % of the picture) for the {subject}."
    return view.region(mask, 0.25 + 0.55 * purity * clarity, note)


def _depth_edges(view: View) -> NDArray[np.bool_]:
    """Pixels where depth jumps, which separate objects of one colour behind each other."""
    kernel = np.ones((3, 3), np.uint8)
    return cv2.dilate(view.nearness, kernel) - cv2.erode(view.nearness, kernel) > 0.12


def _compactness(mask: NDArray[np.bool_]) -> float:
    """Area over the area of the bounding box, lowered by contact with the border of the picture."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    frame = (mask[0].mean() + mask[-1].mean() + mask[:, 0].mean() + mask[:, -1].mean()) / 4
    return float(mask.sum() / box) * (1 - 0.7 * float(frame))


def _find_most_salient(view: View, subject: str, side: str | None, place: str | None, *, why: str) -> Region:
    mask, dominance = find_salient_object(view, side, place)
    where = f" on the {side}" if side in ("left", "right") else f" at the {side}" if side else ""
    far = " in the background" if place in ("background", "farthest") else ""
    if not subject:
        return view.region(mask, 0.3 + 0.3 * dominance, f"Took what stands out most{where}{far}.")
    note = f"{why}; took what stands out most{where}{far}. Tap to correct it."
    return view.region(mask, 0.15 + 0.25 * dominance, note)
