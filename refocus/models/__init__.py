"""Torch code of the diffusion engines: the SVD focal-stack pipeline and FLUX with image conditions. No UI, no settings.

Names are imported when first used, so that importing this room loads neither torch nor diffusers.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refocus.models.focal_stack.pipeline import FocalStackOutput, FocalStackPipeline

_HOMES = {
    "FocalStackOutput": "refocus.models.focal_stack.pipeline",
    "FocalStackPipeline": "refocus.models.focal_stack.pipeline",
}

__all__ = ["FocalStackOutput", "FocalStackPipeline"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
