from typing import Any

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.models.generative_refocus.run_settings import GenerativeSettings

GOOD: dict[str, Any] = {
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
def test_options_out_of_range_are_refused(name: str, value: Any) -> None:
    GenerativeSettings(**GOOD)
    with pytest.raises(BadInput) as caught:
        GenerativeSettings(**GOOD | {name: value})
    assert caught.value.todo


def test_numpy_numbers_are_numbers() -> None:
    options = GenerativeSettings(**GOOD | {"num_inference_steps": np.int64(4), "guidance_scale": np.float32(3.5)})
    assert (options.num_inference_steps, options.guidance_scale) == (4, 3.5)


def test_tiles_demanded_of_a_small_picture_are_refused() -> None:
    options = GenerativeSettings(**GOOD | {"tiled": True})
    assert options.grid(512, 528).tiled
    with pytest.raises(BadInput):
        options.grid(512, 496)


def test_tiling_by_size_and_switched_off() -> None:
    assert GenerativeSettings(**GOOD).grid(512, 512).tiled
    assert not GenerativeSettings(**GOOD).grid(512, 496).tiled
    assert not GenerativeSettings(**GOOD | {"tiled": False}).grid(1024, 1024).tiled
