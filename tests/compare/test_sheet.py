from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import numpy as np

from refocus.compare.cells import BLANK
from refocus.compare.comparison_video import write_comparison
from refocus.compare.sheet import PAPER, draw_comparison
from tests.compare.comparisons import small_comparison

CELL = (480, 320)


def cell(sheet: np.ndarray, column: int, row: int) -> np.ndarray:
    """The middle of a cell; the sheet's head is found by its first black row of pictures."""
    x = 64 + column * (CELL[0] + 12) + CELL[0] // 2
    y = 24 + round(26 * 1.45) + round(21 * 1.45) + 12 + row * (CELL[1] + 12) + CELL[1] // 2
    return sheet[y, x]


def test_columns_are_entries_and_rows_near_middle_far_and_depth() -> None:
    sheet = draw_comparison([small_comparison()])
    for column in (0, 1):
        assert [int(cell(sheet, column, row)[0]) for row in range(3)] == [0, 128, 255]
    assert cell(sheet, 0, 3).tolist() not in ([*BLANK], [*PAPER])
    assert cell(sheet, 2, 1).tolist() == [*BLANK]
    words = sheet[:, 64 + 2 * (CELL[0] + 12) :]
    assert (words.max(axis=2) > 200).sum() > 300  # why there is no picture, in words


def test_photos_stand_below_each_other() -> None:
    one = draw_comparison([small_comparison()])
    two = draw_comparison([small_comparison(), small_comparison(40, 90)])
    assert two.shape[1] == one.shape[1]
    assert two.shape[0] > one.shape[0] + 1000


def test_a_video_of_several_photos_shows_one_after_the_other_with_its_name(tmp_path: Path) -> None:
    wall = small_comparison()
    write_comparison(tmp_path / "both.mp4", [wall, replace(wall, name="another wall")])
    write_comparison(tmp_path / "one.mp4", [wall])
    both, one = (list(iio.imiter(tmp_path / name, plugin="FFMPEG")) for name in ("both.mp4", "one.mp4"))
    assert len(both) == 2 * len(one)
    below = slice(one[0].shape[0] - 90, None)  # headings and captions
    assert np.abs(both[0][below].astype(int) - both[-1][below]).max() > 100
    assert np.abs(both[0][below].astype(int) - one[0][below]).max() > 100


def test_all_stacks_are_at_the_same_depth_at_the_same_time(tmp_path: Path) -> None:
    write_comparison(tmp_path / "both.mp4", [small_comparison()])
    frames = np.stack(list(iio.imiter(tmp_path / "both.mp4", plugin="FFMPEG")))
    height, width = frames.shape[1:3]
    assert len(frames) == 96
    assert width <= 1920
    assert width % 2 == height % 2 == 0
    ours, theirs = frames[:, 120, 200].mean(axis=1), frames[:, 120, 900].mean(axis=1)
    assert np.abs(ours - theirs).max() < 20  # nine frames and five, blended between
    assert (ours[0] < 5, ours[48] > 250) == (True, True)
