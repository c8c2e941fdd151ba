"""A big picture can be stopped between its tiles."""

import numpy as np
import pytest

from refocus.core import Cancelled
from refocus.optics import prepare_scene
from refocus.optics.render import tiles


def test_tiles_not_yet_begun_are_left_out_after_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "WHOLE_MAX_PX", 1_000)
    monkeypatch.setattr(tiles, "TILE_PX", 64)
    light = np.full((256, 256, 3), 0.5, np.float32)
    disparity = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None], 256, 0)
    ticks: list[float] = []
    prepared = prepare_scene(light, disparity, coc_px_per_disparity=4.0, report=ticks.append)
    count = len(ticks)
    assert count > 4
    assert ticks == [(tile + 1) / count for tile in range(count)]

    def stop(done: float) -> None:
        ticks.append(done)
        raise Cancelled

    with pytest.raises(Cancelled):
        prepared.render(0.5, report=stop)
    with pytest.raises(Cancelled):
        prepare_scene(light, disparity, coc_px_per_disparity=4.0, report=stop)
    assert len(ticks) == count + 2
