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


@pytest.mark.parametrize(
    ("frames", "fps", "message"),
    [
        ([], 5, "The animation needs at least one frame"),
        (FRAMES, 0, "0 frames per second is not possible. Choose 1 to 30"),
        (FRAMES, float("nan"), "nan frames per second"),
        ([FRAMES[0], FRAMES[1][:32]], 5, "one size"),
    ],
)
def test_impossible_frames_and_rates_are_refused(tmp_path: Path, frames: list, fps: float, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        write_animation(tmp_path / "a.webp", frames, fps)
    assert list(tmp_path.iterdir()) == []
