"""A region that the user marked: drawn on the picture, or brought as a mask."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from refocus.core import BadInput
from refocus.core.sizes import check_aspect
from refocus.subjects.region import Region, region_of

_MARKED = "Focused on the median distance of the region you marked."
_TODO = "Mark what is to be sharp: white in a mask, or within a line around it."


def marked_region(mask: ArrayLike, size: tuple[int, int]) -> Region:
    """The region of a mask, to be focused on as a whole.

    Args:
        mask: (rows, columns) numbers or booleans, above 0 where it is to be sharp; of the picture's proportions,
            resized by nearest neighbour as in the published code of Generative Refocusing.
        size: (height, width) of the picture.

    Raises:
        BadInput: when it is no mask, has other proportions, or marks nothing.
    """
    values = np.asarray(mask)
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "biuf":
        raise BadInput(f"A mask is (rows, columns) of numbers, but this one has shape {values.shape}.", todo=_TODO)
    check_aspect(values.shape, size, "The mask")
    marked = values > 0
    if not marked.any():
        raise BadInput("The mask is empty: it marks nothing that is to be sharp.", todo=_TODO)
    height, width = size
    rows = ((np.arange(height) + 0.5) * marked.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * marked.shape[1] / width).astype(int)
    fitted = marked[rows[:, None], columns[None, :]]
    if not fitted.any():
        raise BadInput("The mask marks less than a pixel of the picture.", todo=_TODO)
    return region_of(fitted, 1.0, _MARKED, finder="you")


def mask_within(points: Sequence[tuple[float, float]], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The mask inside a closed line.

    Args:
        points: (x, y) of the line, each in [0, 1] from the picture's top left.
        size: (height, width) of the mask.

    Raises:
        BadInput: when there are fewer than three points.
    """
    if len(points) < 3:
        raise BadInput("A line of fewer than three points encloses nothing.", todo=_TODO)
    height, width = size
    corners = np.clip(np.asarray(points, np.float64) * [width, height], 0, [width - 1, height - 1])
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    return mask > 0
