"""The pipeline's own behaviour, on a tiny model with random weights; test_parity holds the numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from refocus.core import BadInput, Cancelled, EngineNotReady
from refocus.models import FocalStackPipeline
from refocus.models.focal_stack.stages import guide

PHOTO = np.random.default_rng(1).integers(0, 256, (70, 140, 3), dtype=np.uint8)
SIZE = (128, 64)
# Distance from float32, in [0, 1]: 8 and 11 bits of precision through a model of random weights.
CLOSE = {torch.bfloat16: 0.1, torch.float16: 0.02}


@pytest.fixture(scope="module")
def pipe(tiny_video_model: Path) -> FocalStackPipeline:
    return quiet(FocalStackPipeline.from_pretrained(tiny_video_model))


def quiet(pipe: FocalStackPipeline) -> FocalStackPipeline:
    pipe.set_progress_bar_config(disable=True)
    return pipe


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def run(pipe: FocalStackPipeline, **changes: Any) -> Any:
    settings: dict[str, Any] = {"input_position": 1, "num_frames": 3, "num_inference_steps": 2, "generator": seeded()}
    return pipe(**({"image": PHOTO} | settings | changes)).frames


@pytest.fixture(scope="module")
def frames(pipe: FocalStackPipeline) -> torch.Tensor:
    return run(pipe)


def test_frames_have_the_promised_form(frames: torch.Tensor) -> None:
    assert frames.shape == (3, 3, SIZE[1], SIZE[0])
    assert frames.dtype == torch.float32
    assert frames.min() >= 0
    assert frames.max() <= 1
    assert frames.std() > 0.01


def test_output_types_agree(pipe: FocalStackPipeline, frames: torch.Tensor) -> None:
    array, pictures, latents = (run(pipe, output_type=kind) for kind in ("np", "pil", "latent"))
    assert array.dtype == np.float32
    assert np.array_equal(array, frames.permute(0, 2, 3, 1).numpy())
    assert [picture.size for picture in pictures] == [SIZE] * 3
    assert np.abs(np.stack(pictures) - array * 255).max() <= 0.5 + 1e-4
    assert latents.shape == (1, 3, 4, SIZE[1] // 8, SIZE[0] // 8)
    assert torch.equal(pipe.decode(latents), frames)


def test_a_seed_is_the_same_run_and_leaves_the_global_one_alone(pipe: FocalStackPipeline, frames: torch.Tensor) -> None:
    state = torch.get_rng_state()
    assert torch.equal(run(pipe, generator=seeded(0)), frames)
    assert not torch.allclose(run(pipe, generator=seeded(1)), frames, atol=1e-3)
    assert torch.equal(torch.get_rng_state(), state)


def test_given_latents_are_the_noise(pipe: FocalStackPipeline, frames: torch.Tensor) -> None:
    noise = torch.randn(1, 3, 4, 8, 16, generator=seeded(0))
    assert torch.equal(run(pipe, generator=None, latents=noise), frames)


@pytest.mark.parametrize(
    "change",
    [
        {"input_position": 0},
        {"num_inference_steps": 1},
        {"guidance_scale": 3.0},
        {"guidance_scale": 0.0},
        {"fps": 30},
        {"motion_bucket_id": 127},
        {"noise_aug_strength": 0.5},
        {"decode_chunk_size": 2},
        {"decode_chunk_size": 2, "decode_overlap": 1},
        {"clip_range": "corrected"},
    ],
    ids=str,
)
def test_each_option_changes_the_frames(
    pipe: FocalStackPipeline, frames: torch.Tensor, change: dict[str, object]
) -> None:
    assert (run(pipe, **change) - frames).abs().max() > 1e-5


def test_overlap_changes_only_frames_near_the_seam(pipe: FocalStackPipeline) -> None:
    latents = run(pipe, output_type="latent")
    apart, overlapping = pipe.decode(latents, 2, 0), pipe.decode(latents, 2, 1)
    assert torch.equal(apart[0], overlapping[0])
    assert (apart[2] - overlapping[2]).abs().max() > 1e-4


def test_two_passes_are_the_same(pipe: FocalStackPipeline, frames: torch.Tensor) -> None:
    assert torch.allclose(run(pipe, batch_guidance=False), frames, atol=1e-4)


def test_size_can_be_chosen(pipe: FocalStackPipeline) -> None:
    assert run(pipe, width=64, height=72).shape[-2:] == (72, 64)


def test_a_thin_photo_works(pipe: FocalStackPipeline) -> None:
    photo = Image.new("RGB", (130, 5))
    frames = pipe(photo, input_position=0, num_frames=1, num_inference_steps=1, generator=seeded()).frames
    assert isinstance(frames, torch.Tensor)
    assert frames.shape[-2:] == (64, 1664)


def test_only_the_photos_frame_is_encoded(pipe: FocalStackPipeline) -> None:
    latents = pipe.encode_frame(torch.zeros(3, 64, 64))
    assert latents.shape == (4, 8, 8)
    assert latents.dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"input_position": 3}, "input_position"),
        ({"num_inference_steps": 0}, "num_inference_steps"),
        ({"output_type": "jpg"}, "output_type"),
        ({"latents": torch.zeros(1, 9, 4, 8, 16)}, "latents"),
        ({"latents": torch.zeros(3, 4, 8, 16)}, "latents"),
        ({"latents": torch.zeros(1, 3, 4, 8, 16, dtype=torch.long)}, "latents"),
        ({"latents": torch.full((1, 3, 4, 8, 16), float("nan"))}, "NaN"),
        ({"latents": np.zeros((1, 3, 4, 8, 16))}, "latents"),
        ({"generator": 7}, "generator"),
        ({"width": 64}, "height"),
        ({"width": 60, "height": 64}, "width"),
        ({"width": 65, "height": 64}, "width"),
        ({"width": 64.0, "height": 64}, "width"),
    ],
    ids=str,
)
def test_bad_input_is_refused_before_computing(
    pipe: FocalStackPipeline, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], word: str
) -> None:
    for part in (pipe.vae, pipe.unet, pipe.image_encoder):
        monkeypatch.setattr(part, "forward", lambda *_: pytest.fail("it computed"))
    with pytest.raises(BadInput) as caught:
        run(pipe, **change)
    assert word in str(caught.value)
    assert caught.value.todo


def test_misspelt_options_are_refused(pipe: FocalStackPipeline) -> None:
    with pytest.raises(TypeError, match="guidance"):
        run(pipe, guidance=1.5)


def test_callback_sees_and_may_change_each_step(pipe: FocalStackPipeline) -> None:
    seen: list[tuple[int, torch.Size]] = []

    def callback(caller: object, step: int, timestep: torch.Tensor, tensors: dict[str, torch.Tensor]) -> dict | None:
        assert caller is pipe
        assert timestep == pipe.scheduler.timesteps[step]
        seen.append((step, tensors["latents"].shape))
        return {"latents": torch.zeros_like(tensors["latents"])} if step == 1 else None

    latents = run(pipe, callback_on_step_end=callback, output_type="latent")
    assert seen == [(0, latents.shape), (1, latents.shape)]
    assert latents.abs().max() == 0


def test_callback_cancels_between_steps(pipe: FocalStackPipeline, frames: torch.Tensor) -> None:
    steps: list[int] = []

    def cancel(_pipe: object, step: int, _timestep: object, _tensors: object) -> None:
        steps.append(step)
        raise Cancelled

    with pytest.raises(Cancelled):
        run(pipe, callback_on_step_end=cancel)
    assert steps == [0]
    assert torch.equal(run(pipe), frames)  # nothing of the stopped run is left


def test_lost_numbers_are_an_error(pipe: FocalStackPipeline) -> None:
    def spoil(_pipe: object, _step: int, _timestep: object, tensors: dict[str, torch.Tensor]) -> dict:
        return {"latents": tensors["latents"] * float("nan")}

    with pytest.raises(EngineNotReady, match="float32"):
        run(pipe, callback_on_step_end=spoil)


@pytest.mark.parametrize("dtype", list(CLOSE), ids=str)
def test_16_bits_run_and_stay_close(pipe: FocalStackPipeline, tiny_video_model: Path, dtype: torch.dtype) -> None:
    half = quiet(FocalStackPipeline.from_pretrained(tiny_video_model, dtype=dtype))
    little = {"num_frames": 2, "num_inference_steps": 1, "width": 64, "height": 64}  # processors are slow in 16 bits
    result = run(half, **little)
    assert result.dtype == torch.float32
    assert 0 < (result - run(pipe, **little)).abs().max() < CLOSE[dtype]
    assert half.vae.dtype == half.unet.dtype == dtype  # the encoder is put back


def test_16_bits_keep_float32_where_it_matters(pipe: FocalStackPipeline, tiny_video_model: Path) -> None:
    half = quiet(FocalStackPipeline.from_pretrained(tiny_video_model, dtype=torch.bfloat16))
    frame = torch.rand(3, 64, 64, generator=seeded()) * 2 - 1
    exact, encoded = pipe.encode_frame(frame), half.encode_frame(frame)
    # Only the weights were rounded to 8 bits; computing in them too would cost several times as much.
    assert (encoded - exact).abs().max() < 0.02 * exact.abs().max()
    assert run(half, output_type="latent").dtype == torch.float32


def test_model_offload_gives_the_same_frames(tiny_video_model: Path, frames: torch.Tensor) -> None:
    pipe = quiet(FocalStackPipeline.from_pretrained(tiny_video_model))
    pipe.enable_model_cpu_offload(device="cpu")
    assert torch.equal(run(pipe), frames)
    assert torch.equal(run(pipe), frames)


def test_saved_and_loaded_is_the_same(pipe: FocalStackPipeline, frames: torch.Tensor, tmp_path: Path) -> None:
    pipe.save_pretrained(tmp_path / "saved")
    assert torch.equal(run(quiet(FocalStackPipeline.from_pretrained(tmp_path / "saved"))), frames)


def test_guidance_by_hand() -> None:
    halves = torch.tensor([[1.0, 2.0], [3.0, 6.0]]).view(2, 2, 1, 1, 1)
    assert guide(halves, 1.5).flatten().tolist() == [4.0, 8.0]  # 1 + 1.5 x 2, 2 + 1.5 x 4
    assert torch.equal(guide(halves[1:], 1.5), halves[1:])


def test_several_photos_each_at_its_position(pipe: FocalStackPipeline, frames: torch.Tensor) -> None:
    other = PHOTO[::-1].copy()
    two = run(pipe, image=[PHOTO, other], input_position=[1, 2])
    assert not torch.equal(two, frames)
    assert torch.equal(run(pipe, image=[other, PHOTO], input_position=(2, 1)), two)  # positions count, not the order
    assert torch.equal(run(pipe, image=[PHOTO], input_position=[1]), frames)


@pytest.mark.parametrize(
    ("images", "positions", "message"),
    [
        ([PHOTO, PHOTO], [1], "There are 2 photos, and 1 input positions"),
        ([PHOTO, PHOTO], [1, 1], "Give each photo a position of its own"),
        ([PHOTO, PHOTO[:64]], [0, 1], "The photos have several sizes"),
        ([], [], "Give each photo a position"),
    ],
)
def test_several_photos_must_fit(
    pipe: FocalStackPipeline, images: list[Any], positions: list[int], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        run(pipe, image=images, input_position=positions)
