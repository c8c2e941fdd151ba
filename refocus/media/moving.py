"""What every moving picture is checked for before it is written."""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput

Frame = NDArray[np.uint8]


def opened(frames: Iterable[Frame], fps: float, *, kind: str, most_fps: int) -> tuple[Frame, Iterator[Frame]]:
    """The first frame, and an iterator over all of them, that one included.

    Args:
        frames: (height, width, 3) uint8 sRGB each.
        fps: frames per second.
        kind: what is written, such as "A video".
        most_fps: frames per second to advise.

    Raises:
        BadInput: when there are no frames, or fps is not positive.
    """
    if not fps > 0:
        raise BadInput(f"{kind} of {fps:g} frames per second is not possible.", todo=f"Choose 1 to {most_fps}.")
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise BadInput(f"{kind} needs at least one frame.")
    return first, chain([first], rest)
