from pathlib import Path

import numpy as np
import pytest

from refocus.core import WeightsMissing
from refocus.depth.depth_model import DepthModel
from tests.hub_server import serve_hub

RGB = np.random.default_rng(0).integers(0, 256, (72, 96, 3)).astype(np.uint8)
REPO = "depth-anything/Depth-Anything-V2-Small-hf"


def test_a_folder_works_without_a_hub_and_is_loaded_once(tiny_depth_anything: Path) -> None:
    model = DepthModel(str(tiny_depth_anything), device="cpu", endpoint="http://127.0.0.1:9")
    assert model.readiness().ready
    assert model.download_reporting(lambda stage, done: pytest.fail("nothing to download")) == ()
    seen = model.predict(RGB, None, lambda: None)
    assert seen.disparity.values.shape == (72, 96)
    assert (seen.disparity.farthest, seen.disparity.nearest) == pytest.approx((0, 1), abs=0.1)
    assert (seen.disparity.origin, seen.disparity.metric) == ("model", False)
    held = model._slot.model
    model.predict(RGB, None, lambda: None)
    assert model._slot.model is held


def test_a_download_announces_size_and_licence_first(tmp_path: Path, tiny_depth_anything: Path) -> None:
    files = {path.name: path.read_bytes() for path in tiny_depth_anything.iterdir()}
    said: list[tuple[str, float]] = []
    with serve_hub(REPO, files) as (endpoint, _):
        model = DepthModel(REPO, device="cpu", cache_dir=tmp_path, endpoint=endpoint)
        assert not model.readiness().ready
        assert "99 MB, Apache-2.0" in model.readiness().why
        notes = model.download_reporting(lambda stage, done: said.append((stage, done)))
    assert "MB, licence Apache-2.0" in said[0][0]
    assert said[-1][1] == 1
    assert "was downloaded" in notes[0]
    assert model.readiness().ready
    assert model.predict(RGB, None, lambda: None).disparity.values.shape == (72, 96)


def test_a_missing_network_cannot_be_used(tmp_path: Path) -> None:
    model = DepthModel("somebody/depth", device="cpu", cache_dir=tmp_path)
    with pytest.raises(WeightsMissing, match="somebody/depth"):
        model.predict(RGB, None, lambda: None)
    with pytest.raises(WeightsMissing, match="no depth model"):
        DepthModel("./nothing").find()


def test_a_failed_download_names_the_files_to_fetch_by_hand(tmp_path: Path) -> None:
    with serve_hub(REPO, {}, status=500) as (endpoint, _):
        model = DepthModel(cache_dir=tmp_path, endpoint=endpoint)
        with pytest.raises(WeightsMissing) as caught:
            model.download_reporting(lambda stage, done: None)
    assert f"fetch config.json, preprocessor_config.json, model.safetensors from https://huggingface.co/{REPO}" in str(
        caught.value
    )


def test_where_users_may_not_download_nothing_is_asked_of_the_hub(tmp_path: Path) -> None:
    with serve_hub(REPO, {}) as (endpoint, asked):
        model = DepthModel(may_download=False, cache_dir=tmp_path, endpoint=endpoint)
        assert model.offer == ""
        with pytest.raises(WeightsMissing, match="This Space has no Depth Anything V2 Small"):
            model.download_reporting(lambda stage, done: None)
    assert asked == []


def test_the_offer_has_the_size_until_the_network_is_here(tmp_path: Path, tiny_depth_anything: Path) -> None:
    (tmp_path / "depth-anything").mkdir()
    assert DepthModel(cache_dir=tmp_path).offer == "Depth Anything V2 Small (99 MB, Apache-2.0)"
    (tmp_path / REPO).symlink_to(tiny_depth_anything)
    assert DepthModel(models=tmp_path).offer == "Depth Anything V2 Small"
