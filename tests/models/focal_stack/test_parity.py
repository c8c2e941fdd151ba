"""The published inference, tensor by tensor, on the tiny model of the parity kit; limits are the kit's own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from refocus.models import FocalStackPipeline
from refocus.models.focal_stack.preprocessing import clip_pixels, photo_frame
from refocus.models.focal_stack.run_settings import FocalStackSettings
from refocus.models.focal_stack.stages import Conditions, guide
from refocus.models.focal_stack.working_size import working_size
from refocus.models.inputs import photo_srgb8
from tests.reference import reference

CASES = ("case_1", "case_2", "case_3")
LIMITS = {
    "input_frame": 1e-6,
    "clip_pixel_values_sub4": 5e-5,
    "image_embeddings": 5e-5,
    "added_time_ids": 1e-6,
    "timesteps": 1e-5,
    "guidance_scale": 1e-6,
    "noise_pred_step0": 1e-4,
    "frames": 2e-4,
}
RELATIVE_LIMITS = {"image_latents": 1e-5, "sigmas": 1e-6, "unet_input_step0": 1e-5}  # of the largest value
LATENTS_LIMIT = 5e-5  # of each step's largest value


@dataclass(frozen=True, eq=False)
class Case:
    photo: Image.Image
    size: tuple[int, int]
    latents: torch.Tensor
    seed: int
    settings: FocalStackSettings
    expected: dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def kit() -> Path:
    return reference("parity/learn2refocus")


@pytest.fixture(scope="module")
def pipe(kit: Path) -> FocalStackPipeline:
    pipe = FocalStackPipeline.from_pretrained(kit / "model")
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    folder = reference(f"parity/learn2refocus/cases/{request.param}")
    case_json = json.loads((folder / "case.json").read_text())
    return Case(
        photo=Image.open(folder / case_json["input_image"]),
        size=tuple(case_json["working_size_wh"]),
        latents=load_file(folder / "latents.safetensors")["latents"],
        seed=case_json["latents"]["seed"],
        settings=FocalStackSettings(
            input_position=case_json["input_focal_position"],
            num_inference_steps=case_json["num_inference_steps"],
            guidance_scale=case_json["max_guidance_scale"],
            fps=case_json["fps"],
            motion_bucket_id=case_json["motion_bucket_id"],
            noise_aug_strength=case_json["noise_aug_strength"],
            decode_chunk_size=case_json["decode_chunk_size"],
        ),
        expected=load_file(folder / "expected.safetensors"),
    )


def assert_close(name: str, actual: torch.Tensor, expected: torch.Tensor) -> None:
    assert actual.shape == expected.shape, name
    limit = LIMITS.get(name) or RELATIVE_LIMITS[name] * expected.abs().max().item()
    assert (actual - expected).abs().max().item() <= limit, name


def run(pipe: FocalStackPipeline, case: Case, **changes: Any) -> torch.Tensor:
    settings: dict[str, Any] = {
        "input_position": case.settings.input_position,
        "num_inference_steps": case.settings.num_inference_steps,
        "latents": case.latents,
    }
    frames = pipe(case.photo, **(settings | changes)).frames
    assert isinstance(frames, torch.Tensor)
    return frames


def frame_of(case: Case) -> torch.Tensor:
    photo = photo_srgb8(case.photo)
    return photo_frame(photo, *working_size(photo.shape[1], photo.shape[0]))


def first_step(pipe: FocalStackPipeline, case: Case) -> tuple[Conditions, torch.Tensor, torch.Tensor]:
    conditions = pipe.encode([frame_of(case)], case.settings)
    pipe.scheduler.set_timesteps(case.settings.num_inference_steps)
    latents = pipe.prepare_latents(case.settings.num_frames, *case.size, latents=case.latents)
    timestep = pipe.scheduler.timesteps[0]
    return conditions, timestep, pipe.model_input(latents, timestep, conditions)


def test_photo_and_clip_input(pipe: FocalStackPipeline, case: Case) -> None:
    frame = frame_of(case)
    extractor = pipe.feature_extractor
    pixels = clip_pixels(frame, 224, extractor.image_mean, extractor.image_std, "published")
    assert_close("input_frame", frame, case.expected["input_frame"])
    assert_close("clip_pixel_values_sub4", pixels[..., ::4, ::4], case.expected["clip_pixel_values_sub4"])


def test_conditions(pipe: FocalStackPipeline, case: Case) -> None:
    conditions = pipe.encode([frame_of(case)], case.settings)
    for name in ("image_embeddings", "image_latents", "added_time_ids"):
        assert_close(name, getattr(conditions, name), case.expected[name])


def test_schedule_and_first_step(pipe: FocalStackPipeline, case: Case) -> None:
    conditions, timestep, model_input = first_step(pipe, case)
    assert_close("timesteps", pipe.scheduler.timesteps, case.expected["timesteps"])
    assert_close("sigmas", pipe.scheduler.sigmas, case.expected["sigmas"])
    assert_close("unet_input_step0", model_input, case.expected["unet_input_step0"])
    for batched in (True, False):
        prediction = pipe.predict(model_input, timestep, conditions, batched=batched)
        assert_close("noise_pred_step0", prediction, case.expected["noise_pred_step0"])


def test_guidance_is_the_same_for_all_frames(case: Case) -> None:
    scale = torch.full((9,), case.settings.guidance_scale)
    assert_close("guidance_scale", scale, case.expected["guidance_scale"])
    halves = case.expected["noise_pred_step0"]
    by_hand = torch.stack([halves[0, k] + 1.5 * (halves[1, k] - halves[0, k]) for k in range(9)])
    assert torch.allclose(guide(halves, 1.5)[0], by_hand, atol=1e-6)


def test_every_step_and_the_frames(pipe: FocalStackPipeline, case: Case) -> None:
    steps: list[torch.Tensor] = []

    def keep(_pipe: object, _step: int, _timestep: object, tensors: dict[str, torch.Tensor]) -> None:
        steps.append(tensors["latents"][0].clone())

    frames = run(pipe, case, callback_on_step_end=keep)
    expected_steps = case.expected["latents_steps"]
    assert len(steps) == len(expected_steps)
    for actual, expected in zip(steps, expected_steps, strict=True):
        assert (actual - expected).abs().max() <= LATENTS_LIMIT * expected.abs().max()
    assert frames.dtype == torch.float32
    assert_close("frames", frames, case.expected["frames"])


@pytest.mark.parametrize("case", ["case_2"], indirect=True)
def test_two_passes_give_the_same_frames(pipe: FocalStackPipeline, case: Case) -> None:
    assert_close("frames", run(pipe, case, batch_guidance=False), case.expected["frames"])


def test_a_seed_draws_the_kits_noise(pipe: FocalStackPipeline, case: Case) -> None:
    pipe.scheduler.set_timesteps(case.settings.num_inference_steps)
    drawn = pipe.prepare_latents(9, *case.size, torch.Generator("cpu").manual_seed(case.seed))
    assert torch.equal(drawn, case.latents * pipe.scheduler.init_noise_sigma)


def test_clip_path_of_a_photo_that_shrinks(pipe: FocalStackPipeline, kit: Path) -> None:
    expected = load_file(kit / "clip_resize" / "expected.safetensors")
    photo = photo_srgb8(Image.open(kit / "clip_resize" / "input.png"))
    frame = photo_frame(photo, photo.shape[1], photo.shape[0])
    extractor = pipe.feature_extractor
    plain = clip_pixels(frame, 224, [0.0] * 3, [1.0] * 3, "published")
    pixels = clip_pixels(frame, 224, extractor.image_mean, extractor.image_std, "published")
    assert_close("clip_pixel_values_sub4", plain[..., ::4, ::4], expected["resized_sub4"])
    assert_close("clip_pixel_values_sub4", pixels[..., ::4, ::4], expected["clip_pixel_values_sub4"])
    assert_close("image_embeddings", pipe.embed_frame(frame)[:, None], expected["image_embedding"])


def test_the_kits_picture_of_the_photos_frame(kit: Path, pipe: FocalStackPipeline) -> None:
    folder = kit / "cases" / "case_2"
    shown = np.asarray(Image.open(folder / "expected_frame_0.png"))
    frames = pipe(
        Image.open(folder / "input.png"),
        input_position=0,
        num_inference_steps=5,
        latents=load_file(folder / "latents.safetensors")["latents"],
        output_type="np",
    ).frames
    # The kit's pictures are floor(frame x 255), so a frame lies up to one code above.
    assert np.abs(np.asarray(frames[0]) * 255 - shown - 0.5).max() < 0.5 + 2e-4 * 255
