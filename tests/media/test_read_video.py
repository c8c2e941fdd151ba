from pathlib import Path

import numpy as np
import pytest

from refocus.core import BadInput
from refocus.media import read_video, write_sweep, write_video
from refocus.media.read_video import read_sweep
from tests.compare.comparisons import grey_stack


def test_a_long_video_is_thinned_evenly(tmp_path: Path) -> None:
    write_video(tmp_path / "long.mp4", grey_stack(60, 64, 96).frames, fps=24)
    frames, notes = read_sweep(tmp_path / "long.mp4", most=7)
    means = frames.mean(axis=(1, 2, 3))
    assert notes == ("7 of 60 frames were used, evenly selected.",)
    assert np.abs(means - np.linspace(0, 255, 7)).max() < 4


def test_a_video_that_runs_to_and_fro_is_taken_once(tmp_path: Path) -> None:
    write_sweep(tmp_path / "loop.mp4", grey_stack(9, 64, 96))
    frames, notes = read_sweep(tmp_path / "loop.mp4", most=9)
    means = frames.mean(axis=(1, 2, 3))
    assert "returns to its beginning" in notes[0]
    assert (np.diff(means) > 0).all()
    assert means[-1] > 250


def test_of_large_pictures_fewer_are_kept(tmp_path: Path) -> None:
    write_video(tmp_path / "large.mp4", grey_stack(12, 64, 96).frames, fps=24)
    frames, notes = read_sweep(tmp_path / "large.mp4", max_stack_pixels=5 * 64 * 96)
    assert len(frames) == 5
    assert notes == ("5 of 12 frames were used, evenly selected.",)
    with pytest.raises(BadInput, match="96x64 px"):
        read_sweep(tmp_path / "large.mp4", max_stack_pixels=2 * 64 * 96)


def test_a_long_video_is_refused_from_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "long.mp4", grey_stack(48, 64, 96).frames, fps=24)
    monkeypatch.setattr(read_video, "_MAX_PIXELS_READ", 40 * 64 * 96)

    def read(stage: str, done: float) -> None:
        raise AssertionError("a picture was read")

    with pytest.raises(BadInput, match="far too long"):
        read_sweep(tmp_path / "long.mp4", progress=read)
