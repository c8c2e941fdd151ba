"""A picture as a grid of tokens: its working size, and the tiles in which the transformer sees a large picture.

A token covers 16x16 px: the VAE reduces both sides by 8, and 2x2 latents make a token. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from refocus.core import BadInput

if TYPE_CHECKING:
    from torch import Tensor

TOKEN_PX = 16
TILE_TOKENS = 32
OVERLAP_TOKENS = 4


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


def working_size(width: int, height: int, long_side: int = 0) -> tuple[int, int]:
    """The (width, height) in pixels at which FLUX processes a photo; both sides are multiples of 16.

    Args:
        width, height: of the photo.
        long_side: 0 rounds both sides up. Otherwise the longer side becomes `long_side` and the other one is scaled
            in proportion and truncated, then both are cropped down, to at least 16.
    """
    if long_side == 0:
        return -(-width // TOKEN_PX) * TOKEN_PX, -(-height // TOKEN_PX) * TOKEN_PX
    scaled_width, scaled_height = _scaled(width, height, long_side)
    return scaled_width // TOKEN_PX * TOKEN_PX, scaled_height // TOKEN_PX * TOKEN_PX


def fit_photo(photo_srgb: Image.Image, long_side: int = 0) -> Image.Image:
    """Resize a photo to its `working_size`: Lanczos, then (with a `long_side`) a centre crop. The mode is kept."""
    width, height = working_size(*photo_srgb.size, long_side)
    if long_side == 0:
        same = photo_srgb.size == (width, height)
        return photo_srgb if same else photo_srgb.resize((width, height), Image.Resampling.LANCZOS)
    scaled = photo_srgb.resize(_scaled(*photo_srgb.size, long_side), Image.Resampling.LANCZOS)
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return scaled.crop((left, top, left + width, top + height))


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


def _scaled(width: int, height: int, long_side: int) -> tuple[int, int]:
    scale = long_side / max(width, height)
    size = (long_side, int(height * scale)) if width >= height else (int(width * scale), long_side)
    return max(size[0], TOKEN_PX), max(size[1], TOKEN_PX)
