"""A picture as a grid of tokens: its working size, and the tiles in which the transformer sees a large picture.

A token covers 16x16 px: the VAE reduces both sides by 8, and 2x2 latents make a token. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PIL import Image

from refocus.core import BadInput

if TYPE_CHECKING:
    from torch import Tensor

TOKEN_PX = 16
OPENING_PX = 256
"""Side of the aperture's picture, the condition of shapes."""
OPENING_TOKENS = (OPENING_PX // TOKEN_PX) ** 2
TILE_TOKENS = 32
OVERLAP_TOKENS = 4

Tiling = Literal["auto", "on", "off"]
"""Whether the transformer sees tiles: where the published system does (`can_tile`), always, or never."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of tokens in a grid."""

    row: int
    column: int
    rows: int
    columns: int

    def cut(self, tokens: Tensor, grid_columns: int) -> Tensor:
        """The tile's tokens, (1, rows * columns, channels), of all tokens of a grid, (1, all, channels)."""
        picture = tokens.unflatten(1, (-1, grid_columns))
        tile = picture[:, self.row : self.row + self.rows, self.column : self.column + self.columns]
        return tile.flatten(1, 2)


@dataclass(frozen=True, slots=True)
class Grid:
    """Size of a picture in tokens, and whether the transformer sees it in tiles."""

    rows: int
    columns: int
    tiled: bool

    def tiles(self) -> list[Tile]:
        """The tiles in processing order; one for the whole grid when it is not tiled."""
        if not self.tiled:
            return [Tile(0, 0, self.rows, self.columns)]
        plan = tile_plan(self.rows, self.columns)
        return [Tile(row, column, TILE_TOKENS, TILE_TOKENS) for row, column in plan]


def working_size(width: int, height: int) -> tuple[int, int]:
    """The (width, height) in pixels at which FLUX processes a photo: both sides rounded up to multiples of 16."""
    return -(-width // TOKEN_PX) * TOKEN_PX, -(-height // TOKEN_PX) * TOKEN_PX


def fit_photo(photo_srgb: Image.Image) -> Image.Image:
    """Resize a photo to its `working_size` with a Lanczos filter. The mode is kept."""
    size = working_size(*photo_srgb.size)
    return photo_srgb if photo_srgb.size == size else photo_srgb.resize(size, Image.Resampling.LANCZOS)


def is_tiled(rows: int, columns: int, tiling: Tiling) -> bool:
    """Whether the transformer sees a grid in tiles.

    Raises:
        BadInput: when tiling is "on" and a side is shorter than a tile.
    """
    if tiling == "on":
        tile_plan(rows, columns)
    return tiling == "on" or (tiling == "auto" and can_tile(rows, columns))


def can_tile(rows: int, columns: int) -> bool:
    """Whether a grid is tiled by default: 1024 tokens or more, and both sides at least 512 px."""
    return rows * columns >= TILE_TOKENS**2 and min(rows, columns) * TOKEN_PX >= 512


def tile_plan(rows: int, columns: int) -> list[tuple[int, int]]:
    """Origins (row, column) of the 32x32 tiles that cover a grid, in processing order.

    The stride is 28, so that neighbours overlap by 4 tokens; the last tile is aligned with the far edge. Columns are
    the outer loop.

    Raises:
        BadInput: when a side is shorter than a tile.
    """
    if min(rows, columns) < TILE_TOKENS:
        raise BadInput(
            f"A picture of {columns * TOKEN_PX}x{rows * TOKEN_PX} px is too small for tiles.",
            todo=f"Leave tiling on auto, or use a picture with sides of at least {TILE_TOKENS * TOKEN_PX} px.",
        )
    return [(row, column) for column in _tile_starts(columns) for row in _tile_starts(rows)]


def _tile_starts(length: int) -> list[int]:
    starts = list(range(0, length - TILE_TOKENS + 1, TILE_TOKENS - OVERLAP_TOKENS))
    last = length - TILE_TOKENS
    return starts if starts[-1] == last else [*starts, last]
