"""The torch models: two diffusion pipelines, monocular depth networks and CLIPSeg, and their weights.

The names below are imported when they are first used, so that importing this package loads neither torch nor diffusers.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refocus.models.focal_stack.pipeline import FocalStackPipeline
    from refocus.models.generative_refocus.pipeline import GenerativeRefocusPipeline

_MODULES = {
    "FocalStackPipeline": "refocus.models.focal_stack.pipeline",
    "GenerativeRefocusPipeline": "refocus.models.generative_refocus.pipeline",
    "defocus_map": "refocus.models.generative_refocus.defocus",
    "focus_disparity": "refocus.models.generative_refocus.defocus",
}

__all__ = ["FocalStackPipeline", "GenerativeRefocusPipeline", "defocus_map", "focus_disparity"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
