"""Everyday things and animals that the built-in recogniser finds."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import Disparity, Scene
from refocus.models.faces.detector import Face
from refocus.models.recognition.words import animals, classes_of, names_animal
from refocus.subjects import find_subject
from refocus.subjects import main_subject as main_subject_module
from refocus.subjects.main_subject import main_subject
from tests.subjects.masks import Mask, Picture

ASSETS = Path(__file__).parents[2] / "assets"


def example(name: str) -> tuple[Picture, Disparity]:
    """An example photo at 448 px, and a map that says nothing."""
    with Image.open(ASSETS / name) as image:
        image.thumbnail((448, 448))
        rgb = np.asarray(image.convert("RGB"))
    return rgb, Disparity(np.full(rgb.shape[:2], 0.5, np.float32), False, "flat")


def share_inside(mask: Mask, box: tuple[float, float, float, float]) -> float:
    """Share of a mask inside a box of left, top, right, bottom in shares of the picture."""
    rows, columns = np.nonzero(mask)
    x, y = columns / mask.shape[1], rows / mask.shape[0]
    left, top, right, bottom = box
    return float(((left <= x) & (x <= right) & (top <= y) & (y <= bottom)).mean())


@pytest.mark.parametrize(
    ("name", "subject", "box"),
    [
        ("raccoon.jpg", "raccoon", (0.3, 0.0, 1.0, 1.0)),
        ("raccoon.jpg", "the animal's face", (0.3, 0.0, 1.0, 1.0)),
        ("coffee.jpg", "cup of coffee", (0.2, 0.05, 0.95, 0.85)),
    ],
)
def test_a_named_thing_is_found_in_a_photo(name: str, subject: str, box: tuple[float, float, float, float]) -> None:
    region = find_subject(*example(name), subject, None)
    assert "Recognised" in region.explanation
    assert share_inside(region.mask, box) > 0.9
    assert region.mask.mean() > 0.02


@pytest.mark.parametrize("subject", ["dog", "bus"])
def test_what_is_not_there_is_said_not_to_be_seen(subject: str) -> None:
    region = find_subject(*example("coffee.jpg"), subject, None)
    assert region.explanation.startswith(f"Saw no “{subject}”")
    assert region.confidence < 0.45


def test_a_photo_of_an_animal_opens_on_it() -> None:
    rgb, _ = example("raccoon.jpg")
    height, width = rgb.shape[:2]
    near = np.full((height, width), 0.2, np.float32)
    near[:, int(0.35 * width) :] = 0.8
    subject = main_subject(Scene(rgb, Disparity(near, False, "drawn")), photo_focus=0.2)
    assert (subject.word, subject.disparity) == ("animal", pytest.approx(0.8))


@pytest.mark.parametrize(("score", "word"), [(0.65, "animal"), (0.9, "face")])
def test_an_animal_comes_before_a_face_that_is_not_sure(
    score: float, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb, _ = example("raccoon.jpg")
    face = Face((10, 10, 110, 110), score, (35.0, 50.0), (85.0, 50.0))
    monkeypatch.setattr(main_subject_module, "detect_faces", lambda picture: [face])
    scene = Scene(rgb, Disparity(np.full(rgb.shape[:2], 0.5, np.float32), False, "flat"))
    assert main_subject(scene).word == word


@pytest.mark.parametrize("size", [(72, 96), (360, 480)])
def test_noise_is_no_animal(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    scene = Scene(rgb, Disparity(np.full(size, 0.5, np.float32), False, "flat"))
    assert main_subject(scene, photo_focus=0.2).word == "photo"


@pytest.mark.parametrize(
    ("phrase", "same_as"),
    [
        ("golden retriever's puppies", "puppy"),
        ("the mice", "mouse"),
        ("guinea pigs", "guinea pig"),
        ("cup of coffee", "cup"),
        ("big red buses", "bus"),
        ("dog in a hat", "dog"),
        ("boxes", "box"),
    ],
)
def test_the_noun_of_a_phrase_counts(phrase: str, same_as: str) -> None:
    assert classes_of(phrase) == classes_of(same_as) != ()


def test_unknown_nouns_have_no_classes() -> None:
    assert classes_of("gizmo") == () == classes_of("")


def test_animals_are_told_from_things() -> None:
    assert names_animal("the dog's face")
    assert not names_animal("the cup")
    assert not names_animal("face")
    assert len(animals()) == 398
