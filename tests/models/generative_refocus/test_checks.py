import numpy as np
import pytest
import torch
from PIL import Image

from refocus.core import BadInput
from refocus.models.generative_refocus.checks import Options, check_map, check_photo, fit_pre_deblurred

GOOD = {
    "prompt": "a sharp photo",
    "num_inference_steps": 4,
    "guidance_scale": 3.5,
    "tiled": "auto",
    "generator": None,
    "latents": None,
    "output_type": "pt",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", None),
        ("prompt", 3),
        ("num_inference_steps", 0),
        ("num_inference_steps", -1),
        ("num_inference_steps", 2.5),
        ("num_inference_steps", True),
        ("guidance_scale", -1.0),
        ("guidance_scale", float("nan")),
        ("guidance_scale", "3.5"),
        ("guidance_scale", None),
        ("generator", 3),
        ("tiled", "always"),
        ("tiled", None),
        ("tiled", 1),
        ("output_type", "np"),
    ],
)
def test_options_out_of_range_are_refused(name, value):
    Options(**GOOD)
    with pytest.raises(BadInput) as caught:
        Options(**GOOD | {name: value})
    assert caught.value.todo


def test_numpy_numbers_are_numbers():
    options = Options(**GOOD | {"num_inference_steps": np.int64(4), "guidance_scale": np.float32(3.5)})
    assert (options.num_inference_steps, options.guidance_scale) == (4, 3.5)


def test_tiles_demanded_of_a_small_picture_are_refused():
    options = Options(**GOOD | {"tiled": True})
    assert options.grid(512, 528).tiled
    with pytest.raises(BadInput):
        options.grid(512, 496)


def test_tiling_by_size_and_switched_off():
    assert Options(**GOOD).grid(512, 512).tiled
    assert not Options(**GOOD).grid(512, 496).tiled
    assert not Options(**GOOD | {"tiled": False}).grid(1024, 1024).tiled


@pytest.mark.parametrize("shape", [(1, 47, 16), (1, 48, 64), (48, 16), (1, 4, 12, 16)])
def test_latents_of_another_shape_are_refused(shape):
    options = Options(**GOOD | {"latents": torch.zeros(shape)})
    with pytest.raises(BadInput) as caught:
        options.check_latents(options.grid(128, 96), 16)
    assert "(1, 48, 16)" in caught.value.message


@pytest.mark.parametrize(
    "latents", [torch.full((1, 48, 16), float("nan")), np.zeros((1, 48, 16)), torch.zeros(1, 48, 16, dtype=torch.int)]
)
def test_latents_that_are_not_finite_floats_are_refused(latents):
    options = Options(**GOOD | {"latents": latents})
    with pytest.raises(BadInput):
        options.check_latents(options.grid(128, 96), 16)


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
def test_what_is_no_photo_is_refused(photo):
    with pytest.raises(BadInput):
        check_photo(photo)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "RGB"])
def test_photos_become_rgb(mode):
    assert check_photo(Image.new(mode, (64, 80))).mode == "RGB"


def test_arrays_are_photos_too():
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    np.testing.assert_array_equal(np.asarray(check_photo(pixels)), pixels)
    np.testing.assert_array_equal(np.asarray(check_photo(torch.from_numpy(pixels).permute(2, 0, 1)[None])), pixels)


def test_a_pre_deblurred_picture_is_brought_to_the_photos_size():
    assert fit_pre_deblurred(Image.new("RGB", (100, 70)), (128, 96)).size == (128, 96)
    with pytest.raises(BadInput):
        fit_pre_deblurred(Image.new("RGB", (10, 70)), (128, 96))


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
def test_maps_that_do_not_fit_are_refused(bad):
    with pytest.raises(BadInput) as caught:
        check_map(bad, Image.new("RGB", (128, 96)))
    assert caught.value.todo


def test_a_map_of_the_photos_size_or_of_the_working_size():
    photo = Image.new("RGB", (120, 90))  # computed at 128 x 96
    slope = np.linspace(0, 1, 120, dtype=np.float32)[None].repeat(90, axis=0)
    fitted = check_map(slope, photo)
    assert fitted.shape == (96, 128)
    assert np.all(np.diff(fitted[0]) >= 0)
    already = np.random.default_rng(0).random((96, 128), np.float32)
    np.testing.assert_array_equal(check_map(already, photo), already)
