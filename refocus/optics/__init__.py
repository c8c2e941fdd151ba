"""Optics: thin-lens blur, aperture shapes, the renderer, focus fusion. Pure functions on arrays or tensors.

Importing this does not import torch; the renderer does so when it is first called.
"""

from refocus.core.bokeh_spec import APERTURE_NAMES
from refocus.optics.lens.aperture import Aperture
from refocus.optics.lens.thin_lens import (
    LensSpec,
    blur_from_f_number,
    coc_diameter_px,
    coc_px_from_k_radius_px,
    coc_px_per_diopter,
    coc_px_per_disparity,
    k_radius_px_from_coc_px,
)
from refocus.optics.render.highlights import recover_highlights
from refocus.optics.render.prepared_scene import PreparedScene, prepare_scene
from refocus.optics.render.render import render_focus, render_stack
from refocus.optics.stacks.focus_order import nearest_first
from refocus.optics.stacks.fusion import FocusMap, depth_from_focus, fuse, scene_from_stack
from refocus.optics.stacks.registration import Registered, register

__all__ = [
    "APERTURE_NAMES",
    "Aperture",
    "FocusMap",
    "LensSpec",
    "PreparedScene",
    "Registered",
    "blur_from_f_number",
    "coc_diameter_px",
    "coc_px_from_k_radius_px",
    "coc_px_per_diopter",
    "coc_px_per_disparity",
    "depth_from_focus",
    "fuse",
    "k_radius_px_from_coc_px",
    "nearest_first",
    "prepare_scene",
    "recover_highlights",
    "register",
    "render_focus",
    "render_stack",
    "scene_from_stack",
]
