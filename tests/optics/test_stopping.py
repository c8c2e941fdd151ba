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
    ticks: list[int] = []
    prepared = prepare_scene(light, disparity, coc_px_per_disparity=4.0, tick=lambda: ticks.append(1))
    count = len(ticks)
    assert count > 4

    def stop() -> None:
        ticks.append(1)
        raise Cancelled

    with pytest.raises(Cancelled):
        prepared.render(0.5, tick=stop)
    with pytest.raises(Cancelled):
        prepare_scene(light, disparity, coc_px_per_disparity=4.0, tick=stop)
    assert len(ticks) == count + 2
