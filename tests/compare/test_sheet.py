from dataclasses import replace

import numpy as np

from refocus.compare.sheet import BLANK, PAPER, draw_comparison, names_note
from tests.compare.comparisons import small_comparison

CELL = (480, 320)


def cell(sheet: np.ndarray, column: int, row: int) -> np.ndarray:
    """The middle of a cell; the sheet's head is found by its first black row of pictures."""
    x = 64 + column * (CELL[0] + 12) + CELL[0] // 2
    y = 24 + round(26 * 1.45) + round(21 * 1.45) + 12 + row * (CELL[1] + 12) + CELL[1] // 2
    return sheet[y, x]


def test_a_sheet_has_a_column_for_each_entry_and_rows_of_focus_and_depth() -> None:
    sheet = draw_comparison([small_comparison()])
    for column in (0, 1):
        assert [int(cell(sheet, column, row)[0]) for row in range(3)] == [0, 128, 255]
    assert cell(sheet, 0, 3).tolist() not in ([*BLANK], [*PAPER])
    assert cell(sheet, 2, 1).tolist() == [*BLANK]
    words = sheet[:, 64 + 2 * (CELL[0] + 12) :]
    assert (words.max(axis=2) > 200).sum() > 300  # why there is no picture, in words


def test_photos_are_drawn_below_each_other() -> None:
    one = draw_comparison([small_comparison()])
    two = draw_comparison([small_comparison(), small_comparison(40, 90)])
    assert two.shape[1] == one.shape[1]
    assert two.shape[0] > one.shape[0] + 1000


def test_a_note_names_labels_that_no_font_has() -> None:
    comparison = small_comparison()
    assert names_note([comparison]) == ""
    entries = (replace(comparison.entries[0], label="\U00012031"), *comparison.entries[1:])
    assert "“?” stands for them" in names_note([replace(comparison, entries=entries)])
