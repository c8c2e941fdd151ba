"""Cut a picture into tiles with a halo, extended beyond the picture's border by reflection."""

from dataclasses import dataclass

import torch

from refocus.optics.layout import BLOCK_PX

WHOLE_MAX_PX = 3_000_000
"""Pictures up to this many pixels, halo included, are not cut."""
TILE_PX = 640


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture.

    Attributes:
        rows, columns: what it covers of the picture.
        halo_px: how much more it sees on each side.
    """

    rows: slice
    columns: slice
    halo_px: int

    @property
    def core(self) -> tuple[slice, slice]:
        """Rows and columns it covers, counted in itself."""
        return (
            slice(self.halo_px, self.halo_px + self.rows.stop - self.rows.start),
            slice(self.halo_px, self.halo_px + self.columns.stop - self.columns.start),
        )

    def cut(self, scene: torch.Tensor, disparity: torch.Tensor, light_max: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The tile with its halo.

        Args:
            scene: (3, height, width).
            disparity: (height, width).
            light_max: reflected light is clamped to this, so that lamps by the border have no twins.

        Returns:
            Both, their height and width in whole blocks.
        """
        rows, inner_rows = _reflected(self.rows, self.halo_px, scene.shape[1], scene.device)
        columns, inner_columns = _reflected(self.columns, self.halo_px, scene.shape[2], scene.device)
        part = scene.index_select(1, rows).index_select(2, columns)
        for beyond in (slice(None, inner_rows.start), slice(inner_rows.stop, None)):
            part[:, beyond].clamp_max_(light_max)
        for beyond in (slice(None, inner_columns.start), slice(inner_columns.stop, None)):
            part[:, :, beyond].clamp_max_(light_max)
        return part, disparity.index_select(0, rows).index_select(1, columns)


def plan_tiles(height: int, width: int, halo_px: int) -> list[Tile]:
    """One tile for a small picture, else tiles of about half a megapixel."""
    if (height + 2 * halo_px) * (width + 2 * halo_px) <= WHOLE_MAX_PX:
        return [Tile(slice(0, height), slice(0, width), halo_px)]
    return [
        Tile(slice(top, min(top + TILE_PX, height)), slice(left, min(left + TILE_PX, width)), halo_px)
        for top in range(0, height, TILE_PX)
        for left in range(0, width, TILE_PX)
    ]


def _reflected(covered: slice, halo_px: int, size: int, device: torch.device) -> tuple[torch.Tensor, slice]:
    """Indices of pixels, mirrored at the border as often as needed, and which of them lie within it."""
    length = covered.stop - covered.start + 2 * halo_px
    length = -(-length // BLOCK_PX) * BLOCK_PX
    start = covered.start - halo_px
    folded = torch.arange(start, start + length, device=device).remainder(2 * size)
    return torch.minimum(folded, 2 * size - 1 - folded), slice(max(-start, 0), min(size - start, length))
