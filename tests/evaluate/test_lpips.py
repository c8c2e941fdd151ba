from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchmetrics.functional.image import lpips as published

from refocus.core import WeightsMissing
from refocus.evaluate.lpips import Lpips, packaged_linear_weights, vgg16_convolutions
from tests.evaluate.pictures import textured


@pytest.fixture(scope="module")
def network() -> torch.nn.Sequential:
    """VGG-16 with random weights; the numbers mean nothing, only their agreement does."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return vgg16_convolutions()


def test_lpips_equals_that_of_torchmetrics(network: torch.nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_get_tv_model_features", lambda net, pretrained: network)  # torchvision's part
    theirs = published._NoTrainLpips(net="vgg")
    truth, predicted = textured(0, 32, 48), textured(1, 32, 48)
    unit = [torch.from_numpy(p).permute(2, 0, 1)[None] / 255 for p in (predicted, truth)]
    ours = Lpips(network, packaged_linear_weights())
    assert ours(predicted, truth) == pytest.approx(float(theirs(*unit, normalize=True)), abs=1e-4)
    assert ours(truth, truth) == 0
    assert ours(predicted, truth) > ours((0.9 * truth + 0.1 * predicted).astype(np.uint8), truth) > 0


def test_the_network_has_the_parameters_of_torchvision(network: torch.nn.Sequential) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert len(shapes) == 26  # thirteen convolutions
    assert (shapes["0.weight"], shapes["28.weight"]) == ((64, 3, 3, 3), (512, 512, 3, 3))
    assert sum(tensor.numel() for tensor in network.state_dict().values()) == 14_714_688


def test_weights_load_from_both_file_formats(network: torch.nn.Sequential, tmp_path: Path) -> None:
    weights = {f"features.{name}": tensor for name, tensor in network.state_dict().items()}
    save_file(weights, tmp_path / "model.safetensors")
    torch.save({**weights, "classifier.0.bias": torch.zeros(3)}, tmp_path / "vgg16.pth")
    pair = textured(0, 32, 32), textured(1, 32, 32)
    wanted = Lpips(network, packaged_linear_weights())(*pair)
    for name in ("model.safetensors", "vgg16.pth"):
        assert Lpips.from_weights(tmp_path / name)(*pair) == wanted


def test_other_weights_are_refused(tmp_path: Path) -> None:
    save_file({"features.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "other.safetensors")
    (tmp_path / "damaged.pth").write_bytes(b"no weights")
    for name in ("other.safetensors", "damaged.pth", "missing.safetensors"):
        with pytest.raises(WeightsMissing, match="VGG-16"):
            Lpips.from_weights(tmp_path / name)
