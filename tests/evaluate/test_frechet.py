from pathlib import Path

import numpy as np
import pytest
import torch
from torchmetrics.image.fid import FrechetInceptionDistance

from refocus.core import EngineNotReady
from refocus.evaluate.frechet import Features, frechet_distance
from tests.evaluate.pictures import textured


class TinyNetwork(torch.nn.Module):
    """Stands for Inception: means of nine regions of each colour."""

    num_features = 27

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(pixels.float() / 255, 3).flatten(1)


@pytest.mark.parametrize("pictures", [3, 40])  # fewer than the features, and more
def test_fid_equals_that_of_torchmetrics(pictures: int) -> None:
    network = TinyNetwork()
    theirs = FrechetInceptionDistance(feature=network)
    features = Features(network)
    sets = [[textured(start + seed) for seed in range(pictures)] for start in (0, 500)]
    for real, ones in zip((False, True), sets, strict=True):
        theirs.update(torch.stack([torch.from_numpy(one).permute(2, 0, 1) for one in ones]), real=real)
    ours = frechet_distance(*(np.stack([features(one) for one in ones]) for ones in sets))
    assert ours == pytest.approx(float(theirs.compute()), abs=1e-4)


def test_distance_of_equal_and_shifted_sets() -> None:
    features = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(features + 2, features) == pytest.approx(5 * 2**2, rel=1e-5)


def test_missing_packages_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torchmetrics.image.fid._TORCH_FIDELITY_AVAILABLE", False)
    with pytest.raises(EngineNotReady) as caught:
        Features.inception(tmp_path / "weights.pth")
    assert "refocus/evaluate/requirements.txt" in caught.value.todo
