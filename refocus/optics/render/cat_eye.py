"""Render with an aperture whose shape depends on the position in the picture: a cat's eye, clipped at the corners."""

import math
from dataclasses import replace

import torch

from refocus.optics.lens.aperture import Aperture
from refocus.optics.lens.kernels import blur_kernels
from refocus.optics.render.compose import compose_with_lamps
from refocus.optics.render.layers import Layers
from refocus.optics.render.quality import FocusedLens
from refocus.optics.render.slice_boxes import BLOCK_PX
from refocus.optics.render.tiles import Tile

_NODES_ON_LONG_SIDE = 5


def compose_cat_eye(
    layers: Layers, lens: FocusedLens, aperture: Aperture, tile: Tile, size: tuple[int, int]
) -> torch.Tensor:
    """Render a tile around the nodes of a grid, each with its own kernels, and blend between them.

    Args:
        layers: of the tile.
        lens: what to focus on; its kernels are replaced by those of each node.
        aperture: with `cat_eye` above 0.
        tile: position of the tile in the picture.
        size: (height, width) of the picture.

    Returns:
        (3, height, width) linear light of the tile's core.
    """
    height, width = size
    pitch_px = max(height, width) / _NODES_ON_LONG_SIDE
    rows, columns = _nodes(height, pitch_px), _nodes(width, pitch_px)
    core_size = tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start
    light = layers.front.new_zeros(3, *core_size)
    radius_px = math.hypot(height, width) / 2
    for row in rows:
        row_weight = _linear_weight(tile.rows, row, rows, light.device)
        for column in columns:
            weight = row_weight[:, None] * _linear_weight(tile.columns, column, columns, light.device)
            if not bool((weight > 0.0).any()):
                continue
            off_axis = ((column - width / 2) / radius_px, (row - height / 2) / radius_px)
            node_lens = replace(lens, kernels=blur_kernels(aperture, lens.kernels.character, off_axis))
            part, places = _cropped(layers, [_extent(weight.any(dim=axis)) for axis in (1, 0)], tile.halo_px)
            covered = [
                slice(place.start + core.start - tile.halo_px, place.stop + core.start - tile.halo_px)
                for place, core in zip(places, (tile.rows, tile.columns), strict=True)
            ]
            own = _linear_weight(covered[0], row, rows, light.device)[:, None]
            own = own * _linear_weight(covered[1], column, columns, light.device)
            seen, lamps = compose_with_lamps(part, node_lens, own)
            inside, core = _overlap(places, core_size, tile.halo_px)
            light[core] += (seen * own)[inside]
            # Each lamp gets the kernel of its own position, so that their discs are whole and keep their energy.
            if lamps is not None:
                light[core] += lamps[inside]
    return light


def _nodes(size_px: int, pitch_px: float) -> list[float]:
    """Node positions along one side; an odd number, so that one is in the middle, where the aperture is not clipped."""
    count = max(3, 2 * round(size_px / pitch_px / 2 - 0.5) + 1)
    return [size_px * (index + 0.5) / count for index in range(count)]


def _linear_weight(covered: slice, node: float, nodes: list[float], device: torch.device) -> torch.Tensor:
    """Interpolation weights: 1 at a node, 0 at its neighbours, constant beyond the outermost nodes."""
    position = torch.arange(covered.start, covered.stop, device=device) + 0.5
    pitch = nodes[1] - nodes[0]
    return (1.0 - (position.clamp(nodes[0], nodes[-1]) - node).abs() / pitch).clamp_min(0.0)


def _extent(occupied: torch.Tensor) -> slice:
    indices = torch.nonzero(occupied)[:, 0]
    return slice(int(indices[0]), int(indices[-1]) + 1)


def _cropped(layers: Layers, parts: list[slice], halo_px: int) -> tuple[Layers, tuple[slice, slice]]:
    """Layers of a part of the core with its halo, in whole blocks; and their rows and columns in the tile."""
    r, c = (
        slice(part.start // BLOCK_PX * BLOCK_PX, min(-(-(part.stop + 2 * halo_px) // BLOCK_PX) * BLOCK_PX, size))
        for part, size in zip(parts, layers.front_disparity.shape, strict=True)
    )
    return layers.crop(r, c), (r, c)


def _overlap(
    places: tuple[slice, slice], core_size: tuple[int, int], halo_px: int
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Overlap of a part of a tile with the tile's core: indices in the part, and in the core."""
    inside, core = [slice(None)], [slice(None)]
    for place, size in zip(places, core_size, strict=True):
        first, last = max(place.start - halo_px, 0), min(place.stop - halo_px, size)
        core.append(slice(first, last))
        inside.append(slice(first + halo_px - place.start, last + halo_px - place.start))
    return tuple(inside), tuple(core)
