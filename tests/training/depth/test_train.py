"""Training the built-in depth network on a few made-up photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from refocus.models.efficientnet_lite import ConvNorm, fold_batch_norms, norm_eps
from refocus.models.monocular_depth.relative_depth import RelativeDepthNetwork
from refocus.training.depth.batches import Batches
from refocus.training.depth.depth_recipe import Cycle, Recipe, Stage
from refocus.training.depth.photos import DensePhoto, OrderedPhoto
from refocus.training.depth.train import STATE, Training
from refocus.training.depth.validate import pairs_right, predictor, ramp

RECIPE = Recipe(stages=(Stage(6, 64, 1, 2),), cycles=(Cycle(6, 3),), warmup_steps=2, trim_from=100)
OUTLINE = np.array([[0.4, 0.2], [0.6, 0.2], [0.6, 0.9], [0.4, 0.9]], np.float32)


@pytest.fixture(scope="module")
def photos() -> tuple[list[DensePhoto], list[OrderedPhoto]]:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (96, 128, 3)).astype(np.uint8)
    disparity = np.repeat(np.linspace(0.1, 1, 96, dtype=np.float32)[:, None], 128, axis=1)
    points = np.array([[0.5, 0.9], [0.3, 0.7], [0.6, 0.5], [0.4, 0.3], [0.5, 0.1]], np.float32)
    ordered = OrderedPhoto("a", rgb, points, np.arange(5), (OUTLINE,), ("person",), own=True)
    return [DensePhoto(rgb, disparity, "somewhere", "render")], [ordered]


@pytest.fixture
def start() -> Training:
    torch.manual_seed(0)
    training = Training(RECIPE, Path())
    training.begin()
    return training


def test_batches_depend_on_the_step_alone(photos: tuple[list[DensePhoto], list[OrderedPhoto]]) -> None:
    first, second = Batches(RECIPE, *photos)[3], Batches(RECIPE, *photos)[3]
    assert torch.equal(first.images, second.images)
    assert first.images.shape == (3, 3, 64, 64)
    assert first.disparity.shape == (1, 64, 64)
    assert first.outlines[0].shape[1:] == (32, 32)
    assert not torch.equal(first.images, Batches(RECIPE, *photos)[4].images)


def test_mirrored_points_stay_on_their_places(photos: tuple[list[DensePhoto], list[OrderedPhoto]]) -> None:
    batches = Batches(RECIPE, *photos)
    for step in range(6):
        batch = batches[step]
        for points, ranks in zip(batch.points, batch.ranks, strict=True):
            assert (points[:, 1].diff()[ranks.diff() == 1] < 0).all()  # nearer is lower, in every crop


def test_a_resumed_training_equals_an_uninterrupted_one(
    start: Training, photos: tuple[list[DensePhoto], list[OrderedPhoto]], tmp_path: Path
) -> None:
    batches = Batches(RECIPE, *photos)
    start.folder = tmp_path
    for step in range(2):
        start.learn(batches[step])
    start.save()
    resumed = Training(RECIPE, tmp_path)
    resumed.resume(tmp_path / STATE)
    for step in range(2, 4):
        assert start.learn(batches[step]) == resumed.learn(batches[step])
    for one, other in zip(start.average.state_dict().values(), resumed.average.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_the_exported_network_predicts_the_same(
    start: Training, photos: tuple[list[DensePhoto], list[OrderedPhoto]], tmp_path: Path
) -> None:
    start.learn(Batches(RECIPE, *photos)[0])
    start.export(tmp_path / "weights.safetensors")
    exported = RelativeDepthNetwork(folded=True).eval()
    exported.load_state_dict(
        {name: value.float() for name, value in load_file(tmp_path / "weights.safetensors").items()}
    )
    rgb = photos[1][0].rgb
    one, other = predictor(start.average, 64)(rgb), predictor(exported, 64)(rgb)
    assert np.allclose(one, other, atol=0.01 * np.ptp(one))
    assert (tmp_path / "weights.safetensors").stat().st_size < 12_000_000


def test_folding_keeps_the_convolution() -> None:
    torch.manual_seed(0)
    conv = ConvNorm(3, 8, 5, stride=2)
    plain = torch.nn.Sequential(conv).eval()
    assert isinstance(conv.norm, torch.nn.BatchNorm2d)
    conv.norm.running_mean = torch.rand(8) - 0.5
    conv.norm.running_var = torch.rand(8) + 0.5
    folded = torch.nn.Sequential(ConvNorm(3, 8, 5, stride=2, folded=True))
    folded.load_state_dict(fold_batch_norms(plain.state_dict(), norm_eps(plain)))
    images = torch.randn(1, 3, 32, 48)
    assert plain(images).shape == (1, 8, 16, 24)
    assert torch.allclose(plain(images), folded(images), atol=1e-5)


def test_the_learning_rate_warms_up_and_decays_to_zero_in_each_cycle() -> None:
    recipe = replace(RECIPE, stages=(Stage(200, 64, 1, 1),), cycles=(Cycle(100, 50), Cycle(200, 150, peak=0.5)))
    rates = [recipe.rate_at(step) for step in range(200)]
    assert rates[0] == 0.5
    assert rates[1:50] == [1.0] * 49
    assert rates[99] < 0.02
    assert rates[50:100] == sorted(rates[50:100], reverse=True)
    assert rates[100:] == pytest.approx([rate / 2 for rate in rates[:100]], abs=1e-3)


def test_ordered_pairs_by_hand(photos: tuple[list[DensePhoto], list[OrderedPhoto]]) -> None:
    ordered = photos[1][0]
    assert pairs_right(ramp(ordered.rgb), ordered) == (10, 10)
    assert pairs_right(-ramp(ordered.rgb), ordered) == (0, 10)
