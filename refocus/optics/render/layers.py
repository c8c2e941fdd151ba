"""Split a scene into layers: the surface in front at each pixel, and what it hides near its outlines."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from refocus.optics.render.filters import maximum_filter
from refocus.optics.render.hidden import Visible, inpaint_hidden, inpaint_second
from refocus.optics.render.lamps import LAMP_LIGHT_MIN
from refocus.optics.render.mattes import MatteCrop, unmix_matte
from refocus.optics.render.outlines import harden_outlines, smooth_surfaces, unmix_edges
from refocus.optics.render.quality import LayerSettings
from refocus.optics.render.slice_boxes import DisparityHistogram, cell_indices, grid_size
from refocus.optics.render.thin import find_thin, look_behind

HIDDEN_LAYERS = 2
"""At most: one behind every outline, and one behind that where something thin hides an outline."""


@dataclass(frozen=True, slots=True, eq=False)
class HiddenLayer:
    """A layer behind others.

    Attributes:
        light: (4, height, width) light times alpha, and alpha; 0 where nothing is hidden.
        disparity: (height, width), -inf where nothing is hidden.
        indices: (hidden,) flat indices of pixels with something hidden.
        cells: (hidden,) their cells in a histogram, see `cell_indices`.
    """

    light: torch.Tensor
    disparity: torch.Tensor
    indices: torch.Tensor
    cells: torch.Tensor

    @classmethod
    def of(cls, light: torch.Tensor, disparity: torch.Tensor) -> "HiddenLayer":
        """A layer with its indices. Arguments as the attributes."""
        indices = torch.nonzero(disparity.reshape(-1) > -torch.inf)[:, 0]
        size = disparity.shape[0], disparity.shape[1]
        return cls(light, disparity, indices, cell_indices(size, light.device).view(-1)[indices])


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Premultiplied layers of a scene, extended beyond the picture's border.

    Attributes:
        front: (4, height, width) light times alpha, and alpha.
        front_disparity: (height, width).
        hidden: up to `HIDDEN_LAYERS`, nearest first: what lies behind the front near outlines, and what lies behind
            that where something thin is in front.
        has_lamps: whether anything is brighter than `LAMP_LIGHT_MIN`.
        histogram: of the front.
    """

    front: torch.Tensor
    front_disparity: torch.Tensor
    hidden: tuple[HiddenLayer, ...]
    has_lamps: bool
    histogram: DisparityHistogram

    @classmethod
    def of(
        cls,
        front: torch.Tensor,
        front_disparity: torch.Tensor,
        hidden: Iterable[tuple[torch.Tensor, torch.Tensor]],
        *,
        has_lamps: bool,
    ) -> "Layers":
        """Layers with their histogram.

        Args:
            hidden: light and disparity of each hidden layer, those that are empty are left out.
            others: as the attributes.
        """
        size = front_disparity.shape[0], front_disparity.shape[1]
        cell = cell_indices(size, front.device).view(-1)
        histogram = DisparityHistogram.of(front_disparity.reshape(-1), cell, grid_size(size))
        found = (HiddenLayer.of(light, disparity) for light, disparity in hidden)
        return cls(front, front_disparity, tuple(h for h in found if h.indices.numel() > 0), has_lamps, histogram)

    def crop(self, rows: slice, columns: slice) -> "Layers":
        """The layers of a part of the picture."""
        return Layers.of(
            self.front[:, rows, columns],
            self.front_disparity[rows, columns],
            [(hidden.light[:, rows, columns], hidden.disparity[rows, columns]) for hidden in self.hidden],
            has_lamps=self.has_lamps,
        )


def find_layers(
    scene: torch.Tensor, disparity: torch.Tensor, settings: LayerSettings, matte: MatteCrop | None = None
) -> Layers:
    """Split a picture into the layer in front and the hidden ones.

    Args:
        scene: (3, height, width) linear light.
        disparity: (height, width).
        settings: how to separate surfaces and inpaint what is hidden.
        matte: of a nearer surface, whose outline replaces that of the disparity.
    """
    # A lamp may be a pixel or two wide, yet its disc shows its own depth: its disparity is not cleaned.
    keep = maximum_filter(scene.amax(0), 3) > LAMP_LIGHT_MIN
    if matte is not None:
        keep |= matte.where
        disparity = torch.where(matte.where, matte.disparity, disparity)
    disparity = smooth_surfaces(disparity, settings.jump, keep=keep)
    disparity = harden_outlines(disparity, settings.jump, settings.ramp_px, keep=keep)
    thin = find_thin(disparity, settings.jump, settings.thin_px)
    if matte is not None:
        thin &= ~matte.where  # behind strands lies the matte's farther surface
    behind = look_behind(scene, disparity, thin, settings.jump, settings.thin_px) if bool(thin.any()) else None
    edges = unmix_edges(scene, disparity, settings.jump, behind)
    if matte is not None:
        edges = unmix_matte(scene, edges, matte)
    front = torch.cat([scene, torch.ones_like(disparity)[None]])
    front[:3, edges.where], front[3, edges.where] = edges.near_light, edges.alpha
    far, certainty = torch.cat([scene, edges.far_disparity[None]]), torch.ones_like(disparity)
    far[:3, edges.where], certainty[edges.where] = edges.far_light, (1.0 - edges.alpha) ** 2
    visible = Visible.of(far, certainty, settings.jump, settings.hidden_scale)
    hidden, hidden_disparity = inpaint_hidden(visible, edges.near_disparity, settings)
    if behind is not None:
        other = (hidden_disparity[behind.where] - behind.disparity).abs() > settings.jump
        other |= hidden[3, behind.where] == 0.0
        # Where both agree, the average of several directions is the better colour.
        rows, columns = (index[other] for index in torch.nonzero(behind.where, as_tuple=True))
        hidden_disparity[rows, columns] = behind.disparity[other]
        hidden[:3, rows, columns], hidden[3, rows, columns] = behind.light[:, other], 1.0
    hidden_disparity = torch.where(edges.where, edges.far_disparity, hidden_disparity)
    hidden[:3, edges.where], hidden[3, edges.where] = edges.far_light, 1.0
    is_hidden = (hidden[3] > 0.0) & (edges.near_disparity - hidden_disparity > settings.jump)
    hidden_disparity.masked_fill_(~is_hidden, -torch.inf)
    found = [(hidden, hidden_disparity)]
    if behind is not None:
        around = (maximum_filter(thin.to(disparity.dtype), 3) > 0.0) & is_hidden
        if bool(around.any()):
            found.append(inpaint_second(visible, hidden_disparity, around, settings))
    return Layers.of(front, edges.near_disparity, found, has_lamps=bool(scene.max() > LAMP_LIGHT_MIN))
