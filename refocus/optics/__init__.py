"""Optics: thin-lens blur, aperture shapes, the renderer. Pure functions on arrays or tensors.

Importing this does not import torch; the renderer does so when it is first called.
"""

from refocus.optics.aperture import Aperture
from refocus.optics.render import PreparedScene, prepare_scene, render_focus, render_stack
from refocus.optics.shapes import OUTLINES
from refocus.optics.thin_lens import (
    LensSpec,
    blur_from_f_number,
    coc_diameter_px,
    coc_px_per_diopter,
    coc_px_per_disparity,
)

APERTURE_NAMES: tuple[str, ...] = tuple(OUTLINES)
"""The aperture shapes that `Aperture.named` knows."""

__all__ = [
    "APERTURE_NAMES",
    "Aperture",
    "LensSpec",
    "PreparedScene",
    "blur_from_f_number",
    "coc_diameter_px",
    "coc_px_per_diopter",
    "coc_px_per_disparity",
    "prepare_scene",
    "render_focus",
    "render_stack",
]
