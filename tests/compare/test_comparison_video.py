from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np

from refocus.compare.comparison_video import write_comparison
from tests.compare.comparisons import small_comparison


def test_a_video_shows_photos_in_turn_with_their_names(tmp_path: Path) -> None:
    wall = small_comparison()
    write_comparison(tmp_path / "both.mp4", [wall, replace(wall, name="another wall")])
    write_comparison(tmp_path / "one.mp4", [wall])
    both, one = (list(iio.imiter(tmp_path / name, plugin="FFMPEG")) for name in ("both.mp4", "one.mp4"))
    assert len(both) == 2 * len(one)
    below = slice(one[0].shape[0] - 90, None)  # headings and captions
    assert np.abs(both[0][below].astype(int) - both[-1][below]).max() > 100
    assert np.abs(both[0][below].astype(int) - one[0][below]).max() > 100


def test_all_stacks_have_the_same_focus_at_the_same_time(tmp_path: Path) -> None:
    write_comparison(tmp_path / "both.mp4", [small_comparison()])
    frames = np.stack(list(iio.imiter(tmp_path / "both.mp4", plugin="FFMPEG")))
    height, width = frames.shape[1:3]
    assert len(frames) == 96
    assert width <= 1920
    assert width % 2 == height % 2 == 0
    ours, theirs = frames[:, 120, 200].mean(axis=1), frames[:, 120, 900].mean(axis=1)
    assert np.abs(ours - theirs).max() < 20  # nine frames and five, blended between
    assert (ours[0] < 5, ours[48] > 250) == (True, True)
