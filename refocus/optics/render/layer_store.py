"""Layers of a big picture: computed once, tile by tile, and stored compactly for every focus."""

from dataclasses import dataclass

import torch

from refocus.optics.render.layers import HIDDEN_LIGHT_MAX, LAMP_LIGHT_MIN, Layers, find_layers
from refocus.optics.render.quality import LayerSettings
from refocus.optics.render.tiles import Tile


@dataclass(frozen=True, slots=True, eq=False)
class LayerStore:
    """Layers of a whole picture in 28 bytes a pixel, see `Layers`.

    Attributes:
        light: (3, height, width) float32, of the front, times alpha.
        alpha: (height, width) float16, of the front.
        disparity: (height, width) float32, of the front.
        hidden_light: (3, height, width) float16, which suffices because it is never above white.
        hidden_disparity: (height, width) float32, -inf where nothing is hidden.
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
            torch.empty_like(scene, dtype=torch.float16),
            torch.empty_like(disparity),
            bool(scene.max() > LAMP_LIGHT_MIN),
        )

    def add_tile(self, tile: Tile, scene: torch.Tensor, disparity: torch.Tensor, settings: LayerSettings) -> None:
        """Compute the layers of a tile's core. Other arguments as in `find_layers`, of the whole picture."""
        found = find_layers(*tile.crop(scene, disparity, HIDDEN_LIGHT_MAX), settings)
        here, core = (tile.rows, tile.columns), tile.core
        self.light[(slice(None), *here)] = found.front[(slice(3), *core)]
        self.alpha[here] = found.front[(3, *core)].half()
        self.disparity[here] = found.front_disparity[core]
        self.hidden_light[(slice(None), *here)] = found.hidden[(slice(3), *core)].half()
        self.hidden_disparity[here] = found.hidden_disparity[core]

    def crop(self, tile: Tile) -> Layers:
        """The layers of a tile with its halo."""
        light, disparity = tile.crop(self.light, self.disparity, HIDDEN_LIGHT_MAX)
        hidden_disparity = tile.crop_plane(self.hidden_disparity)
        front = torch.cat([light, tile.crop_plane(self.alpha).float()[None]])
        hidden = torch.empty_like(front)
        for plane, kept in zip(hidden, self.hidden_light, strict=False):
            plane.copy_(tile.crop_plane(kept))
        hidden[3] = hidden_disparity > -torch.inf
        return Layers.of(front, disparity, hidden, hidden_disparity, has_lamps=self.has_lamps)
