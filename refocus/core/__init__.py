"""Shared data: stacks, scenes, bokeh, errors, progress, colour. Imports numpy and the standard library only."""

from refocus.core.bokeh_spec import BokehSpec, Chip
from refocus.core.errors import (
    BadInput,
    Cancelled,
    EngineNotReady,
    Problems,
    RefocusError,
    SeveralProblems,
    StackTooLarge,
    WeightsMissing,
)
from refocus.core.focal_stack import FocalStack, stack_focus_disparity
from refocus.core.progress import Progress, Stages, portion, silent
from refocus.core.scene import Disparity, Origin, Scene

__all__ = [
    "BadInput",
    "BokehSpec",
    "Cancelled",
    "Chip",
    "Disparity",
    "EngineNotReady",
    "FocalStack",
    "Origin",
    "Problems",
    "Progress",
    "RefocusError",
    "Scene",
    "SeveralProblems",
    "StackTooLarge",
    "Stages",
    "WeightsMissing",
    "portion",
    "silent",
    "stack_focus_disparity",
]
