"""Render with an aperture that changes over the picture: a cat's eye, clipped towards the corners."""

import math

import torch

from refocus.optics.lens.aperture import Aperture, caster_for
from refocus.optics.render.compose import compose_apart
from refocus.optics.render.layers import Surfaces
from refocus.optics.render.slice_boxes import BLOCK_PX
from refocus.optics.render.slice_scale import Slicing
from refocus.optics.render.tiles import Tile

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
            taken = [_span(weight.any(dim=axis)) for axis in (1, 0)]
            off_axis = ((column - width / 2) / radius_px, (row - height / 2) / radius_px)
            part, places = _cropped(surfaces, taken, tile.halo_px)
            covered = [
                slice(seen.start + core.start - tile.halo_px, seen.stop + core.start - tile.halo_px)
                for seen, core in zip(places, (tile.rows, tile.columns), strict=True)
            ]
            own = _tent(covered[0], row, rows, light.device)[:, None] * _tent(covered[1], column, columns, light.device)
            seen, lamps = compose_apart(
                part,
                focus_disparity,
                coc_px_per_disparity,
                slicing,
                caster_for(aperture, character, off_axis),
                lamp_weight=own,
            )
            inside, core = _overlap(places, core_size, tile.halo_px)
            light[core] += (seen * own)[inside]
            # Lamps take the kernel of the place where they stand, so that their discs are whole and keep their energy.
            if lamps is not None:
                light[core] += lamps[inside]
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


def _cropped(surfaces: Surfaces, taken: list[slice], halo_px: int) -> tuple[Surfaces, tuple[slice, slice]]:
    """Surfaces around a part of the core with its halo, in whole blocks; and where in the tile they lie."""
    r, c = (
        slice(core.start // BLOCK_PX * BLOCK_PX, min(-(-(core.stop + 2 * halo_px) // BLOCK_PX) * BLOCK_PX, size))
        for core, size in zip(taken, surfaces.front_disparity.shape, strict=True)
    )
    return surfaces.cut(r, c), (r, c)


def _overlap(
    places: tuple[slice, slice], core_size: tuple[int, int], halo_px: int
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """What of a part of a tile lies in the tile's core: counted in the part, and in the core."""
    inside, core = [slice(None)], [slice(None)]
    for place, size in zip(places, core_size, strict=True):
        first, last = max(place.start - halo_px, 0), min(place.stop - halo_px, size)
        core.append(slice(first, last))
        inside.append(slice(first + halo_px - place.start, last + halo_px - place.start))
    return tuple(inside), tuple(core)
