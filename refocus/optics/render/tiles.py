"""Tiles of a big picture with a halo, extended beyond its border by reflection, and its layers, found tile by tile."""

from dataclasses import dataclass

import torch

from refocus.optics.render.hidden import HIDDEN_LIGHT_MAX
from refocus.optics.render.lamps import LAMP_LIGHT_MIN
from refocus.optics.render.layers import HIDDEN_LAYERS, Layers, find_layers
from refocus.optics.render.mattes import Matte, MatteCrop
from refocus.optics.render.quality import LayerSettings
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

    def crop_matte(self, matte: Matte | None) -> MatteCrop | None:
        """The part of a matte under the tile with its halo; None where it is not used."""
        return None if matte is None else MatteCrop.of(matte, self.crop_plane)

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


@dataclass(frozen=True, slots=True, eq=False)
class LayerStore:
    """Layers of a whole picture in 38 bytes a pixel, see `Layers`.

    Attributes:
        light: (3, height, width) float32, of the front, times alpha.
        alpha: (height, width) float16, of the front.
        disparity: (height, width) float32, of the front.
        hidden_light: (hidden layers, 3, height, width) float16, which suffices because it is never above white.
        hidden_disparity: (hidden layers, height, width) float32, -inf where nothing is hidden.
        has_lamps: whether anything is brighter than `LAMP_LIGHT_MIN`.
    """

    light: torch.Tensor
    alpha: torch.Tensor
    disparity: torch.Tensor
    hidden_light: torch.Tensor
    hidden_disparity: torch.Tensor
    has_lamps: bool

    @classmethod
    def for_scene(cls, scene: torch.Tensor, disparity: torch.Tensor) -> "LayerStore":
        """An empty store for a (3, height, width) scene and its (height, width) disparity."""
        return cls(
            torch.empty_like(scene),
            torch.empty_like(disparity, dtype=torch.float16),
            torch.empty_like(disparity),
            scene.new_zeros(HIDDEN_LAYERS, *scene.shape, dtype=torch.float16),
            disparity.new_full((HIDDEN_LAYERS, *disparity.shape), -torch.inf),
            bool(scene.max() > LAMP_LIGHT_MIN),
        )

    def add_tile(
        self,
        tile: Tile,
        scene: torch.Tensor,
        disparity: torch.Tensor,
        settings: LayerSettings,
        matte: Matte | None = None,
    ) -> None:
        """Compute the layers of a tile's core. Other arguments as in `find_layers`, of the whole picture."""
        found = find_layers(*tile.crop(scene, disparity, HIDDEN_LIGHT_MAX), settings, tile.crop_matte(matte))
        here, core = (tile.rows, tile.columns), tile.core
        self.light[(slice(None), *here)] = found.front[(slice(3), *core)]
        self.alpha[here] = found.front[(3, *core)].half()
        self.disparity[here] = found.front_disparity[core]
        for number, hidden in enumerate(found.hidden):
            self.hidden_light[(number, slice(None), *here)] = hidden.light[(slice(3), *core)].half()
            self.hidden_disparity[(number, *here)] = hidden.disparity[core]

    def crop(self, tile: Tile) -> Layers:
        """The layers of a tile with its halo."""
        light, disparity = tile.crop(self.light, self.disparity, HIDDEN_LIGHT_MAX)
        front = torch.cat([light, tile.crop_plane(self.alpha).float()[None]])
        hidden = []
        for kept_light, kept_disparity in zip(self.hidden_light, self.hidden_disparity, strict=True):
            hidden_disparity = tile.crop_plane(kept_disparity)
            planes = torch.empty_like(front)
            for plane, kept in zip(planes, kept_light, strict=False):
                plane.copy_(tile.crop_plane(kept))
            planes[3] = hidden_disparity > -torch.inf
            hidden.append((planes, hidden_disparity))
        return Layers.of(front, disparity, hidden, has_lamps=self.has_lamps)
