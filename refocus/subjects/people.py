"""Finds people by their faces: the face, its eyes, or the outline of the body."""

import numpy as np
from numpy.typing import NDArray

from refocus.models.faces.detector import Face, detect_faces
from refocus.prompts.vocabulary import PEOPLE
from refocus.subjects.faces import choose_face, eye_mask
from refocus.subjects.region import Mask, Region, View, box_in_view, components, ellipse, outline

_EYES = frozenset({"eye", "eyes", "eyelash", "eyelashes", "gaze", "pupil", "pupils"})
_ONE_EYE = frozenset({"eye", "pupil"})
_FACE_PARTS = frozenset({"face", "faces", "head", "nose", "mouth", "lips", "smile"})


def names_person(words: set[str]) -> bool:
    """Whether a noun phrase is about a person, a face or a part of one."""
    singular = words | {word.removesuffix("s") for word in words}
    return bool(singular & (PEOPLE | _EYES | _FACE_PARTS))


def names_eyes(words: set[str]) -> bool:
    """Whether a noun phrase is about eyes."""
    return bool(words & _EYES)


def find_person(
    rgb: NDArray[np.uint8], view: View, words: set[str], side: str | None, place: str | None, colour: str | None
) -> Region | None:
    """The region of the eyes, the face or the whole of a person, or None when no face is found on the side.

    Args:
        rgb: (height, width, 3) uint8 sRGB, and its view.
        words: of the noun phrase.
        side, place: where the person is, as in `find_subject`; of a single eye, `side` tells which one.
        colour: of the clothes, to choose among several people; or None.
    """
    faces = detect_faces(rgb)
    which_eye = side if words & _ONE_EYE and side in ("left", "right") else None
    chosen = choose_face(faces, view, side=None if which_eye else side, place=place, colour=colour) if faces else None
    if chosen is None:
        return None
    face = chosen.face
    found = "Found one face" if len(faces) == 1 else f"Found {len(faces)} faces"
    found += f", {chosen.reason}" if chosen.reason else ""
    confidence = (0.5 + 0.4 * face.score) * (0.8 if chosen.guessed else 1.0)
    if names_eyes(words):
        eye = f"; the {which_eye} eye as seen in the picture" if which_eye else ""
        return view.region(eye_mask(view, face, which_eye), confidence, f"{found}{eye}.")
    if words & _FACE_PARTS:
        return view.region(ellipse(view, face.box), confidence, f"{found}.")
    return view.region(_body(view, face), 0.9 * confidence, f"{found}, and followed the outline of the body.")


def _body(view: View, face: Face) -> Mask:
    left, top, right, bottom = face.box
    tall = bottom - top
    body = (left - face.width, top - tall // 2, right + face.width, bottom + 5 * tall)
    x0, y0, x1, y1 = box_in_view(view, body)
    head = ellipse(view, face.box)
    inside = np.zeros(view.size, bool)
    inside[y0:y1, x0:x1] = True
    depth = float(np.median(view.nearness[head])) if head.any() else 0.5
    similar = np.abs(view.nearness - depth) < 0.18
    torso = np.zeros(view.size, bool)
    tx0, ty0, tx1, ty1 = box_in_view(view, (left, bottom, right, bottom + 2 * tall))
    torso[ty0:ty1, tx0:tx1] = True
    likely = (torso | head | (inside & similar & _below(view, top))) & inside
    mask = outline(view, likely, sure=head | (torso & similar), within=inside & (similar | torso | head))
    pieces = [piece for piece in components(mask) if (piece & head).any()]
    return pieces[0] if pieces else head


def _below(view: View, top_px: int) -> Mask:
    rows = np.arange(view.size[0]) * view.full_size[0] / view.size[0]
    return np.broadcast_to((rows >= top_px)[:, None], view.size)
