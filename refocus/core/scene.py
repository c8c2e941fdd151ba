"""A scene: an all-in-focus picture and its disparity."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from refocus.core.errors import BadInput

Origin = Literal["given", "recorded", "model", "built-in", "stack"]
"""Where a disparity map comes from: a file of the user, the camera, a downloaded network, the built-in network, or the
focus of a stack."""


@dataclass(frozen=True, slots=True, eq=False)
class Disparity:
    """How near each pixel is.

    Attributes:
        values: (height, width) float32, finite, larger is nearer. Diopters (1/m) when `metric`,
            otherwise relative; estimators yield [0, 1].
        metric: True when `values` are diopters.
        source: where it comes from, as shown to users ("built-in network").
        origin: the same as a fact.
        confidence: from 0 (a guess) to 1 (measured); None when unknown.
        touched_up: whether strokes corrected it by hand.

    Raises:
        BadInput: on a wrong shape, or values that are not finite.
    """

    values: NDArray[np.float32]
    metric: bool
    source: str
    origin: Origin = "given"
    confidence: float | None = None
    touched_up: bool = False

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim != 2 or values.size == 0:
            raise BadInput(
                f"A disparity map must be (height, width), but this one has shape {np.shape(self.values)}.",
                todo="Give one value per pixel.",
            )
        if not np.isfinite(values).all():
            raise BadInput(
                "The disparity map holds values that are not finite (NaN or infinity).",
                todo="Fill the holes first, or leave the map out to have it estimated.",
            )
        object.__setattr__(self, "values", values)

    @property
    def description(self) -> str:
        """Where it comes from, and whether it was touched up, for the user."""
        return f"{self.source}, touched up by hand" if self.touched_up else self.source

    @property
    def nearest(self) -> float:
        """Largest disparity in the picture."""
        return float(self.values.max())

    @property
    def farthest(self) -> float:
        """Smallest disparity in the picture."""
        return float(self.values.min())


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """An all-in-focus picture with its disparity: the input of every renderer.

    Attributes:
        all_in_focus: (height, width, 3) uint8 sRGB.
        disparity: of the same height and width.

    Raises:
        BadInput: when the two differ in size.
    """

    all_in_focus: NDArray[np.uint8]
    disparity: Disparity

    def __post_init__(self) -> None:
        if self.all_in_focus.shape[:2] != self.disparity.values.shape:
            height, width = self.all_in_focus.shape[:2]
            map_height, map_width = self.disparity.values.shape
            raise BadInput(
                f"The picture is {width}x{height} px but its disparity map is {map_width}x{map_height} px.",
                todo="Resize the map to the picture.",
            )
