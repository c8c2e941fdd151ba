"""Render what a lens of a given opening sees of a sharp picture with depth.

The method in short. The picture is split into the surface in front at each pixel and what hides behind it
near outlines (`surfaces`), both are cut into slices of nearly equal blur and blurred (`slices`), and the slices
are laid over each other (`compose`), with an eye on which parts of the lens see what (`correlation`). All in linear
light. Depth maps are mended before (`steps`): outlines are made hard and noise is evened out.

All of that but the blur is done once a stack. Of pictures beyond 3 megapixels, the borders that the lens sees
included, what was found is kept in a `Store`, and each frame is made in tiles with as much room around as its own
largest CoC asks for.

What it costs. A picture of n pixels has some 20 to 40 slices; together their rectangles (`layout`) hold 5 to 7 n
pixels, and each is multiplied, blurred and added in 4 planes (and in 8 on a grid of a sixteenth or less of the
pixels, for the correlation). On a GPU, where all blurs are FFTs, that is about
4 planes x 2 transforms x 6 n x 2.5 log2(n) = 2,500 floating-point operations and some 600 bytes of memory traffic a
pixel: 4 GFLOP and 1 GB for 1536x1024, a few milliseconds of either on a GPU of 10 TFLOP/s and 500 GB/s. There the
launches of some 100 rectangles x 15 operations decide, about 15 ms a frame, until pictures reach 10 megapixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.core.numbers import one_of, real
from refocus.optics.lens.aperture import Aperture, KernelCaster, caster_for
from refocus.optics.render.checks import (
    check_aperture,
    check_foci,
    check_focus,
    check_scene,
    check_slope,
)
from refocus.optics.render.threads import on_cores, on_one_core

if TYPE_CHECKING:
    import torch

    from refocus.optics.render.layer_store import Store
    from refocus.optics.render.layers import LookBehind, Surfaces
    from refocus.optics.render.slice_scale import Slicing
    from refocus.optics.render.tiles import Tile

Quality = Literal["preview", "standard", "exact"]
Picture = TypeVar("Picture")
CIRCLE = Aperture()


def _silent() -> None:
    """Tells nobody."""


_SMALL_LONG_SIDE_PX = 480
_MOMENTS_FINENESS = 10.0
"""Pixels of the moments' grid, at least, in the largest CoC."""


@dataclass(frozen=True, slots=True)
class _Effort:
    """How much work a quality is worth; lengths in pixels of CoC, at a long side of 480.

    Attributes:
        step_px, growth, gap_px, coarse_coc_px: see `Slicing`.
        thresholds, chords_px: see `LookBehind`.
        moments: whether what hides and what is hidden are correlated over the lens, see `Correlation`.
    """

    step_px: float
    growth: float
    gap_px: float
    coarse_coc_px: float
    thresholds: int
    chords_px: int
    moments: bool


_EFFORT: dict[str, _Effort] = {
    "preview": _Effort(1.2, 0.2, 2.5, 6.0, 3, 0, False),
    "standard": _Effort(0.9, 0.08, 1.5, 16.0, 12, 16, True),
    "exact": _Effort(0.5, 0.05, 1.5, math.inf, 24, 24, True),
}


@dataclass(frozen=True, slots=True, eq=False)
class PreparedScene:
    """A scene made ready for rendering: everything that does not depend on the focus is done. See `prepare_scene`.

    Attributes:
        size: (height, width).
        device: where it is, and where pictures are made.
        coc_px_per_disparity: signed blur diameter per unit of disparity.
        disparity_range: smallest and largest of the scene.
        focus_range: smallest and largest focus it can render.
        as_numpy: whether pictures come as arrays or as tensors.
    """

    size: tuple[int, int]
    device: torch.device
    coc_px_per_disparity: float
    disparity_range: tuple[float, float]
    focus_range: tuple[float, float]
    as_numpy: bool
    _slicing: Slicing
    _kept: tuple[Tile, Surfaces] | Store

    def render(
        self,
        focus_disparity: float,
        aperture: Aperture = CIRCLE,
        character: float = 0.0,
        *,
        tick: Callable[[], None] = _silent,
    ) -> Any:
        """The picture focused on a disparity.

        Args:
            focus_disparity: within `focus_range`.
            aperture: shape of the lens opening.
            character: -1 (creamy) to 1 (soap bubbles), see `KernelCaster`.
            tick: called after each tile of a big picture; may raise to stop.

        Returns:
            (height, width, 3) float32 linear light, an array or tensor as the scene was.

        Raises:
            BadInput: on a value out of range.
        """
        import torch

        focus = check_focus(focus_disparity, self.focus_range)
        character = real("character", character, -1.0, 1.0)
        check_aperture(aperture)
        light = torch.empty(*self.size, 3, device=self.device)
        caster = caster_for(aperture, character)

        def render_tile(tile: Tile) -> None:
            light[tile.rows, tile.columns] = self._render_tile(tile, focus, aperture, caster).permute(1, 2, 0)

        _for_each(render_tile, self._tiles(focus), self.device, tick)
        return light.numpy() if self.as_numpy else light

    def render_each(
        self,
        focus_disparity: Iterable[float],
        aperture: Aperture = CIRCLE,
        character: float = 0.0,
        *,
        then: Callable[[Any], Any] = lambda picture: picture,
        tick: Callable[[], None] = _silent,
    ) -> Generator[Any, None, None]:
        """As `render` for each focus, on all cores; a picture in tiles has its tiles spread over them instead.

        Args:
            focus_disparity, aperture, character: as in `render`.
            then: done with each picture, on its core.
            tick: called after each tile of a big picture; may raise to stop.
        """
        if not isinstance(self._kept, tuple) or self.device.type != "cpu":
            return (then(self.render(focus, aperture, character, tick=tick)) for focus in focus_disparity)
        return on_cores(lambda focus: then(self.render(focus, aperture, character)), focus_disparity)

    def _tiles(self, focus: float) -> list[Tile]:
        from refocus.optics.render.tiles import plan_tiles

        if isinstance(self._kept, tuple):
            return [self._kept[0]]
        return plan_tiles(*self.size, _halo_px(self.coc_px_per_disparity, self.disparity_range, (focus, focus)))

    def _render_tile(self, tile: Tile, focus: float, aperture: Aperture, caster: KernelCaster) -> torch.Tensor:
        from refocus.optics.render.cat_eye import compose_field
        from refocus.optics.render.compose import compose

        surfaces = self._kept[1] if isinstance(self._kept, tuple) else self._kept.cut(tile)
        if aperture.cat_eye > 0.0:
            return compose_field(
                surfaces, focus, self.coc_px_per_disparity, self._slicing, aperture, caster.character, tile, self.size
            )
        seen = compose(surfaces, focus, self.coc_px_per_disparity, self._slicing, caster)
        return seen[(slice(None), *tile.core)]


def prepare_scene(
    scene_linear: Any,
    disparity: Any,
    *,
    coc_px_per_disparity: float,
    quality: Quality = "standard",
    focus_range: tuple[float, float] | None = None,
    tick: Callable[[], None] = _silent,
) -> PreparedScene:
    """Make a scene ready for rendering at any focus.

    Args:
        scene_linear: (height, width, 3) float32 linear light, at least 0, may exceed 1; array or tensor.
        disparity: (height, width) float32, larger is nearer.
        coc_px_per_disparity: signed blur diameter in pixels per unit of disparity, at least 0.
        quality: "preview" (fast), "standard" (within 0.2 dB of exact) or "exact".
        focus_range: smallest and largest focus to be rendered; the scene's own range unless given.
        tick: called after each tile of a big scene; may raise to stop.

    Raises:
        BadInput: names the argument, its value and what is allowed.
    """
    import torch

    from refocus.optics.render.layers import LookBehind
    from refocus.optics.render.slice_scale import Slicing

    one_of("quality", quality, tuple(_EFFORT))
    scene, depth = check_scene(scene_linear, disparity)
    slope = check_slope(coc_px_per_disparity)
    low, high = float(depth.min()), float(depth.max())
    focus_low, focus_high = focus_range or (low, high)
    for focus in (focus_low, focus_high):
        check_focus(focus, (min(low, 0.0), max(high, 1.0)))
    if focus_low > focus_high:
        raise BadInput(f"focus_range is {focus_range}, but its smaller value must come first.")
    largest_coc_px = slope * max(high - focus_low, focus_high - low)
    if largest_coc_px > max(depth.shape):
        raise BadInput(
            f"coc_px_per_disparity is {slope:g}, which blurs by up to {largest_coc_px:.0f} px; "
            f"at most the picture's long side, {max(depth.shape)} px, is allowed."
        )
    effort = _EFFORT[quality]
    # A larger picture shows the same step smaller, so it may grow a little.
    step_px = effort.step_px * max(1.0, math.sqrt(max(depth.shape) / _SMALL_LONG_SIDE_PX))
    slicing = Slicing(
        step_px,
        effort.growth,
        max(effort.gap_px, 2.0 * step_px),
        effort.coarse_coc_px,
        _moments_scale(largest_coc_px) if effort.moments else 0,
    )
    halo_px = _halo_px(slope, (low, high), (focus_low, focus_high))
    look = LookBehind(
        slicing.gap_px / max(slope, 1e-9), halo_px, effort.thresholds, effort.chords_px, _ramp_px(max(depth.shape))
    )
    return PreparedScene(
        size=(depth.shape[0], depth.shape[1]),
        device=scene.device,
        coc_px_per_disparity=slope,
        disparity_range=(low, high),
        focus_range=(focus_low, focus_high),
        as_numpy=not isinstance(scene_linear, torch.Tensor),
        _slicing=slicing,
        _kept=_find(scene.permute(2, 0, 1), depth, look, halo_px, tick),
    )


def _find(
    scene: torch.Tensor, disparity: torch.Tensor, look: LookBehind, halo_px: int, tick: Callable[[], None]
) -> tuple[Tile, Surfaces] | Store:
    """All that does not depend on the focus: of a small picture as it is used, of a big one in little memory."""
    from refocus.optics.render.layer_store import Store
    from refocus.optics.render.layers import HIDDEN_LIGHT_MAX, find_surfaces
    from refocus.optics.render.tiles import plan_tiles

    tiles = plan_tiles(disparity.shape[0], disparity.shape[1], halo_px)
    if len(tiles) == 1:
        return tiles[0], find_surfaces(*tiles[0].cut(scene, disparity, HIDDEN_LIGHT_MAX), look)
    store = Store.for_scene(scene, disparity)
    _for_each(lambda tile: store.fill(tile, scene, disparity, look), tiles, scene.device, tick)
    return store


def _for_each(work: Callable[[Tile], None], tiles: list[Tile], device: torch.device, tick: Callable[[], None]) -> None:
    """Work on tiles, several at a time on a CPU."""
    if len(tiles) == 1 or device.type != "cpu":
        for tile in tiles:
            work(tile)
            if len(tiles) > 1:
                tick()
    else:
        with closing(on_cores(work, tiles)) as finished:
            for _ in finished:
                tick()


def _halo_px(slope: float, disparity_range: tuple[float, float], focus_range: tuple[float, float]) -> int:
    """How far around a tile the lens sees at its most."""
    return math.ceil(slope * max(disparity_range[1] - focus_range[0], focus_range[1] - disparity_range[0]) / 2) + 3


def _ramp_px(long_side_px: int) -> int:
    """Half the length of ramps that stand for outlines; the maps of networks and phones grow with the photo."""
    return max(3, round(3 * long_side_px / 1024))


def _moments_scale(largest_coc_px: float) -> int:
    """How coarse a grid shows all that matters of how light differs over the lens: a power of 2, 1 to 8."""
    return int(2 ** min(max(math.floor(math.log2(max(largest_coc_px, 1.0) / _MOMENTS_FINENESS)), 0), 3))


def render_focus(
    scene_linear: Picture,
    disparity: Any,
    *,
    focus_disparity: float,
    coc_px_per_disparity: float,
    aperture: Aperture = CIRCLE,
    quality: Quality = "standard",
    character: float = 0.0,
) -> Picture:
    """What a thin lens sees of a sharp picture with depth, focused on a disparity.

    A point is blurred to the aperture's shape with a signed diameter of
    `coc_px_per_disparity * (disparity - focus_disparity)` pixels, positive nearer than the focus.

    Args:
        scene_linear: (height, width, 3) float32 linear light, at least 0, may exceed 1; array or tensor.
        disparity: (height, width) float32, larger is nearer.
        focus_disparity: what is sharp; within the scene's range or [0, 1].
        coc_px_per_disparity: blur diameter in pixels per unit of disparity, at least 0.
        aperture: shape of the lens opening.
        quality: "preview" (fast), "standard" (within 0.2 dB of exact) or "exact".
        character: -1 (creamy) to 1 (soap bubbles), see `KernelCaster`.

    Returns:
        (height, width, 3) float32 linear light: an array, or a tensor on the scene's device.

    Raises:
        BadInput: a ValueError that names the argument, its value and what is allowed.
    """
    foci = [focus_disparity]
    return next(
        render_stack(
            scene_linear,
            disparity,
            focus_disparity=foci,
            coc_px_per_disparity=coc_px_per_disparity,
            aperture=aperture,
            quality=quality,
            character=character,
        )
    )


def render_stack(
    scene_linear: Picture,
    disparity: Any,
    *,
    focus_disparity: Sequence[float] | NDArray[np.floating],
    coc_px_per_disparity: float,
    aperture: Aperture = CIRCLE,
    quality: Quality = "standard",
    character: float = 0.0,
) -> Iterator[Picture]:
    """Pictures of one scene focused on one disparity after the other, each yielded when it is done.

    What does not depend on the focus is done once, before the first.

    Args:
        focus_disparity: (frames,) what is sharp in each frame.
        others: as in `render_focus`.

    Raises:
        BadInput: as `render_focus`, when the first frame is asked for.
    """
    foci = check_foci(focus_disparity)
    real("character", character, -1.0, 1.0)
    check_aperture(aperture)
    prepared = on_one_core(
        lambda: prepare_scene(
            scene_linear,
            disparity,
            coc_px_per_disparity=coc_px_per_disparity,
            quality=quality,
            focus_range=(min(foci), max(foci)),
        )
    )
    with closing(prepared.render_each(foci, aperture, character)) as frames:
        for frame in frames:
            yield cast(Picture, frame)
