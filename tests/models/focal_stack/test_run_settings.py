"""Settings are refused before anything is computed."""

from typing import Any

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.models.focal_stack.run_settings import FocalStackSettings


def test_defaults_are_the_published_ones() -> None:
    settings = FocalStackSettings(input_position=8)
    assert (settings.num_frames, settings.num_inference_steps, settings.guidance_scale) == (9, 25, 1.5)
    assert (settings.fps, settings.motion_bucket_id, settings.noise_aug_strength) == (7, 0, 0.0)
    assert (settings.decode_chunk_size, settings.decode_overlap, settings.clip_range) == (8, 0, "published")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input_position", -1),
        ("input_position", 9),
        ("input_position", 4.0),
        ("input_position", True),
        ("input_position", None),
        ("num_inference_steps", 0),
        ("num_inference_steps", 1001),
        ("num_inference_steps", 2.5),
        ("num_frames", 0),
        ("guidance_scale", -0.1),
        ("guidance_scale", float("nan")),
        ("guidance_scale", float("inf")),
        ("guidance_scale", "1.5"),
        ("fps", 0),
        ("motion_bucket_id", -1),
        ("noise_aug_strength", -1.0),
        ("decode_chunk_size", 0),
        ("decode_overlap", 8),
        ("decode_overlap", -1),
        ("output_type", "PIL"),
        ("output_type", None),
        ("clip_range", "right"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        FocalStackSettings(**{"input_position": 4, name: value})
    assert name in str(caught.value)
    assert caught.value.todo


def test_the_last_position_depends_on_the_frames() -> None:
    assert FocalStackSettings(input_position=4, num_frames=5).input_position == 4
    with pytest.raises(BadInput, match="0 to 3"):
        FocalStackSettings(input_position=4, num_frames=4)


def test_numpy_numbers_are_numbers() -> None:
    numbers: dict[str, Any] = {"input_position": np.int64(4), "guidance_scale": np.float32(1.5)}
    settings = FocalStackSettings(**numbers)
    assert settings.input_position == 4
    assert settings.guidance_scale == 1.5
    assert type(settings.guidance_scale) is float


def test_guidance_is_on_above_zero() -> None:
    assert FocalStackSettings(input_position=0, guidance_scale=0.5).guided
    assert not FocalStackSettings(input_position=0, guidance_scale=0).guided
