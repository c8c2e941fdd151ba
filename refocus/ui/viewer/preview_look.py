"""What a browser needs to preview other looks of a scene by itself: how wide its blur is, and the aperture shapes."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from refocus.core import Disparity
from refocus.core.bokeh_spec import APERTURE_NAMES
from refocus.media import Camera
from refocus.optics import coc_px_per_disparity
from refocus.optics.lens.aperture import OUTLINES, RING_INNER_RADIUS
from refocus.results import RefocusRequest
from refocus.results.blur_amount import blur_slope

_ANGLES = 90


@dataclass(frozen=True, slots=True)
class PreviewLook:
    """The look of a stack's blur in terms of the controls.

    Attributes:
        blur: strength in [0, 1] that looks like the request; may exceed 1 for K.
        blur_span: blur diameter at strength 1 of one end of the stack when the other is sharp, relative to the
            picture's long side; 0 for a flat scene.
        aperture: name of the shape.
    """

    blur: float
    blur_span: float
    aperture: str

    @classmethod
    def of(
        cls, disparity: Disparity, focus_range: tuple[float, float], camera: Camera, request: RefocusRequest
    ) -> "PreviewLook":
        """The look of a request.

        Args:
            disparity: of the scene.
            focus_range: nearest and farthest disparity of the stack.
            camera: what EXIF tells of the photo.
            request: what was made, or is to be.
        """
        slope = blur_slope(disparity, camera, amount=request.blur_amount).coc_px_per_disparity
        span_px = _at_full_strength(disparity) * (focus_range[0] - focus_range[1])
        return cls(blur_strength(disparity, slope), span_px / max(disparity.values.shape), request.aperture)


def blur_strength(disparity: Disparity, slope: float) -> float:
    """The strength that blurs a scene like `slope`, pixels of diameter per unit of disparity; 0 for a flat scene."""
    at_one = _at_full_strength(disparity)
    return slope / at_one if at_one > 0 else 0.0


def _at_full_strength(disparity: Disparity) -> float:
    return coc_px_per_disparity(1.0, max(disparity.values.shape), disparity.nearest - disparity.farthest)


@cache
def aperture_shapes() -> dict[str, dict[str, Any]]:
    """The shapes by name: `rim`, radii in percent at even angles, counter-clockwise from the right; and `hole`, the
    radius of what is closed in the middle. A cat's eye is round, as it is in the middle of the picture."""
    angles = np.linspace(0, 2 * math.pi, _ANGLES, endpoint=False)
    return {
        name: {
            "rim": [round(100 * float(radius)) for radius in OUTLINES[name](angles)],
            "hole": RING_INNER_RADIUS if name == "ring" else 0.0,
        }
        for name in APERTURE_NAMES
    }
