from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput, Disparity
from refocus.core.colour import srgb_to_linear
from refocus.media import Camera, Photo


def test_open_names_the_photo_after_its_file(tmp_path: Path) -> None:
    Image.new("RGB", (80, 70), (10, 20, 30)).save(tmp_path / "my cat.png")
    photo = Photo.open(str(tmp_path / "my cat.png"))
    assert photo.name == "my cat"
    assert (photo.width, photo.height) == (80, 70)
    assert (photo.rgb == (10, 20, 30)).all()
    assert (photo.icc_profile, photo.camera, photo.disparity, photo.notes) == (None, Camera(), None, ())


def test_open_hands_the_limit_down(tmp_path: Path) -> None:
    Image.new("RGB", (80, 70)).save(tmp_path / "a.png")
    with pytest.raises(BadInput, match="too large"):
        Photo.open(tmp_path / "a.png", max_pixels=5000)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((80, 80), np.uint8),
        np.zeros((80, 80, 4), np.uint8),
        np.zeros((80, 80, 3), np.float32),
        np.zeros((80, 63, 3), np.uint8),
        np.zeros((0, 80, 3), np.uint8),
    ],
)
def test_arrays_of_another_kind_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(BadInput):
        Photo.from_array(pixels)


@pytest.mark.parametrize(("size", "long_side", "expected"), [
    ((4000, 3000), 1024, (1024, 768)),
    ((3000, 4000), 1024, (768, 1024)),
    ((1100, 700), 1024, (1024, 652)),
    ((1024, 700), 1024, (1024, 700)),
    ((500, 400), 1024, (500, 400)),
    ((4000, 70), 1000, (1000, 18)),
])  # fmt: skip
def test_resized_keeps_the_shape_and_never_enlarges(
    size: tuple[int, int], long_side: int, expected: tuple[int, int]
) -> None:
    photo = Photo.from_array(np.zeros((size[1], size[0], 3), np.uint8)).resized(long_side)
    assert (photo.width, photo.height) == expected


def test_resized_keeps_everything_else() -> None:
    disparity = Disparity(np.zeros((10, 10), np.float32), metric=True, source="phone")
    whole = Photo(np.zeros((200, 200, 3), np.uint8), b"profile", Camera(f_number=2.0), disparity, "cat", ("a note",))
    small = whole.resized(100)
    assert (small.icc_profile, small.camera, small.disparity, small.name, small.notes) == (
        b"profile", Camera(f_number=2.0), disparity, "cat", ("a note",),
    )  # fmt: skip


@pytest.mark.parametrize("factor", [1.3, 2.0, 3.7])
def test_resized_keeps_even_colours_exactly(factor: float) -> None:
    pixels = np.broadcast_to(np.array([3, 128, 250], np.uint8), (300, 400, 3))
    assert (Photo.from_array(pixels).resized(round(400 / factor)).rgb == (3, 128, 250)).all()


def test_resized_keeps_the_light_of_small_lamps() -> None:
    """Points of light in the dark: averaging sRGB codes instead of light would lose nine tenths of it."""
    pixels = np.zeros((400, 400, 3), np.uint8)
    pixels[2::8, 2::8] = 255
    small = Photo.from_array(pixels).resized(100).rgb
    assert srgb_to_linear(small).mean() == pytest.approx(srgb_to_linear(pixels).mean(), rel=0.15)


def test_resized_does_not_alias() -> None:
    """Stripes finer than the new pixels become even grey, not a pattern."""
    pixels = np.zeros((600, 900, 3), np.uint8)
    pixels[:, ::2] = 255
    small = Photo.from_array(pixels).resized(230).rgb[5:-5, 5:-5].astype(int)
    assert small.std() < 4
    assert small.mean() == pytest.approx(188, abs=5)  # half the light is sRGB 188, half the code 128


def test_resized_stays_sharp() -> None:
    pixels = np.zeros((300, 300, 3), np.uint8)
    pixels[:, 150:] = 255
    row = Photo.from_array(pixels).resized(200).rgb[100, :, 0].astype(int)
    assert ((row > 25) & (row < 230)).sum() <= 2


def test_resized_below_64_is_refused() -> None:
    with pytest.raises(BadInput, match="63"):
        Photo.from_array(np.zeros((80, 80, 3), np.uint8)).resized(63)


def test_with_disparity_replaces_it() -> None:
    disparity = Disparity(np.zeros((80, 80), np.float32), metric=False, source="given")
    photo = Photo.from_array(np.zeros((80, 80, 3), np.uint8))
    assert photo.with_disparity(disparity).disparity is disparity
    assert photo.disparity is None
