"""Which face a phrase means, on drawn faces: the detector has its own tests."""

import numpy as np
import pytest

from refocus.core import Disparity
from refocus.models.faces.detector import Face
from refocus.subjects.faces import choose_face, eye_mask
from refocus.subjects.region import View, view_of


def face(left: int, top: int, width: int, score: float = 0.9) -> Face:
    eye_y = top + 0.35 * width
    eyes = ((left + 0.3 * width, eye_y), (left + 0.7 * width, eye_y))
    return Face((left, top, left + width, top + width), score, *eyes)


LEFT, RIGHT, LARGE = face(40, 60, 30), face(230, 60, 30), face(130, 40, 60)


@pytest.fixture(scope="module")
def view() -> View:
    """300x200 px; the right third is near, the rest far; a red shirt below the left face."""
    rgb = np.full((200, 300, 3), 128, np.uint8)
    rgb[92:130, 30:80] = (220, 20, 20)
    near = np.zeros((200, 300), np.float32)
    near[:, 200:] = 1
    return view_of(rgb, Disparity(near, False, "drawn"))


@pytest.mark.parametrize(
    ("asked", "meant", "reason"),
    [
        ({}, LARGE, "took the largest"),
        ({"side": "left"}, LEFT, "took the one on the left"),
        ({"side": "right"}, RIGHT, "took the one on the right"),
        ({"place": "nearest"}, RIGHT, "took the one that fits “nearest” best"),
        ({"colour": "red"}, LEFT, "took the one with most red around it"),
    ],
)
def test_the_phrase_decides_among_faces(view: View, asked: dict[str, str], meant: Face, reason: str) -> None:
    chosen = choose_face([LARGE, LEFT, RIGHT], view, **asked)
    assert chosen is not None
    assert (chosen.face, chosen.reason) == (meant, reason)
    assert chosen.guessed == (not asked)


def test_an_unsure_large_face_is_not_called_the_largest(view: View) -> None:
    unsure = face(130, 40, 33, score=0.6)
    chosen = choose_face([unsure, LEFT], view)
    assert chosen is not None
    assert (chosen.face, chosen.reason) == (LEFT, "took the clearest")


def test_no_face_on_the_other_side(view: View) -> None:
    assert choose_face([RIGHT], view, side="left") is None
    single, of_two = (choose_face(faces, view, side="left") for faces in ([LEFT], [LEFT, RIGHT]))
    assert single is not None
    assert of_two is not None
    assert (single.reason, of_two.reason) == ("", "took the one on the left")


def test_one_eye_or_both(view: View) -> None:
    left, right, both = (eye_mask(view, LARGE, which) for which in ("left", "right", None))
    assert not (left & right).any()
    assert ((left | right) == both).all()
    assert np.flatnonzero(left.any(0)).mean() == pytest.approx(LARGE.left_eye[0], abs=1.5)
    assert np.flatnonzero(left.any(1)).mean() == pytest.approx(LARGE.left_eye[1], abs=1.5)
