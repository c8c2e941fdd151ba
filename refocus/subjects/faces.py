"""Which face of a photo a phrase means, and the areas of its eyes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocus.models.faces.detector import Box, Face
from refocus.subjects.colour_words import colour_score
from refocus.subjects.region import Mask, View, box_in_view, ellipse, side_weight
from refocus.subjects.scenery import depth_weight

_LEAST_FIT = 0.1  # of a side: a face beyond 57 % of the width is not "on the left"
_EYE_WIDTH, _EYE_HEIGHT = 0.26, 0.18  # of the width of the face


class ChosenFace(NamedTuple):
    """A face, and why it was chosen.

    Attributes:
        face: the face.
        reason: among several: "took the largest"; "" when there is only one.
        guessed: whether the phrase says nothing to choose by among several.
    """

    face: Face
    reason: str
    guessed: bool = False


def choose_face(
    faces: list[Face], view: View, *, side: str | None = None, place: str | None = None, colour: str | None = None
) -> ChosenFace | None:
    """The face that fits a side, a depth and a colour best; of equal ones the larger and surer.

    Args:
        faces: not empty.
        view: of the photo.
        side, place: where the person is, as in `find_subject`.
        colour: of the clothes; or None.

    Returns:
        The face, or None when no face is on the side.
    """
    several, sides = len(faces) > 1, side_weight(view.size, side)
    if side is not None:
        faces = [face for face in faces if _fit(sides, view, face) >= _LEAST_FIT]
    if not faces:
        return None
    weight = sides * depth_weight(view, place)

    def score(face: Face) -> float:
        worn = 1.0 if colour is None else 0.05 + _wears(view, face, colour)
        return (_fit(weight, view, face) * worn) ** 2 * face.width * face.score

    best = max(faces, key=score)
    if not several:
        return ChosenFace(best, "")
    if colour is not None:
        return ChosenFace(best, f"took the one with most {colour} around it")
    if side is not None:
        return ChosenFace(best, f"took the one {'on' if side in ('left', 'right') else 'at'} the {side}")
    if place is not None:
        return ChosenFace(best, f"took the one that fits “{place}” best")
    largest = best.width == max(face.width for face in faces)
    return ChosenFace(best, "took the largest" if largest else "took the clearest", guessed=True)


def eye_mask(view: View, face: Face, which: str | None = None) -> Mask:
    """The areas of both eyes, or of the left or right one as seen in the picture."""
    eyes = {"left": (face.left_eye,), "right": (face.right_eye,)}.get(which or "", (face.left_eye, face.right_eye))
    across, down = _EYE_WIDTH * face.width / 2, _EYE_HEIGHT * face.width / 2
    boxes: list[Box] = [(round(x - across), round(y - down), round(x + across), round(y + down)) for x, y in eyes]
    return np.asarray(np.any([ellipse(view, box) for box in boxes], axis=0))


def _fit(weight: NDArray[np.float32], view: View, face: Face) -> float:
    """The mean of a weight over the face."""
    inside = ellipse(view, face.box)
    return float(weight[inside].mean()) if inside.any() else 0.0


def _wears(view: View, face: Face, colour: str) -> float:
    """The share of a colour around a face, which shows shirts and hats."""
    left, top, right, bottom = face.box
    around = (left - face.width // 2, top - face.height // 2, right + face.width // 2, bottom + 2 * face.height)
    x0, y0, x1, y1 = box_in_view(view, around)
    part = colour_score(view.lab[y0:y1, x0:x1], colour)
    return float(part.mean()) if part.size else 0.0
