import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refocus.core import BadInput, Disparity, WeightsMissing, silent
from refocus.depth.confidence import depth_note
from refocus.depth.depth_model import DepthModel
from refocus.depth.sources import DepthChoice, DepthSources, FoundDepth
from refocus.media import Photo

RGB = np.random.default_rng(0).integers(0, 256, (72, 96, 3)).astype(np.uint8)
PLAIN = Photo(RGB)
RAMP = np.repeat(np.linspace(0, 1, 72, dtype=np.float32)[:, None], 96, 1)
GIVEN = PLAIN.with_disparity(Disparity(RAMP, metric=False, source="made by hand"))
RECORDED = Photo(RGB, disparity=Disparity(RAMP[::2, ::2], metric=False, source="a phone's", origin="recorded"))


@pytest.fixture
def dead_hub() -> str:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def found(sources: DepthSources, photo: Photo, choice: DepthChoice = "auto") -> FoundDepth:
    return sources.find(sources.plan(photo, choice, silent), photo, on_wait=lambda: None)


@pytest.fixture
def with_network(tiny_depth_anything: Path) -> DepthSources:
    return DepthSources(DepthModel(str(tiny_depth_anything), device="cpu"))


def test_auto_prefers_the_user_s_map_then_the_camera_s_then_the_network_s(with_network: DepthSources) -> None:
    assert found(with_network, GIVEN).disparity.source == "made by hand"
    assert found(with_network, RECORDED).disparity.origin == "recorded"
    assert found(with_network, PLAIN).disparity.origin == "model"
    assert found(DepthSources(), PLAIN).disparity.origin == "built-in"


def test_a_named_source_is_taken_and_no_other(with_network: DepthSources) -> None:
    assert found(with_network, RECORDED, "built-in").disparity.origin == "built-in"
    assert found(with_network, RECORDED, "model").disparity.origin == "model"
    assert found(with_network, RECORDED, "embedded").disparity.origin == "recorded"
    with pytest.raises(BadInput, match="carries no depth"):
        found(with_network, PLAIN, "embedded")
    with pytest.raises(BadInput, match="was given"):
        found(with_network, GIVEN, "model")


def test_the_note_gives_source_and_confidence(with_network: DepthSources) -> None:
    said = {photo: depth_note(found(with_network, photo).disparity) for photo in (GIVEN, RECORDED, PLAIN)}
    assert said[GIVEN] == "Depth: made by hand."
    assert said[RECORDED].startswith("Depth: a phone's; ")
    assert "of 1)" in said[RECORDED]
    assert "seen by" in said[PLAIN]


def test_a_camera_s_small_map_comes_to_the_photo_s_size(with_network: DepthSources) -> None:
    assert found(with_network, RECORDED).disparity.values.shape == (72, 96)


def test_without_a_hub_the_built_in_estimate_replaces_the_network_with_a_note(tmp_path: Path, dead_hub: str) -> None:
    model = DepthModel("apple/DepthPro-hf", device="cpu", cache_dir=tmp_path, endpoint=dead_hub)
    sources = DepthSources(model)
    first = found(sources, PLAIN)
    assert first.disparity.origin == "built-in"
    assert "Depth Pro could not be had, so depth is built-in" in " ".join(first.notes)
    assert found(sources, PLAIN).notes == first.notes


def test_a_network_asked_for_is_not_replaced(tmp_path: Path, dead_hub: str) -> None:
    model = DepthModel("apple/DepthPro-hf", device="cpu", cache_dir=tmp_path, endpoint=dead_hub)
    with pytest.raises(WeightsMissing, match="DepthPro-hf"):
        DepthSources(model).plan(PLAIN, "model", silent)


def test_a_damaged_folder_is_an_error_under_auto_too(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsMissing):
        DepthSources(DepthModel(str(tmp_path))).plan(PLAIN, "auto", silent)


def test_the_default_network_is_not_downloaded_unasked(tmp_path: Path, dead_hub: str) -> None:
    model = DepthModel(cache_dir=tmp_path, endpoint=dead_hub)
    assert DepthSources(model).plan(PLAIN, "auto", silent).origin == "built-in"
    assert DepthSources(model).plan(PLAIN, "auto", silent).notes == ()


def test_the_network_s_focal_length_is_used_when_the_photo_has_none(tiny_depth_pro: Path) -> None:
    sources = DepthSources(DepthModel(str(tiny_depth_pro), device="cpu"))
    depth = found(sources, PLAIN)
    assert depth.disparity.metric
    assert depth.camera.focal_length_35mm == depth.camera.focal_length_mm
    assert "does not tell its lens" in " ".join(depth.notes)
    known = replace(PLAIN, camera=replace(PLAIN.camera, focal_length_35mm=50.0))
    assert found(sources, known).camera == known.camera
