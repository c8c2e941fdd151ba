"""Render with an aperture that changes over the picture: a cat's eye, clipped towards the corners."""

import math

import torch

from refocus.optics.aperture import Aperture, KernelCaster
from refocus.optics.compose import compose
from refocus.optics.layout import BLOCK_PX
from refocus.optics.slices import Slicing
from refocus.optics.surfaces import Surfaces
from refocus.optics.tiles import Tile

_NODES_ON_LONG_SIDE = 5


def compose_field(
    surfaces: Surfaces,
    focus_disparity: float,
    coc_px_per_disparity: float,
    slicing: Slicing,
    aperture: Aperture,
    character: float,
    tile: Tile,
    size: tuple[int, int],
) -> torch.Tensor:
    """Render a tile around the nodes of a grid, each with its own kernel, and blend between them.

    Args:
        surfaces: of the tile.
        focus_disparity, coc_px_per_disparity, slicing: as in `compose`.
        aperture: with `cat_eye` above 0.
        character: of the lens.
        tile: where the tile lies in the picture.
        size: (height, width) of the picture.

    Returns:
        (3, height, width) linear light of the tile's core.
    """
    height, width = size
    pitch_px = max(height, width) / _NODES_ON_LONG_SIDE
    rows, columns = _nodes(height, pitch_px), _nodes(width, pitch_px)
    core_size = tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start
    light = surfaces.front.new_zeros(3, *core_size)
    radius_px = math.hypot(height, width) / 2
    for row in rows:
        row_weight = _tent(tile.rows, row, rows, surfaces.front.device)
        for column in columns:
            weight = row_weight[:, None] * _tent(tile.columns, column, columns, surfaces.front.device)
            if not bool((weight > 0.0).any()):
                continue
            taken_rows, taken_columns = (_span(weight.any(dim=axis)) for axis in (1, 0))
            off_axis = ((column - width / 2) / radius_px, (row - height / 2) / radius_px)
            part, inner = _cropped(surfaces, taken_rows, taken_columns, tile.halo_px)
            seen = compose(
                part, focus_disparity, coc_px_per_disparity, slicing, KernelCaster(aperture, character, off_axis)
            )
            here = (slice(None), taken_rows, taken_columns)
            light[here] += seen[(slice(None), *inner)] * weight[taken_rows, taken_columns]
    return light


def _nodes(size: int, pitch_px: float) -> list[float]:
    count = max(3, 2 * round(size / pitch_px / 2 - 0.5) + 1)  # odd, so that one stands in the middle, where it is round
    return [size * (index + 0.5) / count for index in range(count)]


def _tent(covered: slice, node: float, nodes: list[float], device: torch.device) -> torch.Tensor:
    """Linear weights that fall from 1 at a node to 0 at its neighbours and stay 1 beyond the outermost."""
    place = torch.arange(covered.start, covered.stop, device=device) + 0.5
    pitch = nodes[1] - nodes[0]
    return (1.0 - (place.clamp(nodes[0], nodes[-1]) - node).abs() / pitch).clamp_min(0.0)


def _span(taken: torch.Tensor) -> slice:
    places = torch.nonzero(taken)[:, 0]
    return slice(int(places[0]), int(places[-1]) + 1)


def _cropped(surfaces: Surfaces, rows: slice, columns: slice, halo_px: int) -> tuple[Surfaces, tuple[slice, slice]]:
    """Surfaces around a part of the core with its halo, in whole blocks; and where the part lies in them."""
    taken, inner = [], []
    for core, size in zip((rows, columns), surfaces.front_disparity.shape, strict=True):
        first = core.start // BLOCK_PX * BLOCK_PX
        last = min(-(-(core.stop + 2 * halo_px) // BLOCK_PX) * BLOCK_PX, size)
        taken.append(slice(first, last))
        inner.append(slice(core.start + halo_px - first, core.stop + halo_px - first))
    r, c = taken
    part = Surfaces(
        surfaces.front[:, r, c],
        surfaces.front_disparity[r, c],
        surfaces.hidden[:, r, c],
        surfaces.hidden_disparity[r, c],
        surfaces.has_lamps,
    )
    return part, (inner[0], inner[1])
