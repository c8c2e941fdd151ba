"""Generative Refocusing (DeblurNet and BokehNet on FLUX.1-dev): the model, without files of ours and without a UI.

Two image-conditioned runs of one FLUX transformer: DeblurNet turns a photo into an all-in-focus one, BokehNet renders
bokeh for a defocus map. Each condition image is a branch of tokens that runs beside text and image with LoRA weights.

The plain functions (`defocus_map`, `focus_disparity`, `working_size`, `tile_plan`, ...) need numpy and OpenCV only;
torch and diffusers are imported when `GenerativeRefocusPipeline` is first asked for.
"""

from typing import TYPE_CHECKING, Any

from refocus.models.generative_refocus.defocus import defocus_map, disparity_from_depth, focus_disparity
from refocus.models.generative_refocus.sizing import fit_photo, working_size
from refocus.models.generative_refocus.tiling import tile_plan

if TYPE_CHECKING:
    from refocus.models.generative_refocus.pipeline import GenerativeRefocusPipeline

__all__ = [
    "GenerativeRefocusPipeline",
    "defocus_map",
    "disparity_from_depth",
    "fit_photo",
    "focus_disparity",
    "tile_plan",
    "working_size",
]


def __getattr__(name: str) -> Any:
    if name == "GenerativeRefocusPipeline":
        from refocus.models.generative_refocus.pipeline import GenerativeRefocusPipeline

        return GenerativeRefocusPipeline
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
