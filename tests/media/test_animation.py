from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from refocus.core import BadInput, Cancelled
from refocus.media import write_animation

FRAMES = [np.full((64, 96, 3), value, np.uint8) for value in (0, 120, 250)]


def test_frames_come_back_in_order_and_play_for_ever(tmp_path: Path) -> None:
    write_animation(tmp_path / "a.webp", FRAMES, 10)
    with Image.open(tmp_path / "a.webp") as saved:
        assert saved.info["loop"] == 0
        shown = [int(np.asarray(frame.convert("RGB")).mean()) for frame in ImageSequence.Iterator(saved)]
        durations = saved.info["duration"]
    assert shown == pytest.approx([0, 120, 250], abs=3)
    assert durations == 100


def test_a_stop_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(stage: str, done: float) -> None:
        if done > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_animation(tmp_path / "a.webp", FRAMES, 10, total=3, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_no_frames_and_no_rate_are_refused(tmp_path: Path) -> None:
    for frames, fps in (([], 10), (FRAMES, 0)):
        with pytest.raises(BadInput):
            write_animation(tmp_path / "a.webp", frames, fps)
