"""The note says how much was sharpened, and where it could not be."""

import numpy as np

from refocus.restore.restoration_note import restoration_note

PHOTO = np.random.default_rng(0).integers(100, 120, (80, 120, 3)).astype(np.uint8)
SHARPER = np.clip(100 + 1.5 * (PHOTO.astype(float) - 100), 0, 255).astype(np.uint8)


def blur(value: float) -> np.ndarray:
    return np.full((20, 30), value, np.float32)


def test_a_sharp_photo() -> None:
    assert restoration_note(PHOTO, PHOTO, blur(1.0)) == "The photo is sharp throughout: nothing had to be restored."


def test_how_much_was_sharpened() -> None:
    half = blur(1.0)
    half[:, 15:] = 5.0
    note = restoration_note(PHOTO, SHARPER, half)
    assert note.startswith("What was out of focus (50 % of the photo) was sharpened by estimate: +5")
    assert "stays soft" not in note


def test_where_it_stays_soft() -> None:
    corner = blur(5.0)
    corner[:6, 20:] = 15.0
    note = restoration_note(PHOTO, SHARPER, corner)
    assert note.endswith("It stays soft where blur was strong (10 % of the photo, mostly at the top right).")
    middle = blur(5.0)
    middle[7:13, 11:19] = 15.0
    assert "around the middle" in restoration_note(PHOTO, SHARPER, middle)
