from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from refocus.core import BadInput
from refocus.models.generative_refocus.inputs import check_map, check_photo, fit_pre_deblurred


@pytest.mark.parametrize(
    "photo",
    [
        None,
        "photo.jpg",
        Image.new("RGB", (63, 200)),
        Image.new("RGB", (200, 63)),
        np.zeros((100, 100), np.uint8),
        np.zeros((100, 100, 4), np.uint8),
        np.full((100, 100, 3), 1.5, np.float32),
        Image.new("I;16", (100, 100)),
    ],
    ids=["nothing", "a path", "too narrow", "too low", "no channels", "alpha", "floats above 1", "16 bits"],
)
def test_what_is_no_photo_is_refused(photo: Any) -> None:
    with pytest.raises(BadInput):
        check_photo(photo)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "RGB"])
def test_photos_become_rgb(mode: str) -> None:
    assert check_photo(Image.new(mode, (64, 80))).mode == "RGB"


def test_arrays_are_photos_too() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    np.testing.assert_array_equal(np.asarray(check_photo(pixels)), pixels)
    np.testing.assert_array_equal(np.asarray(check_photo(torch.from_numpy(pixels).permute(2, 0, 1)[None])), pixels)


def test_a_pre_deblurred_picture_is_brought_to_the_photos_size() -> None:
    photo = Image.new("RGB", (125, 95))  # the working size is 128x96
    assert fit_pre_deblurred(Image.new("RGB", (104, 80)), photo).size == (128, 96)
    with pytest.raises(BadInput):
        fit_pre_deblurred(Image.new("RGB", (10, 70)), photo)
    with pytest.raises(BadInput, match="The pre-deblurred picture is 96x96 px and the photo 125x95 px"):
        fit_pre_deblurred(Image.new("RGB", (96, 96)), photo)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((96, 127)),
        np.zeros((128, 96)),
        np.zeros((96, 128, 3)),
        np.full((96, 128), np.nan),
        np.full((96, 128), -0.1),
        np.full((96, 128), 1.1),
        "map.npy",
    ],
    ids=["narrower", "turned", "colour", "nan", "negative", "above one", "no array"],
)
def test_maps_that_do_not_fit_are_refused(bad: Any) -> None:
    with pytest.raises(BadInput) as caught:
        check_map(bad, Image.new("RGB", (128, 96)))
    assert caught.value.todo


def test_a_map_of_the_photos_size_or_of_the_working_size() -> None:
    photo = Image.new("RGB", (120, 90))  # computed at 128 x 96
    slope = np.linspace(0, 1, 120, dtype=np.float32)[None].repeat(90, axis=0)
    fitted = check_map(slope, photo)
    assert fitted.shape == (96, 128)
    assert np.all(np.diff(fitted[0]) >= 0)
    already = np.random.default_rng(0).random((96, 128), np.float32)
    np.testing.assert_array_equal(check_map(already, photo), already)
