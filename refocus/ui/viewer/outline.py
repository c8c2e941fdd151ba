"""The outline of a region, for the browser to draw."""

import cv2
import numpy as np
from numpy.typing import NDArray

_SPAN = 1000
_SMOOTHING_SHARE = 0.006
_SLACK = 1.5
_LEAST_SHARE = 0.0004


def outline_path(mask: NDArray[np.bool_]) -> str:
    """The outline as SVG path data over a square of 1000 units; stretched over the picture it lies in place.

    Args:
        mask: (height, width), True inside.

    Returns:
        One closed polygon a piece, "M.. ..L.. ..Z"; specks are left out. Empty for an empty mask.
    """
    height, width = mask.shape
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(_SMOOTHING_SHARE * max(height, width), 0.5))
    outer, _ = cv2.findContours((soft > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    scale = _SPAN / np.array([width, height])
    pieces = [
        (cv2.approxPolyDP(piece, _SLACK * max(height, width) / _SPAN, True)[:, 0] + 0.5) * scale
        for piece in outer
        if cv2.contourArea(piece) >= _LEAST_SHARE * mask.size
    ]
    return "".join("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in piece) + "Z" for piece in pieces)
