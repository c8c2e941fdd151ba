"""Tiles of a picture with a halo, extended beyond the picture's border by reflection."""

from dataclasses import dataclass

import torch

from refocus.optics.render.slice_boxes import BLOCK_PX

WHOLE_MAX_PX = 3_000_000
"""Pictures of up to this many pixels, halo included, are one tile."""
TILE_PX = 512
"""Side of a tile. Larger tiles have less halo in total, but each core holds one in memory."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture.

    Attributes:
        rows, columns: its core, in the picture.
        halo_px: width of the halo on each side.
    """

    rows: slice
    columns: slice
    halo_px: int

    @property
    def core(self) -> tuple[slice, slice]:
        """Rows and columns of its core, in the tile with its halo."""
        return (
            slice(self.halo_px, self.halo_px + self.rows.stop - self.rows.start),
            slice(self.halo_px, self.halo_px + self.columns.stop - self.columns.start),
        )

    def crop(self, scene: torch.Tensor, disparity: torch.Tensor, light_max: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The tile with its halo.

        Args:
            scene: (3, height, width).
            disparity: (height, width).
            light_max: reflected light is clamped to this, so that no mirror images of lamps appear.

        Returns:
            Both, height and width being whole blocks.
        """
        part = torch.stack([self.crop_plane(plane) for plane in scene])
        for axis, span, size in ((1, self.rows, scene.shape[1]), (2, self.columns, scene.shape[2])):
            inner = _inner(span, self.halo_px, size)
            for beyond in (slice(None, inner.start), slice(inner.stop, None)):
                part[(slice(None),) * axis + (beyond,)].clamp_max_(light_max)
        return part, self.crop_plane(disparity)

    def crop_plane(self, plane: torch.Tensor) -> torch.Tensor:
        """Part of a (height, width) plane under the tile with its halo; a view where nothing is reflected."""
        for axis, span in enumerate((self.rows, self.columns)):
            start, length = _covered(span, self.halo_px)
            size = plane.shape[axis]
            if start >= 0 and start + length <= size:
                plane = plane.narrow(axis, start, length)
            else:
                plane = plane.index_select(axis, _reflected(start, length, size, plane.device))
        return plane


def plan_tiles(height: int, width: int, halo_px: int) -> list[Tile]:
    """One tile for a small picture, else tiles of a quarter of a megapixel."""
    if (height + 2 * halo_px) * (width + 2 * halo_px) <= WHOLE_MAX_PX:
        return [Tile(slice(0, height), slice(0, width), halo_px)]
    return [
        Tile(slice(top, min(top + TILE_PX, height)), slice(left, min(left + TILE_PX, width)), halo_px)
        for top in range(0, height, TILE_PX)
        for left in range(0, width, TILE_PX)
    ]


def _covered(span: slice, halo_px: int) -> tuple[int, int]:
    """First pixel, and length in whole blocks, halo included."""
    length = span.stop - span.start + 2 * halo_px
    return span.start - halo_px, -(-length // BLOCK_PX) * BLOCK_PX


def _inner(span: slice, halo_px: int, size: int) -> slice:
    """Which of the pixels under the tile lie within the picture."""
    start, length = _covered(span, halo_px)
    return slice(max(-start, 0), min(size - start, length))


def _reflected(start: int, length: int, size: int, device: torch.device) -> torch.Tensor:
    """Pixel indices, mirrored at the border as often as needed."""
    folded = torch.arange(start, start + length, device=device).remainder(2 * size)
    return torch.minimum(folded, 2 * size - 1 - folded)
