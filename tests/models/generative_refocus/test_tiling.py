import json

import pytest
import torch

from refocus.core import BadInput
from refocus.models.generative_refocus import tile_plan
from refocus.models.generative_refocus.tiling import Blend, Tile, can_tile, tile_weights


def test_the_recorded_plans(kit):
    recorded = json.loads((kit / "tile_plans.json").read_text())
    assert [tile_plan(row["latent_h"], row["latent_w"]) for row in recorded] == [
        [tuple(origin) for origin in row["origins_hw"]] for row in recorded
    ]


@pytest.mark.parametrize("rows", range(32, 100, 7))
def test_tiles_cover_the_grid_and_stay_inside(rows):
    columns = rows + 13
    covered = torch.zeros(rows, columns)
    for row, column in tile_plan(rows, columns):
        assert 0 <= row <= rows - 32
        assert 0 <= column <= columns - 32
        covered[row : row + 32, column : column + 32] += 1
    assert covered.min() >= 1


def test_weights_as_recorded(load_case):
    torch.testing.assert_close(tile_weights(), load_case("bokeh_tiled").tensors["tile_weights"], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("rows", "columns", "expected"), [(32, 32, True), (31, 64, False), (40, 26, False)])
def test_only_pictures_of_512_px_a_side_are_tiled(rows, columns, expected):
    assert can_tile(rows, columns) is expected


def test_a_picture_smaller_than_a_tile_has_no_plan():
    with pytest.raises(BadInput) as caught:
        tile_plan(31, 40)
    assert "512" in caught.value.todo


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_blending_the_tiles_of_a_picture_gives_the_picture(dtype):
    rows, columns = 37, 41
    picture = torch.randn(1, rows * columns, 4, generator=torch.Generator().manual_seed(0)).to(dtype)
    blend = Blend(picture, columns)
    for row, column in tile_plan(rows, columns):
        tile = Tile(row, column, 32, 32)
        blend.add(tile, tile.cut(picture, columns))
    assert blend.result().dtype == dtype
    torch.testing.assert_close(blend.result(), picture, rtol=1e-5 if dtype == torch.float32 else 1e-2, atol=1e-5)


def test_where_tiles_disagree_the_nearer_centre_counts_more():
    blend = Blend(torch.zeros(1, 32 * 60, 1), 60)
    blend.add(Tile(0, 0, 32, 32), torch.zeros(1, 1024, 1))
    blend.add(Tile(0, 28, 32, 32), torch.ones(1, 1024, 1))
    row = blend.result().reshape(32, 60)[16]
    assert row[27] == 0
    assert row[32] == 1
    assert 0 < row[28] < row[29] < row[30] < row[31] < 1
    assert row[29] + row[30] == pytest.approx(1, abs=1e-5)
