"""Finds people and cats by their faces: the matching face, its eyes, or the outline of the body."""

import numpy as np
from numpy.typing import NDArray

from refocus.prompts.vocabulary import PEOPLE
from refocus.subjects.colour_words import colour_score
from refocus.subjects.faces import Face, find_faces
from refocus.subjects.region import Mask, Region, View, box_in_view, components, ellipse, outline, side_weight
from refocus.subjects.scenery import depth_weight

_EYES = frozenset({"eye", "eyes", "eyelash", "eyelashes", "gaze", "pupil", "pupils"})
_FACE_PARTS = frozenset({"face", "faces", "head", "nose", "mouth", "lips", "smile"})
_CATS = frozenset({"cat", "cats", "kitten", "kittens"})


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
    """The region of the eyes, the face or the whole of a person, or None when no face is found.

    Args:
        rgb: (height, width, 3) uint8 sRGB, and its view.
        words: of the noun phrase.
        side, place: where the person is, as in `find_subject`.
        colour: of the clothes, to choose among several people; or None.
    """
    faces = find_faces(rgb)
    if not faces:
        return None
    eyes_wanted = names_eyes(words)
    face = _choose(faces, view, None if eyes_wanted else side, place, colour)
    count = "one face" if len(faces) == 1 else f"{len(faces)} faces"
    where = f", took the one on the {side}" if side in ("left", "right") and len(faces) > 1 and not eyes_wanted else ""
    choice = where or ("" if len(faces) == 1 else ", took the clearest")
    confidence = (0.5 + 0.4 * face.confidence) * (1.0 if len(faces) == 1 or where else 0.8)
    if eyes_wanted:
        return _eye_region(view, face, side, confidence, f"Found {count}{choice}")
    if words & _FACE_PARTS:
        return view.region(ellipse(view, face.box), confidence, f"Found {count}{choice}.")
    return view.region(
        _body(view, face), 0.9 * confidence, f"Found {count}{choice}, and followed the outline of the body."
    )


def find_cat(rgb: NDArray[np.uint8], view: View, words: set[str], side: str | None, place: str | None) -> Region | None:
    """A cat by its face, or None when the words name no cat or none is found."""
    faces = find_faces(rgb, cats=True) if words & _CATS else []
    if not faces:
        return None
    return _cat_region(view, _choose(faces, view, side, place, None))


def _choose(faces: list[Face], view: View, side: str | None, place: str | None, colour: str | None) -> Face:
    weight = side_weight(view.size, side) * depth_weight(view, place)

    def score(face: Face) -> float:
        inside = ellipse(view, face.box)
        fit = float(weight[inside].mean()) if inside.any() else 0.02
        if colour is not None:
            fit *= 0.05 + _wears(view, face, colour)
        return fit**2 * face.width * (0.2 + face.confidence)

    return max(faces, key=score)


def _wears(view: View, face: Face, colour: str) -> float:
    """The share of a colour around a face, which shows shirts and hats."""
    height = face.box[3] - face.box[1]
    left, top, right, bottom = face.box
    around = (left - face.width // 2, top - height // 2, right + face.width // 2, bottom + 2 * height)
    x0, y0, x1, y1 = box_in_view(view, around)
    part = colour_score(view.lab[y0:y1, x0:x1], colour)
    return float(part.mean()) if part.size else 0.0


def _eye_region(view: View, face: Face, side: str | None, confidence: float, found: str) -> Region:
    eyes = face.eyes
    if side in ("left", "right") and len(eyes) == 2:
        eyes = (eyes[0],) if side == "left" else (eyes[1],)
        found += f"; the {side} eye as seen in the picture"
    if not eyes:
        left, top, right, bottom = face.box
        height = bottom - top
        band = (left + face.width // 8, top + height // 4, right - face.width // 8, top + height // 2)
        return view.region(ellipse(view, band), 0.7 * confidence, f"{found}; its eyes should be here.")
    mask = np.any([ellipse(view, eye) for eye in eyes], axis=0)
    return view.region(mask, confidence, f"{found}.")


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


def _cat_region(view: View, face: Face) -> Region:
    head = ellipse(view, face.box)
    near = np.abs(view.nearness - float(np.median(view.nearness[head]))) < 0.2
    left, top, right, bottom = face.box
    tall = bottom - top
    around = np.zeros(view.size, bool)
    x0, y0, x1, y1 = box_in_view(view, (left - face.width, top - tall // 2, right + face.width, bottom + 2 * tall))
    around[y0:y1, x0:x1] = True
    mask = outline(view, (around & near) | head, sure=head, within=around)
    confidence = 0.45 + 0.4 * face.confidence
    return view.region(mask, confidence, "Found the face of a cat and followed its outline.")
