import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.results.full_size import resized_srgb, shared_detail, unstretched_size, with_photo_detail

SMALL, FULL = (128, 96), (512, 384)  # (width, height)
INSIDE = np.s_[40:-40, 40:-40]


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    """Detail of every size, from whole areas down to single pixels."""
    random = np.random.default_rng(0)
    rgb = np.full((FULL[1], FULL[0], 3), 128, np.float32)
    for side in (6, 24, 96, 384):
        noise = random.normal(0, 25, (side * 3 // 4, side, 1)).astype(np.float32)
        rgb += cv2.resize(noise, FULL, interpolation=cv2.INTER_CUBIC)[..., None]
    return np.clip(rgb, 0, 255).astype(np.uint8)


def difference(first: NDArray, second: NDArray) -> float:
    return float(np.abs(first[INSIDE].astype(np.float32) - second[INSIDE]).mean())


def blurred(picture: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    return cv2.GaussianBlur(picture, (0, 0), sigma_px).astype(np.uint8)


def test_the_photo_itself_comes_back_whole(photo: NDArray[np.uint8]) -> None:
    frame = resized_srgb(photo, SMALL)
    enlarged = resized_srgb(frame, FULL)
    assert difference(enlarged, photo) > 8
    assert difference(with_photo_detail(frame, photo), photo) < 0.1 * difference(enlarged, photo)


@pytest.mark.parametrize("sigma_px", [2.0, 4.0])
def test_a_blurred_frame_stays_blurred(photo: NDArray[np.uint8], sigma_px: float) -> None:
    frame = blurred(resized_srgb(photo, SMALL), sigma_px)
    assert difference(with_photo_detail(frame, photo), resized_srgb(frame, FULL)) < 0.5


def test_another_picture_does_not_shine_through(photo: NDArray[np.uint8]) -> None:
    other = np.ascontiguousarray(resized_srgb(photo, SMALL)[::-1, ::-1])
    added = difference(with_photo_detail(other, photo), resized_srgb(other, FULL))
    assert added < 0.1 * difference(resized_srgb(resized_srgb(photo, SMALL), FULL), photo)


def test_detail_stops_at_the_outline_of_what_is_sharp(photo: NDArray[np.uint8]) -> None:
    frame = blurred(resized_srgb(photo, SMALL), 4)
    frame[:, :64] = resized_srgb(photo, SMALL)[:, :64]
    share = shared_detail(frame, resized_srgb(photo, SMALL))
    assert share[10:-10, 10:56].mean() > 0.8
    assert share[:, 66:].max() < 0.1


def test_a_frame_of_the_photo_s_size_is_left_alone(photo: NDArray[np.uint8]) -> None:
    frame = blurred(photo, 3)
    assert with_photo_detail(frame, photo) is frame


@pytest.mark.parametrize(
    ("working", "photo_size", "unstretched"),
    [
        ((768, 576), (4000, 3000), (768, 576)),
        ((832, 512), (1000, 667), (832, 555)),
        ((128, 64), (128, 96), (128, 96)),
        ((64, 64), (80, 70), (73, 64)),
    ],
)
def test_the_photo_s_proportions_come_back(
    working: tuple[int, int], photo_size: tuple[int, int], unstretched: tuple[int, int]
) -> None:
    assert unstretched_size(working, photo_size) == unstretched
