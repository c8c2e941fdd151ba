"""Render what a lens of a given opening sees of a sharp picture with depth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from refocus.core import BadInput
from refocus.optics.aperture import Aperture, KernelCaster

if TYPE_CHECKING:
    from refocus.optics.surfaces import Surfaces

Quality = Literal["preview", "standard", "exact"]
Picture = TypeVar("Picture")
CIRCLE = Aperture()
GAP = 2.0
STEP = 0.5
JUMP = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class PreparedScene:
    """A scene made ready for rendering at any focus: everything that does not depend on the focus is done.

    Made by `prepare_scene`.
    """

    surfaces: Surfaces
    coc_px_per_disparity: float
    slicing: Any
    pad_px: int
    focus_range: tuple[float, float]
    as_numpy: bool
    size: Any

    def render(self, focus_disparity: float, aperture: Aperture = CIRCLE, character: float = 0.0) -> Any:
        """The picture focused on a disparity. (height, width, 3) float32 linear light; an array or a tensor."""
        from refocus.optics.compose import compose

        caster = KernelCaster(aperture, character)
        light = compose(self.surfaces, focus_disparity, self.coc_px_per_disparity, self.slicing, caster)
        pad = self.pad_px
        inner = light[:, pad : self.size[0] + pad, pad : self.size[1] + pad].permute(1, 2, 0).contiguous()
        return inner.cpu().numpy() if self.as_numpy else inner


def prepare_scene(
    scene_linear: Any, disparity: Any, *, coc_px_per_disparity: float, quality: Quality = "standard"
) -> PreparedScene:
    """Make a scene ready for rendering."""
    import torch

    from refocus.optics.surfaces import find_surfaces

    as_numpy = not isinstance(scene_linear, torch.Tensor)
    scene = torch.as_tensor(scene_linear).permute(2, 0, 1).float()
    depth = torch.as_tensor(disparity).float().to(scene.device)
    low, high = float(depth.min()), float(depth.max())
    reach = (high - low) * coc_px_per_disparity
    pad = math.ceil(reach / 2) + 2
    rows, columns = (_reflected(n, pad)[: (n + 2 * pad) // 8 * 8 + 8] for n in depth.shape)
    scene = scene[:, rows][:, :, columns]
    depth = depth[rows][:, columns]
    from refocus.optics.compose import Slicing

    slicing = Slicing(*E[quality][:4])
    surfaces = find_surfaces(
        scene, depth, max(E[quality][2] + 0.5, 0) / max(coc_px_per_disparity, 1e-9), pad, E[quality][4]
    )
    return PreparedScene(surfaces, coc_px_per_disparity, slicing, pad, (low, high), as_numpy, scene_linear.shape[:2])


E = {"exact": (0.5, 0.05, 2.0, 1e9, 24), "standard": (0.5, 0.06, 2.0, 16, 24), "preview": (1.2, 0.25, 2.0, 6, 6)}


def _reflected(size: int, pad: int) -> Any:
    import torch

    place = torch.arange(-pad, size + pad + 8) % (2 * size)
    return torch.where(place < size, place, 2 * size - 1 - place)


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
    """One picture focused on a disparity."""
    prepared = prepare_scene(scene_linear, disparity, coc_px_per_disparity=coc_px_per_disparity, quality=quality)
    return prepared.render(focus_disparity, aperture, character)


def render_stack(
    scene_linear: Picture,
    disparity: Any,
    *,
    focus_disparity: Sequence[float] | np.ndarray,
    coc_px_per_disparity: float,
    aperture: Aperture = CIRCLE,
    quality: Quality = "standard",
    character: float = 0.0,
) -> Iterator[Picture]:
    """Pictures of one scene focused on one disparity after the other; yields as they are made."""
    prepared = prepare_scene(scene_linear, disparity, coc_px_per_disparity=coc_px_per_disparity, quality=quality)
    for focus in focus_disparity:
        yield prepared.render(float(focus), aperture, character)
