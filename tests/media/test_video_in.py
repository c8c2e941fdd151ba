from pathlib import Path

import numpy as np

from refocus.media import write_sweep, write_video
from refocus.media.video_in import read_sweep
from tests.engines.comparisons import grey_stack


def test_a_long_video_is_thinned_evenly(tmp_path: Path) -> None:
    write_video(tmp_path / "long.mp4", grey_stack(60, 64, 96).frames, fps=24)
    frames, notes = read_sweep(tmp_path / "long.mp4", most=7)
    means = frames.mean(axis=(1, 2, 3))
    assert notes == ("7 of 60 pictures were used, evenly chosen.",)
    assert np.abs(means - np.linspace(0, 255, 7)).max() < 4


def test_a_video_that_runs_to_and_fro_is_taken_once(tmp_path: Path) -> None:
    write_sweep(tmp_path / "loop.mp4", grey_stack(9, 64, 96))
    frames, notes = read_sweep(tmp_path / "loop.mp4", most=9)
    means = frames.mean(axis=(1, 2, 3))
    assert "to and fro" in notes[0]
    assert (np.diff(means) > 0).all()
    assert means[-1] > 250
