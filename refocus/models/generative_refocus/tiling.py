"""Large pictures in tiles: the transformer sees 32x32 tokens at a time, and the predictions are blended each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from refocus.core import BadInput
from refocus.models.generative_refocus.sizing import TOKEN_PX

if TYPE_CHECKING:
    from torch import Tensor

TILE_TOKENS = 32
OVERLAP_TOKENS = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of tokens within the picture's grid."""

    row: int
    column: int
    rows: int
    columns: int

    def cut(self, tokens: Tensor, grid_columns: int) -> Tensor:
        """This tile's tokens, (1, rows * columns, channels), of the whole picture's (1, all, channels)."""
        picture = tokens.unflatten(1, (-1, grid_columns))
        tile = picture[:, self.row : self.row + self.rows, self.column : self.column + self.columns]
        return tile.flatten(1, 2)


def can_tile(rows: int, columns: int) -> bool:
    """Whether a grid of tokens is tiled by default: 1024 tokens or more, and no side under 512 px."""
    return rows * columns >= TILE_TOKENS**2 and min(rows, columns) * TOKEN_PX >= 512


def tile_plan(rows: int, columns: int) -> list[tuple[int, int]]:
    """Origins (row, column), in tokens, of the 32x32 tiles that cover a grid, in processing order.

    Stride 28, so that neighbours overlap by 4; a last tile lies flush with the far edge. Columns are the outer loop.

    Raises:
        BadInput: when a side is shorter than one tile.
    """
    if min(rows, columns) < TILE_TOKENS:
        raise BadInput(
            f"A picture of {columns * TOKEN_PX}x{rows * TOKEN_PX} px is too small for tiles.",
            todo=f"Leave tiling on auto, or use a picture of at least {TILE_TOKENS * TOKEN_PX} px a side.",
        )
    return [(row, column) for column in _starts(columns) for row in _starts(rows)]


def _starts(length: int) -> list[int]:
    starts = list(range(0, length - TILE_TOKENS + 1, TILE_TOKENS - OVERLAP_TOKENS))
    flush = length - TILE_TOKENS
    return starts if starts[-1] == flush else [*starts, flush]


def tile_weights() -> Tensor:
    """(32, 32) float32: exp(-(x^2 + y^2)) on linspace(-2, 2, 32), so that a tile's centre counts most."""
    import torch

    axis = torch.linspace(-2.0, 2.0, TILE_TOKENS)
    return torch.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2))


class Blend:
    """Weighted mean of overlapping tile predictions over a grid of tokens, accumulated in float32.

    Args:
        like: (1, rows * columns, channels); gives the result's shape, dtype and device.
        grid_columns: columns of the grid.
    """

    def __init__(self, like: Tensor, grid_columns: int) -> None:
        import torch

        picture = like.unflatten(1, (-1, grid_columns))
        self._dtype = like.dtype
        self._sum = torch.zeros_like(picture, dtype=torch.float32)
        self._weight_sum = torch.zeros_like(self._sum[..., :1])
        self._weights = tile_weights().to(like.device)[None, :, :, None]

    def add(self, tile: Tile, prediction: Tensor) -> None:
        """Add one tile's prediction, (1, 1024, channels)."""
        place = slice(tile.row, tile.row + tile.rows), slice(tile.column, tile.column + tile.columns)
        self._sum[:, *place] += prediction.unflatten(1, (tile.rows, tile.columns)).float() * self._weights
        self._weight_sum[:, *place] += self._weights

    def result(self) -> Tensor:
        """(1, rows * columns, channels), in the dtype given."""
        return (self._sum / self._weight_sum).flatten(1, 2).to(self._dtype)
