"""Cut a picture into tiles with a halo, extended beyond the picture's border by reflection."""

from dataclasses import dataclass

import torch

from refocus.optics.render.slice_boxes import BLOCK_PX

WHOLE_MAX_PX = 3_000_000
"""Pictures up to this many pixels, halo included, are not cut."""
TILE_PX = 512
"""Larger ones have less halo in all, but each core works on one, so they decide how much memory is taken."""


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
        part = torch.stack([self.take(plane) for plane in scene])
        for axis, span, size in ((1, self.rows, scene.shape[1]), (2, self.columns, scene.shape[2])):
            inner = _inner(span, self.halo_px, size)
            for beyond in (slice(None, inner.start), slice(inner.stop, None)):
                part[(slice(None),) * axis + (beyond,)].clamp_max_(light_max)
        return part, self.take(disparity)

    def take(self, plane: torch.Tensor) -> torch.Tensor:
        """The tile with its halo, of a (height, width) plane; a view where nothing is reflected."""
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
    """First pixel, and length in whole blocks."""
    length = span.stop - span.start + 2 * halo_px
    return span.start - halo_px, -(-length // BLOCK_PX) * BLOCK_PX


def _inner(span: slice, halo_px: int, size: int) -> slice:
    """Which of the pixels covered lie within the picture."""
    start, length = _covered(span, halo_px)
    return slice(max(-start, 0), min(size - start, length))


def _reflected(start: int, length: int, size: int, device: torch.device) -> torch.Tensor:
    """Indices of pixels, mirrored at the border as often as needed."""
    folded = torch.arange(start, start + length, device=device).remainder(2 * size)
    return torch.minimum(folded, 2 * size - 1 - folded)
