import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from refocus.core import BadInput
from refocus.models.generative_refocus.token_grid import Grid, can_tile, fit_photo, tile_plan, working_size


def test_the_recorded_table_of_sizes(kit: Path) -> None:
    table = json.loads((kit / "resize" / "sizes.json").read_text())
    own_size = [row for row in table if row["long_side"] == 0]
    assert len(own_size) > 5
    assert [working_size(*row["in_wh"]) for row in own_size] == [tuple(row["out_wh"]) for row in own_size]


def test_the_recorded_picture_agrees_to_one_grey_level(kit: Path) -> None:
    fitted = fit_photo(Image.open(kit / "resize" / "input_203x149.png"))
    expected = Image.open(kit / "resize" / "long_side_0.png")
    assert fitted.size == expected.size
    assert np.abs(np.asarray(fitted, int) - np.asarray(expected, int)).max() <= 1


@pytest.mark.parametrize("size", [(64, 64), (65, 200), (16, 999), (999, 17)])
def test_sides_are_multiples_of_16_and_the_picture_has_the_promised_size(size: tuple[int, int]) -> None:
    width, height = working_size(*size)
    assert width % 16 == height % 16 == 0
    assert min(width, height) >= 16
    assert fit_photo(Image.new("RGB", size)).size == (width, height)


def test_a_fitting_photo_is_left_alone() -> None:
    photo = Image.new("RGB", (96, 64))
    assert fit_photo(photo) is photo


def test_the_recorded_plans(kit: Path) -> None:
    recorded = json.loads((kit / "tile_plans.json").read_text())
    assert [tile_plan(row["latent_h"], row["latent_w"]) for row in recorded] == [
        [tuple(origin) for origin in row["origins_hw"]] for row in recorded
    ]


@pytest.mark.parametrize("rows", range(32, 100, 7))
def test_tiles_cover_the_grid_and_stay_inside(rows: Any) -> None:
    columns = rows + 13
    covered = torch.zeros(rows, columns)
    for row, column in tile_plan(rows, columns):
        assert 0 <= row <= rows - 32
        assert 0 <= column <= columns - 32
        covered[row : row + 32, column : column + 32] += 1
    assert covered.min() >= 1


@pytest.mark.parametrize(("rows", "columns", "expected"), [(32, 32, True), (31, 64, False), (40, 26, False)])
def test_only_pictures_of_512_px_a_side_are_tiled(rows: int, columns: int, expected: bool) -> None:
    assert can_tile(rows, columns) is expected


def test_a_picture_smaller_than_a_tile_has_no_plan() -> None:
    with pytest.raises(BadInput) as caught:
        tile_plan(31, 40)
    assert "512" in caught.value.todo


def test_tiles_of_a_grid() -> None:
    assert len(Grid(34, 37, tiled=True).tiles()) == 4
    (whole,) = Grid(34, 37, tiled=False).tiles()
    assert (whole.rows, whole.columns) == (34, 37)
