"""What a photo opens on."""

import numpy as np
import pytest

from refocus.core import Disparity, Scene
from refocus.subjects import main_subject as module
from refocus.subjects.main_subject import main_subject
from tests.models.faces.test_detector import on_grey, resized
from tests.reference import SUBSET
from tests.subjects.masks import Street

FACE_DISPARITY = 0.7


@pytest.fixture(scope="module")
def portrait() -> Scene:
    """NASA's portrait of Eileen Collins on grey; her face, at about (286, 150), stands before all else."""
    astronaut = np.load(SUBSET / "parity/faces/full_range.npz")["photo"]
    near = np.full((480, 640), 0.2, np.float32)
    near[90:210, 240:340] = FACE_DISPARITY
    return Scene(on_grey(resized(astronaut, 2), (480, 640), 120, 60), Disparity(near, False, "drawn"))


def test_a_face_comes_before_the_focus_of_the_photo(portrait: Scene) -> None:
    subject = main_subject(portrait, photo_focus=0.2)
    assert (subject.word, subject.disparity) == ("face", pytest.approx(FACE_DISPARITY))


def test_the_face_of_a_passer_by_is_not_the_subject(portrait: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST_FACE_WIDTH", 0.5)
    assert main_subject(portrait, photo_focus=0.2).word == "photo"


def test_without_a_face_the_photo_is_as_it_was_taken(street: Street) -> None:
    rgb, disparity, _ = street
    subject = main_subject(Scene(rgb, disparity), photo_focus=0.35)
    assert (subject.word, subject.disparity) == ("photo", 0.35)
    assert "guess" not in subject.explanation


def test_what_stands_out_is_said_to_be_a_guess(street: Street) -> None:
    rgb, disparity, _ = street
    subject = main_subject(Scene(rgb, disparity))
    assert (subject.word, subject.disparity) == ("object", pytest.approx(0.8, abs=0.02))  # the red car
    assert "guess" in subject.explanation
