"""What a photo is likely about: where its focus is when it opens, before anyone has said what should be sharp."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocus.core import Scene
from refocus.core.threads import on_one_core
from refocus.models.faces.detector import Face, detect_faces
from refocus.models.recognition.recogniser import Recognition, recognise
from refocus.subjects.faces import choose_face, eye_mask
from refocus.subjects.recognised import find_animal
from refocus.subjects.region import view_of
from refocus.subjects.scenery import find_salient_object

_LEAST_FACE_WIDTH = 0.02  # of the picture's long side: smaller ones are passers-by
_SURE_FACE = 0.75  # score; an animal that is clearly there is more likely than a less sure face


class MainSubject(NamedTuple):
    """Where a photo opens.

    Attributes:
        disparity: what is sharp.
        word: why, in one word: "face", "animal", "photo" (the photo's own focus) or "object" (what stands out).
        explanation: why, in sentences for the user.
    """

    disparity: float
    word: str
    explanation: str


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What the networks see in a picture, whatever its depth.

    Attributes:
        faces: but for those of passers-by.
        recognition: None when there is surely a face.
    """

    faces: list[Face]
    recognition: Recognition | None


def look_at(picture_srgb: NDArray[np.uint8]) -> Sighting:
    """Look for faces in a (height, width, 3) uint8 picture, and recognise what it shows unless there surely is one."""
    found = on_one_core(lambda: detect_faces(picture_srgb))  # as the depth network
    faces = [face for face in found if face.width >= _LEAST_FACE_WIDTH * max(picture_srgb.shape)]
    sure = any(face.score >= _SURE_FACE for face in faces)
    return Sighting(faces, None if sure else on_one_core(lambda: recognise(picture_srgb)))


def main_subject(scene: Scene, photo_focus: float | None = None, sighting: Sighting | None = None) -> MainSubject:
    """The main subject of a photo: the eyes of the clearest face, an animal, what it was focused on, what stands out.

    Args:
        scene: the picture and its disparity.
        photo_focus: the disparity the photo itself was focused on; None when that is not known.
        sighting: what `look_at` returns for the picture, when it has been called already.
    """
    known = known_subject(scene, photo_focus, sighting)
    if known is not None:
        return known
    view = view_of(scene.all_in_focus, scene.disparity)
    mask, dominance = find_salient_object(view, None, None)
    standing_out = view.region(mask, dominance, "").median_disparity(scene.disparity)
    return MainSubject(
        standing_out, "object", "Opens sharp on what stands out most. That is a guess: tap what should be sharp."
    )


def known_subject(
    scene: Scene, photo_focus: float | None = None, sighting: Sighting | None = None
) -> MainSubject | None:
    """As `main_subject`; None where that would guess by what stands out."""
    disparity, seen = scene.disparity, sighting or look_at(scene.all_in_focus)
    view, faces = view_of(scene.all_in_focus, disparity), seen.faces
    animal = None if seen.recognition is None else find_animal(seen.recognition, view)
    chosen = choose_face(faces, view) if faces and animal is None else None
    if chosen is not None:
        eyes = view.region(eye_mask(view, chosen.face), chosen.face.score, "")
        which = f" {len(faces)} were found; {chosen.reason.replace('took', 'this is')}." if chosen.reason else ""
        return MainSubject(eyes.median_disparity(disparity), "face", f"Opens sharp on the eyes of a face.{which}")
    if animal is not None:
        return MainSubject(animal.median_disparity(disparity), "animal", "Opens sharp on an animal.")
    return None if photo_focus is None else _where_taken(photo_focus)


def known_photo_focus(subject: MainSubject, photo_focus: float | None) -> MainSubject:
    """The main subject of a photo whose focus became known later than its depth."""
    return subject if subject.word in ("face", "animal") or photo_focus is None else _where_taken(photo_focus)


def _where_taken(photo_focus: float) -> MainSubject:
    return MainSubject(photo_focus, "photo", "Opens sharp where the photo itself was focused.")
