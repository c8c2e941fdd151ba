from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.models.faces.detector import Face, detect_faces
from tests.reference import SUBSET

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    """NASA's portrait of Eileen Collins at 192 px; the face is at about (83, 45)."""
    return np.load(SUBSET / "parity/faces/full_range.npz")["photo"]


def resized(picture: Picture, factor: float) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def on_grey(face: Picture, size: tuple[int, int], left: int, top: int) -> Picture:
    picture = np.full((*size, 3), 110, np.uint8)
    picture[top : top + face.shape[0], left : left + face.shape[1]] = face
    return picture


def centre(face: Face) -> tuple[float, float]:
    left, top, right, bottom = face.box
    return (left + right) / 2, (top + bottom) / 2


def test_finds_one_face_with_its_eyes_above_its_middle(astronaut: Picture) -> None:
    (face,) = detect_faces(astronaut)
    assert centre(face) == pytest.approx((83, 45), abs=6)
    assert face.left_eye[0] < centre(face)[0] < face.right_eye[0]
    assert face.box[1] < face.left_eye[1] < centre(face)[1]
    assert face.score > 0.9


@pytest.mark.parametrize("turns", [1, 3])
def test_a_turned_photo_has_the_same_face(astronaut: Picture, turns: int) -> None:
    photo = on_grey(resized(astronaut, 2), (480, 640), 120, 60)
    (upright,) = detect_faces(photo)
    (face,) = detect_faces(np.ascontiguousarray(np.rot90(photo, turns)))
    x, y = centre(face)
    back = (640 - y, x) if turns == 1 else (y, 480 - x)
    assert back == pytest.approx(centre(upright), abs=6)


def test_faces_of_very_different_sizes_largest_first(astronaut: Picture) -> None:
    photo = on_grey(resized(astronaut, 3), (600, 1000), 0, 0)
    photo[100:244, 800:944] = resized(astronaut, 0.75)
    large, small = detect_faces(photo)
    assert large.width > 3 * small.width
    assert centre(small)[0] > 800


def test_a_large_photo_gives_positions_in_its_own_pixels(astronaut: Picture) -> None:
    photo = on_grey(resized(astronaut, 4), (1000, 1500), 500, 100)
    (face,), (twice,) = detect_faces(photo), detect_faces(resized(photo, 2))
    assert np.array(twice.box) == pytest.approx(2 * np.array(face.box), abs=12)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2), (64, 64)])
def test_pictures_without_a_face(size: tuple[int, int]) -> None:
    assert detect_faces(np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)) == []


def test_threads_do_not_disturb_each_other(astronaut: Picture) -> None:
    photos = [astronaut, np.ascontiguousarray(astronaut[:, ::-1]), np.full((200, 300, 3), 90, np.uint8)] * 2
    alone = [detect_faces(photo) for photo in photos]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(detect_faces, photos)) == alone
