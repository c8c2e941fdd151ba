"""Disparity of a photo: from a file, from a network, or estimated from the photo itself; and its correction by hand."""

from refocus.depth.apply_strokes import apply_strokes
from refocus.depth.estimate import estimate_disparity
from refocus.depth.file import Meaning, read_disparity
from refocus.depth.resample import fit_disparity
from refocus.depth.strokes import Stroke, read_strokes

__all__ = [
    "Meaning",
    "Stroke",
    "apply_strokes",
    "estimate_disparity",
    "fit_disparity",
    "read_disparity",
    "read_strokes",
]
