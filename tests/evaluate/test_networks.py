from pathlib import Path

import pytest
from safetensors.torch import save_file

from refocus.core import BadInput, EngineNotReady
from refocus.evaluate.lpips import vgg16_convolutions
from refocus.evaluate.networks import load_metrics


@pytest.fixture(autouse=True)
def empty_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refocus.evaluate.networks.cached", lambda spec: None)


def test_unavailable_metrics_are_left_out_with_a_reason(tmp_path: Path) -> None:
    metrics = load_metrics(models=tmp_path)
    assert metrics.names == ["psnr", "ssim", "vif"]
    assert "evaluate --download" in metrics.left_out["lpips"]
    assert str(tmp_path) in metrics.left_out["lpips"]
    assert metrics.left_out["fid"].startswith("FID is left out")


def test_a_metric_chosen_by_name_is_required(tmp_path: Path) -> None:
    with pytest.raises(EngineNotReady, match="LPIPS"):
        load_metrics(["psnr", "lpips"], models=tmp_path)
    assert load_metrics(["vif"]).names == ["vif"]
    assert load_metrics(["vif"]).left_out == {}
    with pytest.raises(BadInput, match="psnr, ssim, lpips, fid, vif"):
        load_metrics(["mse"])


def test_lpips_is_measured_when_its_weights_are_present(tmp_path: Path) -> None:
    place = tmp_path / "timm/vgg16.tv_in1k"
    place.mkdir(parents=True)
    weights = {f"features.{name}": tensor for name, tensor in vgg16_convolutions().state_dict().items()}
    save_file(weights, place / "model.safetensors")
    assert load_metrics(["lpips"], models=tmp_path).names == ["lpips"]
