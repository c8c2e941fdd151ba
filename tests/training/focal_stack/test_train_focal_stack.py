"""Training of a tiny video model by the real command, and what the trained file does in our engine."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from refocus import Photo
from refocus.cli import main
from refocus.core import WeightsMissing, silent
from refocus.engines import VideoDiffusionEngine
from refocus.models import FocalStackPipeline
from refocus.models.focal_stack.checkpoint import (
    BASE_WEIGHTS,
    FocalStackFolders,
    TrainedAs,
    find_focal_stack,
    trained_as,
)
from refocus.results import RefocusRequest
from refocus.training.focal_stack.denoising_step import draw
from refocus.training.focal_stack.focal_stack_config import FocalStackConfig
from refocus.training.focal_stack.video_recipe import VideoRecipe
from refocus.training.loop.sample_order import example_random, noise_generator
from refocus.training.loop.trainer import start_accelerator
from refocus.training.picture_numbers import PictureNumbers
from tests.training.focal_stack.conftest import SIDE_PX
from tests.training.launching import launch

WEIGHTS = "unet/diffusion_pytorch_model.safetensors"
ONE_STEP = RefocusRequest(steps=1, input_position=3)
SMALL = {"width": SIDE_PX, "height": SIDE_PX, "workers": 0, "validate_every": 0, "learning_rate": 0.01}

pytestmark = pytest.mark.usefixtures("one_thread")


def config_of(stacks: Path, model: Path, out: Path, **settings: Any) -> FocalStackConfig:
    return FocalStackConfig(**{"data": stacks, "base": model, "out": out, **SMALL, **settings})


def recipe_of(config: FocalStackConfig) -> VideoRecipe:
    base = Path(str(config.base))
    folders = FocalStackFolders(base, base / "unet")
    return VideoRecipe(config, folders, torch.device("cpu"), PictureNumbers.here(None))


def loss_of(recipe: VideoRecipe, config: FocalStackConfig, number: int = 0) -> torch.Tensor:
    example = recipe.examples.load(number, example_random(config.seed, number))
    batch = {name: value[None] for name, value in example.items()}
    return recipe.loss(recipe.network, batch, [noise_generator(config.seed, number)])


def arguments(config: FocalStackConfig, *more: str) -> list[str]:
    path = config.out.parent / f"{config.out.name}.toml"
    path.write_text(config.to_toml(), encoding="utf-8")
    return ["train", "focal-stack", "--config", str(path), *more]


def test_one_and_two_processes_train_the_same_layers_to_the_same_weights(
    stacks: Path, tiny_video_model: Path, tmp_path: Path
) -> None:
    one = config_of(stacks, tiny_video_model, tmp_path / "one", steps=2, accumulation=2, validate_every=2,
                    validation_steps=1)  # fmt: skip
    two = config_of(stacks, tiny_video_model, tmp_path / "two", steps=2, checkpoint_every=1, keep=1)
    said = launch(arguments(one), 1)
    launch(arguments(two), 2)
    before = load_file(tiny_video_model / WEIGHTS)
    after = {name: load_file(tmp_path / name / "checkpoint-2" / WEIGHTS) for name in ("one", "two")}
    for name, value in before.items():
        trained = "temporal_transformer_block" in name
        assert torch.equal(after["one"][name], value) != trained, name  # the others are the same bit for bit
        # Sums in another order differ in the last bits, which the optimiser's first steps enlarge.
        torch.testing.assert_close(after["two"][name], after["one"][name], rtol=0, atol=5e-4 if trained else 0)
    assert [path.name for path in (tmp_path / "two").glob("checkpoint-*")] == ["checkpoint-2"]
    assert "hf upload" in said
    assert "psnr" in (tmp_path / "one" / "validation.jsonl").read_text()
    assert (tmp_path / "one" / "validation" / "step-0000002" / "scene-3.png").is_file()

    # The trained file in our engine, beside Stable Video Diffusion as the two downloads lie.
    models = tmp_path / "models"
    (models / "stabilityai").mkdir(parents=True)
    (models / "stabilityai" / "stable-video-diffusion-img2vid").symlink_to(tiny_video_model)
    (models / "tedlasai").mkdir()
    (models / "tedlasai" / "learn2refocus").symlink_to(tmp_path / "one")
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    before_it, after_it = (
        VideoDiffusionEngine(models=folder, device="cpu").refocus(Photo(photo), ONE_STEP, silent).stack.frames
        for folder in (tiny_video_model, models)
    )
    assert not np.array_equal(before_it, after_it)


def test_a_resumed_run_equals_the_uninterrupted_one(stacks: Path, tiny_video_model: Path, tmp_path: Path) -> None:
    config = config_of(stacks, tiny_video_model, tmp_path / "whole", steps=4, cache=tmp_path / "cache")
    parts = {"steps": 4, "checkpoint_every": 2, "cache": tmp_path / "cache"}
    stopped = config_of(stacks, tiny_video_model, tmp_path / "parts", **{**parts, "steps": 2})
    assert main(arguments(config)) == 0
    assert main(arguments(stopped)) == 0
    assert (
        main([*arguments(config_of(stacks, tiny_video_model, tmp_path / "parts", **parts)), "--resume", "latest"]) == 0
    )
    whole, resumed = (load_file(tmp_path / name / "checkpoint-4" / WEIGHTS) for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_model_learns_one_sample_by_heart(stacks: Path, tiny_video_model: Path, tmp_path: Path) -> None:
    config = config_of(stacks, tiny_video_model, tmp_path, cache=tmp_path / "cache")
    recipe = recipe_of(config)
    recipe.store_encodings(start_accelerator(config))
    number = 8  # of medium noise, with both conditions
    drawn = draw(noise_generator(config.seed, number), config.dropout)
    assert 1 < drawn.sigma < 2
    assert not drawn.drop_embedding
    assert not drawn.drop_image
    optimizer = torch.optim.AdamW([one for one in recipe.network.parameters() if one.requires_grad], lr=0.01)
    losses = []
    for _ in range(30):
        loss = loss_of(recipe, config, number)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]  # of the latents' error


def test_stored_encodings_change_nothing(stacks: Path, tiny_video_model: Path, tmp_path: Path) -> None:
    config = config_of(stacks, tiny_video_model, tmp_path, inputs="several")
    direct = loss_of(recipe_of(config), config)
    cached = config_of(stacks, tiny_video_model, tmp_path, inputs="several", cache=tmp_path / "cache")
    recipe = recipe_of(cached)
    recipe.store_encodings(start_accelerator(cached))
    torch.testing.assert_close(loss_of(recipe, cached), direct)
    assert len(list((tmp_path / "cache").iterdir())) == 3
    again = recipe_of(cached)
    again.store_encodings(start_accelerator(cached))
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_every_option_of_the_step_changes_the_loss(stacks: Path, tiny_video_model: Path, tmp_path: Path) -> None:
    plain = config_of(stacks, tiny_video_model, tmp_path)
    expected = loss_of(recipe_of(plain), plain)
    others: tuple[dict[str, Any], ...] = (
        {"inputs": "zero"}, {"frames": 10}, {"dropout": 0.3},
        {"as_used": ("latents",)}, {"as_used": ("clip",)}, {"seed": 1},
    )  # fmt: skip
    for other in others:
        config = config_of(stacks, tiny_video_model, tmp_path, **other)
        assert not torch.equal(loss_of(recipe_of(config), config), expected), other


def test_a_run_s_weights_alone_with_ten_frames_and_several_inputs(
    stacks: Path, tiny_video_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of a run is enough for the engine when Stable Video Diffusion is in the hub's cache."""
    config = config_of(stacks, tiny_video_model, tmp_path / "run", steps=1, frames=10, inputs="several")
    assert main(arguments(config)) == 0
    checkpoint = tmp_path / "run" / "checkpoint-1"
    assert trained_as(checkpoint / "unet") == TrainedAs(frames=10, several_inputs=True)
    assert trained_as(tiny_video_model / "unet") == TrainedAs()
    with pytest.raises(WeightsMissing, match="has no stabilityai"):
        find_focal_stack(tmp_path / "run")
    snapshots = tmp_path / "hub" / "models--stabilityai--stable-video-diffusion-img2vid" / "snapshots"
    snapshots.mkdir(parents=True)
    shutil.copytree(tiny_video_model, snapshots / BASE_WEIGHTS.revision)
    for part in ("image_encoder/model", "vae/diffusion_pytorch_model"):
        path = snapshots / BASE_WEIGHTS.revision / f"{part}.safetensors"
        path.rename(path.with_suffix(".fp16.safetensors"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    for folder in (tmp_path / "run", checkpoint):
        assert find_focal_stack(folder).unet == checkpoint / "unet"
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    result = VideoDiffusionEngine(models=checkpoint, device="cpu").refocus(Photo(photo), ONE_STEP, silent)
    pipeline = FocalStackPipeline.from_folders(find_focal_stack(checkpoint))
    pipeline.set_progress_bar_config(disable=True)
    own = pipeline(
        photo, input_position=3, num_frames=10, num_inference_steps=1, generator=torch.Generator().manual_seed(0)
    ).frames[:9]
    assert np.abs(result.stack.frames - own.permute(0, 2, 3, 1).numpy() * 255).max() <= 1


def test_dry_run(stacks: Path, tiny_video_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = config_of(stacks, tiny_video_model, tmp_path / "run", steps=60, accumulation=2)
    assert main([*arguments(config), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "3 rows, 2 samples a step (1 x 2 passes x 1 processes), 40.0 epochs" in said
    assert not (tmp_path / "run").exists()
