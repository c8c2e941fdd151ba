"""The stored layers of a big picture are those of the whole, computed tile by tile, once for all frames."""

from typing import Any

import numpy as np
import pytest
import torch

from refocus.optics import Aperture, prepare_scene
from refocus.optics.lens.kernels import blur_kernels
from refocus.optics.render import tiles
from refocus.optics.render.layers import Layers, find_layers

SIZE = (150, 200)


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refocus.optics.render.tiles.WHOLE_MAX_PX", 100)
    monkeypatch.setattr("refocus.optics.render.tiles.TILE_PX", 64)


def _scene() -> tuple[np.ndarray, np.ndarray]:
    scene = np.random.default_rng(0).random((*SIZE, 3)).astype(np.float32)
    scene[60, 90] = 30.0
    disparity = np.zeros(SIZE, np.float32)
    disparity[40:110, 50:140] = np.linspace(0.6, 1.0, 90, dtype=np.float32)
    return scene, disparity


def test_frames_are_those_of_the_whole_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, disparity = _scene()
    whole = prepare_scene(scene, disparity, coc_px_per_disparity=24.0, quality="exact")
    monkeypatch.setattr("refocus.optics.render.tiles.WHOLE_MAX_PX", 100)
    monkeypatch.setattr("refocus.optics.render.tiles.TILE_PX", 64)
    tiled = prepare_scene(scene, disparity, coc_px_per_disparity=24.0, quality="exact")
    for focus in (0.0, 0.5, 1.0):
        difference = np.abs(np.clip(whole.render(focus), 0, 1) - np.clip(tiled.render(focus), 0, 1))
        assert difference.mean() < 2e-3
        assert np.quantile(difference, 0.999) < 0.06


def test_layers_are_computed_once_a_stack(small_tiles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def counted(*args: Any) -> Layers:
        found.append(args)
        return find_layers(*args)

    monkeypatch.setattr(tiles, "find_layers", counted)
    prepared = prepare_scene(*_scene(), coc_px_per_disparity=24.0)
    once = len(found)
    list(prepared.render_each([0.0, 0.3, 1.0]))
    assert len(found) == once == 12


def test_what_is_given_is_left_alone_and_may_change_later(small_tiles: None) -> None:
    scene, disparity = _scene()
    prepared = prepare_scene(scene, disparity, coc_px_per_disparity=24.0)
    before = prepared.render(0.5)
    scene[:], disparity[:] = 0.0, 0.0
    np.testing.assert_array_equal(prepared.render(0.5), before)


def test_kernels_are_cached() -> None:
    kernels = blur_kernels(Aperture(), 0.0)
    assert kernels.kernel(12.5) is kernels.kernel(12.5)
    assert all(a is b for a, b in zip(kernels.moment_kernels(12.5), kernels.moment_kernels(12.5), strict=True))
    assert torch.tensor(kernels.kernel(12.5).sum()) == pytest.approx(1.0, abs=1e-5)
