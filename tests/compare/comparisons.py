"""A comparison made without running anything."""

import numpy as np

from refocus.compare.variants import Comparison, Entry
from refocus.core import Disparity, FocalStack


def grey_stack(frames: int, height: int = 60, width: int = 90) -> FocalStack:
    """Evenly brighter from frame to frame, black to white."""
    levels = np.linspace(0, 255, frames).round().astype(np.uint8)
    return FocalStack(
        np.stack([np.full((height, width, 3), level, np.uint8) for level in levels]),
        np.linspace(1, 0, frames, dtype=np.float32),
    )


def small_comparison(width: int = 90, height: int = 60) -> Comparison:
    """Nine frames with depth, five larger ones without, and one that could not be made."""
    depth = Disparity(np.repeat(np.linspace(0, 1, width, dtype=np.float32)[None], height, 0), False, "made by hand")
    return Comparison(
        "wall",
        (width, height),
        (
            Entry("ours", ("Thin lens: blur 0.6", "seed 3, 1.0 s"), grey_stack(9, height, width), depth),
            Entry("theirs", ("imported",), grey_stack(5, 2 * height, 2 * width)),
            Entry("none", ("Video diffusion",), why="It has no weights here. Download them."),
        ),
    )
