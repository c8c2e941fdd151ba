"""The training tool: what it makes to learn from is what it says, and learning changes the weights."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from refocus.optics import Aperture
from refocus.optics.lens.kernels import BlurKernels
from refocus.training.restore.crops import CROP_PX, WINDOW_PX, Crops, make_crops
from refocus.training.restore.degradation import degrade
from refocus.training.restore.sharp_windows import read_photographs, sharp_window
from refocus.training.restore.synthetic_blur import blur_scene


@pytest.fixture(scope="module")
def crops(assets: Path) -> Crops:
    return make_crops(read_photographs([assets / "stream.jpg"], WINDOW_PX), 8, np.random.default_rng(0))


@pytest.fixture
def noise() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (96, 96, 3)).astype(np.uint8)


def test_crops_are_softer_where_their_blur_is_larger(crops: Crops) -> None:
    assert crops.seen.shape == crops.sharp.shape == (8, CROP_PX, CROP_PX, 3)
    kept, lost = [], []
    for seen, sharp, blur in zip(crops.seen, crops.sharp, crops.blur_tenths_px, strict=True):
        step = np.abs(np.diff(sharp.astype(int), axis=1)).sum(-1)
        softer = step - np.abs(np.diff(seen.astype(int), axis=1)).sum(-1)
        kept.append(softer[blur[:, 1:] < 8].sum())
        lost.append(softer[blur[:, 1:] > 40].sum())
    assert sum(lost) > 3 * abs(sum(kept))


def test_crops_are_saved_and_loaded(crops: Crops, tmp_path: Path) -> None:
    crops.save(tmp_path / "crops.npz")
    loaded = Crops.joined([Crops.load(tmp_path / "crops.npz")] * 2)
    assert (loaded.seen == np.concatenate([crops.seen] * 2)).all()
    assert (loaded.blur_tenths_px[8:] == crops.blur_tenths_px).all()


def test_blur_keeps_the_light(noise: NDArray[np.uint8]) -> None:
    random = np.random.default_rng(5)
    level = np.full_like(noise, 120)
    for _ in range(5):
        scene = blur_scene(level, [level], BlurKernels(Aperture()).kernel, random)
        assert np.abs(scene.seen.astype(int) - 120).max() <= 1
        assert (scene.sharp == 120).all()


def test_every_degradation_is_mild(noise: NDArray[np.uint8]) -> None:
    level = np.full_like(noise, 120)
    changes = [np.abs(degrade(level, np.random.default_rng(seed)).astype(int) - 120).mean() for seed in range(30)]
    assert min(changes) == 0
    assert 0.5 < max(changes) < 12


def test_sharp_windows_are_preferred() -> None:
    half_sharp = np.full((400, 800, 3), 128, np.uint8)
    half_sharp[:, :400] = np.random.default_rng(0).integers(0, 256, (400, 400, 3))
    random = np.random.default_rng(3)
    contrasts = [sharp_window([(half_sharp,)], 100, random).std() for _ in range(30)]
    assert np.mean(np.array(contrasts) > 30) > 0.8  # by chance it would be half


def test_a_file_that_is_no_photograph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.jpg").write_text("no picture")
    with pytest.raises(OSError, match=r"words\.jpg is not a photograph"):
        read_photographs([tmp_path / "words.jpg"], WINDOW_PX)


def test_training_lowers_the_error(crops: Crops, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from safetensors.numpy import load_file

    from refocus.restore.network import SHAPES
    from refocus.training.restore.train import train

    with caplog.at_level("INFO"):
        train(crops, crops, tmp_path / "weights.safetensors", epochs=30, seed=0)
    before, after = re.findall(r"([0-9.]+) dB to ([0-9.]+) dB", caplog.messages[-1])[0]
    assert float(after) > float(before) + 0.05
    weights = load_file(tmp_path / "weights.safetensors")
    assert {name: value.shape for name, value in weights.items()} == SHAPES
