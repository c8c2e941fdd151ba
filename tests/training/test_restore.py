"""The training of the restoration network: its data are what they say, and learning lowers the error."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels
from refocus.restore.network import SHAPES, BlurNetwork, trained_network
from refocus.training.restore import train
from refocus.training.restore.crops import CROP_PX, WINDOW_PX, Crops, make_crops
from refocus.training.restore.degradation import degrade
from refocus.training.restore.rendered_scenes import render_scene
from refocus.training.restore.restoration_recipe import Recipe
from refocus.training.restore.restoration_samples import RestorationBatches
from refocus.training.restore.scene_lights import add_lights
from refocus.training.restore.sharp_windows import PhotoSizes, find_pictures, read_photographs, sharp_window
from refocus.training.restore.synthetic_blur import MAX_COC_PX, blur_scene
from refocus.training.restore.train_estimator import train_estimator

RECIPE = replace(Recipe(), layered=6, rendered=2, steps=4, batch=2, crop_px=64, warm_steps=1, estimator_epochs=2)


@pytest.fixture(scope="module")
def photographs(stream_photo: Path) -> list[PhotoSizes]:
    return read_photographs([stream_photo], WINDOW_PX)


@pytest.fixture(scope="module")
def crops(photographs: list[PhotoSizes]) -> Crops:
    return make_crops(photographs, 6, 2, np.random.default_rng(0))


@pytest.fixture
def noise() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (96, 96, 3)).astype(np.uint8)


def test_crops_are_softer_where_their_blur_is_larger(crops: Crops) -> None:
    assert crops.seen.shape == crops.sharp.shape == (8, CROP_PX, CROP_PX, 3)
    kept, lost = [], []
    for index in range(len(crops)):
        blur_px = np.repeat(np.repeat(np.abs(crops.coc_px(index)), 4, axis=0), 4, axis=1)
        step = np.abs(np.diff(crops.sharp[index].astype(int), axis=1)).sum(-1)
        softer = step - np.abs(np.diff(crops.seen[index].astype(int), axis=1)).sum(-1)
        kept.append(softer[blur_px[:, 1:] < 0.8].sum())
        lost.append(softer[blur_px[:, 1:] > 4].sum())
    assert sum(lost) > 3 * abs(sum(kept))


def test_crops_are_saved_and_loaded(crops: Crops, tmp_path: Path) -> None:
    crops.save(tmp_path / "crops.npz")
    loaded = Crops.load(tmp_path / "crops.npz")
    assert (loaded.seen == crops.seen).all()
    assert (loaded.coc_px(3) == crops.coc_px(3)).all()


def test_blur_keeps_the_light(noise: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refocus.training.restore.synthetic_blur.add_lights", lambda scene, random: scene)
    random = np.random.default_rng(5)
    level = np.full_like(noise, 120)
    for _ in range(5):
        scene = blur_scene(level, [level], BlurKernels(Aperture()).kernel, random)
        assert np.abs(scene.seen.astype(int) - 120).max() <= 1
        assert (scene.sharp == 120).all()


def test_lights_are_added_and_nothing_is_darkened() -> None:
    scene = np.random.default_rng(0).random((40, 60, 3)).astype(np.float32)
    lit = [add_lights(scene, np.random.default_rng(seed)) for seed in range(40)]
    assert all((picture >= scene - 1e-6).all() for picture in lit)
    assert max(picture.max() for picture in lit) > 3
    assert min(picture.max() for picture in lit) <= 1


def test_rendered_scenes_stay_within_the_largest_blur(photographs: list[PhotoSizes]) -> None:
    scenes = [render_scene(photographs[0], np.random.default_rng(seed)) for seed in range(4)]
    assert all(np.abs(scene.coc_px).max() <= MAX_COC_PX + 0.01 for scene in scenes)
    assert all(scene.sharp.shape == scene.seen.shape for scene in scenes)
    assert max(np.abs(scene.sharp.astype(int) - scene.seen).mean() for scene in scenes) > 2


def test_only_defocus_counts_as_missing(noise: NDArray[np.uint8]) -> None:
    """A pair of equal pictures misses nothing, whatever camera and file do; and those do something, mildly."""
    level = np.full_like(noise, 120)
    pairs = [degrade(level, level, np.random.default_rng(seed)) for seed in range(30)]
    assert all((pair.missing == 0).all() for pair in pairs)
    changes = [np.abs(pair.seen.astype(int) - 120).mean() for pair in pairs]
    assert min(changes) == 0
    assert 0.5 < max(changes) < 12


def test_shake_and_softness_do_not_count_as_missing(noise: NDArray[np.uint8]) -> None:
    pairs = [degrade(noise, noise, np.random.default_rng(seed)) for seed in range(30)]
    assert all((pair.missing == 0).all() for pair in pairs)
    assert min(pair.seen.std() for pair in pairs) < 0.8 * noise.std()


def test_sharp_windows_are_preferred() -> None:
    half_sharp = np.full((400, 800, 3), 128, np.uint8)
    half_sharp[:, :400] = np.random.default_rng(0).integers(0, 256, (400, 400, 3))
    random = np.random.default_rng(3)
    contrasts = [sharp_window([(half_sharp,)], 100, random).std() for _ in range(30)]
    assert np.mean(np.array(contrasts) > 30) > 0.8  # by chance it would be half


def test_a_file_that_is_no_photograph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.jpg").write_text("no picture")
    with pytest.raises(BadInput, match=r"words\.jpg is not a photograph"):
        read_photographs([tmp_path / "words.jpg"], WINDOW_PX)


def test_pictures_are_found_in_folders_and_lists(tmp_path: Path) -> None:
    for name in ("a/one.jpg", "a/b/two.PNG", "a/notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "list.txt").write_text("a/one.jpg\n")
    assert find_pictures([tmp_path / "a"]) == [tmp_path / "a/b/two.PNG", tmp_path / "a/one.jpg"]
    assert find_pictures([tmp_path / "list.txt"]) == [tmp_path / "a/one.jpg"]
    with pytest.raises(BadInput, match=r"three\.jpg is not there"):
        find_pictures([tmp_path / "three.jpg"])


def test_batches_depend_on_seed_and_step_alone(crops: Crops) -> None:
    whole = RestorationBatches(crops, trained_network(), RECIPE)
    resumed = RestorationBatches(crops, trained_network(), RECIPE, first=2)
    assert (len(whole), len(resumed)) == (4, 2)
    assert all(torch.equal(one, other) for one, other in zip(whole[3], resumed[1], strict=True))
    assert not torch.equal(whole[0].photos, whole[1].photos)


def test_the_side_is_known_as_often_as_the_recipe_says(crops: Crops) -> None:
    never = RestorationBatches(crops, trained_network(), replace(RECIPE, side_unknown=1.0))
    often = RestorationBatches(crops, trained_network(), replace(RECIPE, side_unknown=0.0))
    assert all((never[step].side == 0).all() for step in range(4))
    assert any((often[step].side.abs() > 0.5).any() for step in range(4))


def test_steps_lower_the_loss(crops: Crops, tmp_path: Path) -> None:
    recipe = replace(RECIPE, steps=20, crop_px=32)
    training = train.Training(recipe, tmp_path)
    batch = RestorationBatches(crops, trained_network(), recipe)[0]
    losses = [training.learn(batch) for _ in range(16)]
    assert losses[-1] < 0.9 * losses[0]


def test_an_error_of_nothing_costs_nothing() -> None:
    even, edge = torch.full((1, 3, 4, 4), 0.1), torch.zeros(1, 3, 4, 4)
    edge[..., 2:] = 0.2
    assert train.restoration_loss(torch.zeros(1, 3, 4, 4), RECIPE).item() == pytest.approx(0, abs=1e-7)
    assert train.restoration_loss(edge, RECIPE) > train.restoration_loss(even, RECIPE) > 0


def test_the_estimator_has_the_shapes_of_the_app(crops: Crops, tmp_path: Path) -> None:
    train_estimator(crops, tmp_path / "weights.safetensors", epochs=2, seed=0)
    network = BlurNetwork.load((tmp_path / "weights.safetensors").read_bytes())
    assert {name: value.shape for name, value in network.tensors.items()} == SHAPES


def test_a_run_is_made_stopped_and_continued(
    stream_photo: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    photo = str(stream_photo)
    command = ["--photographs", photo, "--validation", photo, "--out", str(tmp_path / "run"), "--crops", "4"]
    with caplog.at_level("INFO"):
        for steps in ("1", "2"):
            train.main(parser.parse_args([*command, "--steps", steps]), Settings.from_environment({}))
    assert "continues at step 1" in caplog.text
    assert "validation: " in caplog.messages[-1]
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        train.CROPS, train.PAIRS, train.ESTIMATOR, train.STATE, train.WEIGHTS
    }  # fmt: skip
    with pytest.raises(BadInput, match="at least one step"):
        train.main(parser.parse_args([*command, "--steps", "0"]), Settings.from_environment({}))
