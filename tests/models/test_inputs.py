"""Photos in every form, converted to one or refused; and latents."""

import numpy as np
import pytest
import torch
from PIL import Image

from refocus.core import BadInput
from refocus.models.inputs import check_latents, photo_srgb8


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_every_form_of_a_photo_is_the_same_photo(rgb: np.ndarray) -> None:
    channels_first = torch.from_numpy(rgb).permute(2, 0, 1)
    forms = [
        Image.fromarray(rgb),
        Image.fromarray(np.dstack([rgb, np.zeros_like(rgb[..., :1])])),
        rgb,
        rgb / 255.0,
        (rgb / 255.0).astype(np.float32),
        channels_first,
        channels_first[None] / 255.0,
    ]
    for form in forms:
        assert np.array_equal(photo_srgb8(form), rgb)


def test_grey_becomes_three_channels() -> None:
    assert photo_srgb8(Image.new("L", (2, 3), 9)).tolist() == [[[9] * 3] * 2] * 3


@pytest.mark.parametrize(
    "image",
    [
        None,
        "photo.png",
        [Image.new("RGB", (8, 8))],
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        torch.zeros(2, 3, 8, 8),
        np.zeros((8, 8, 3), np.int64),
        np.full((8, 8, 3), np.nan),
        np.full((8, 8, 3), np.inf, np.float32),
        np.full((8, 8, 3), 1.5),
        np.full((8, 8, 3), -0.5),
        Image.new("I;16", (8, 8)),
        Image.new("F", (8, 8)),
    ],
)
def test_what_is_no_photo_is_refused(image: object) -> None:
    with pytest.raises(BadInput) as caught:
        photo_srgb8(image)
    assert caught.value.todo


def test_a_refused_picture_is_named() -> None:
    with pytest.raises(BadInput, match="The pre-deblurred picture is NoneType"):
        photo_srgb8(None, name="pre-deblurred picture")


@pytest.mark.parametrize("shape", [(1, 47, 16), (1, 48, 64), (48, 16), (1, 4, 12, 16)])
def test_latents_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput) as caught:
        check_latents(torch.zeros(shape), (1, 48, 16))
    assert "(1, 48, 16)" in caught.value.message


@pytest.mark.parametrize(
    "latents", [torch.full((1, 48, 16), float("nan")), np.zeros((1, 48, 16)), torch.zeros(1, 48, 16, dtype=torch.int)]
)
def test_latents_that_are_not_finite_floats_are_refused(latents: object) -> None:
    with pytest.raises(BadInput):
        check_latents(latents, (1, 48, 16))
