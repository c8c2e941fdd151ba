"""The networks' classes with tiny random weights, saved as the hub has them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from refocus.core import WeightsMissing
from refocus.models.monocular_depth.checkpoint import check_folder, find_folder
from refocus.models.monocular_depth.network import DepthNetwork
from tests.tiny_depth import save_tiny_depth_anything

RGB = np.random.default_rng(0).integers(0, 256, (90, 120, 3)).astype(np.uint8)


def loaded(folder: Path) -> DepthNetwork:
    return DepthNetwork.load(check_folder(folder), device=torch.device("cpu"), dtype=torch.float32)


def test_depth_anything_is_relative_and_near_is_larger(tiny_depth_anything: Path) -> None:
    seen = loaded(tiny_depth_anything).predict(RGB)
    assert not seen.metric
    assert seen.focal_length_35mm is None
    assert seen.disparity.shape == (56, 70)
    assert float(np.ptp(seen.disparity)) > 0


def test_a_metric_depth_anything_answers_diopters(tmp_path: Path) -> None:
    folder = save_tiny_depth_anything(tmp_path / "metric", depth_estimation_type="metric", max_depth=20)
    assert check_folder(folder).metric
    seen = loaded(folder).predict(RGB)
    assert seen.metric
    assert 1 / seen.disparity.max() > 0
    assert 1 / seen.disparity.min() <= 20.001


def test_the_lens_scales_depth_pro(tiny_depth_pro: Path) -> None:
    """Twice the focal length: the same picture is of things twice as far away."""
    network = loaded(tiny_depth_pro)
    wide, tele = (network.predict(RGB, focal_length_35mm=length) for length in (25, 50))
    within = (wide.disparity < 50) & (tele.disparity > 1e-4)
    assert within.mean() > 0.5
    assert np.allclose(wide.disparity[within], 2 * tele.disparity[within], rtol=1e-4)
    assert (wide.focal_length_35mm, tele.focal_length_35mm) == (25, 50)
    assert wide.metric


def test_depth_pro_sees_the_lens_when_nobody_tells(tiny_depth_pro: Path) -> None:
    landscape = loaded(tiny_depth_pro).predict(RGB)
    assert landscape.metric
    assert landscape.focal_length_35mm == pytest.approx(31.2, rel=0.1)  # its weights say 60 degrees: 18 / tan(30)


@pytest.mark.parametrize(("size", "expected"), [((90, 120), (56, 70)), ((333, 250), (70, 56)), ((64, 900), (56, 784))])
def test_the_photos_proportions_are_kept(
    tiny_depth_anything: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    photo = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    assert loaded(tiny_depth_anything).predict(photo).disparity.shape == expected


def test_the_preprocessor_config_of_another_model_is_refused(tmp_path: Path, tiny_depth_anything: Path) -> None:
    folder = copied(tiny_depth_anything, tmp_path / "other")
    (folder / "preprocessor_config.json").write_text("{}")
    with pytest.raises(WeightsMissing, match="not that of a depth model"):
        check_folder(folder)


def test_a_truncated_file_is_told(tmp_path: Path, tiny_depth_anything: Path) -> None:
    folder = copied(tiny_depth_anything, tmp_path / "cut")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-100])
    with pytest.raises(WeightsMissing, match="half downloaded"):
        check_folder(folder)


def test_another_model_is_told(tmp_path: Path, tiny_depth_anything: Path) -> None:
    folder = copied(tiny_depth_anything, tmp_path / "other")
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace("DepthAnythingForDepthEstimation", "BertModel"))
    with pytest.raises(WeightsMissing, match="holds BertModel"):
        check_folder(folder)


def test_weights_of_another_size_are_told(tmp_path: Path, tiny_depth_anything: Path) -> None:
    folder = copied(tiny_depth_anything, tmp_path / "size")
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"head_hidden_size": 4', '"head_hidden_size": 6'))
    with pytest.raises(WeightsMissing, match=r"cannot be loaded|lack"):
        loaded(folder)


def test_names_are_found_below_the_folder_of_weights(tmp_path: Path, tiny_depth_anything: Path) -> None:
    inside = copied(tiny_depth_anything, tmp_path / "my-depth")
    hub = copied(tiny_depth_anything, tmp_path / "depth-anything" / "Depth-Anything-V2-Small-hf")
    assert find_folder(str(tiny_depth_anything), None) == tiny_depth_anything
    assert find_folder("my-depth", tmp_path) == inside
    assert find_folder("depth-anything/Depth-Anything-V2-Small-hf", tmp_path) == hub
    assert find_folder("apple/DepthPro-hf", tmp_path) is None
    with pytest.raises(WeightsMissing, match="no depth model 'nothing'"):
        find_folder("nothing", tmp_path)


def copied(source: Path, target: Path) -> Path:
    target.mkdir(parents=True)
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target
