"""How near each pixel is: from a file, or estimated from the picture. Every source answers a `Disparity`."""

from refocus.depth.apply_strokes import apply_strokes
from refocus.depth.estimate import estimate_disparity
from refocus.depth.file import Meaning, read_disparity
from refocus.depth.fit import fit_disparity
from refocus.depth.source import DepthSource, check_photo
from refocus.depth.strokes import Stroke, read_strokes

__all__ = [
    "DepthSource",
    "Meaning",
    "Stroke",
    "apply_strokes",
    "check_photo",
    "estimate_disparity",
    "fit_disparity",
    "read_disparity",
    "read_strokes",
]
