"""Where the pictures of a comparison go: how large each may be, and how it is fitted in."""

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.compare.variants import Comparison, Entry
from refocus.core import FocalStack

WIDEST_PX = 1920
GAP_PX = 12
EDGE_PX = 20
BLANK = (39, 39, 42)
_WIDEST_CELL_PX = 960
_MOST_ACROSS = 4
_ROUNDING_SHARE = 0.01


def column_count(entries: int) -> int:
    """Columns of a video of so many stacks."""
    return max(1, entries if entries <= _MOST_ACROSS else math.ceil(entries / math.ceil(entries / _MOST_ACROSS)))


def video_cell(comparison: Comparison) -> tuple[int, int]:
    """(width, height) px of each stack in a video; nothing is drawn larger anywhere."""
    columns = column_count(len(comparison.entries))
    room = (WIDEST_PX - 2 * EDGE_PX - (columns - 1) * GAP_PX) // columns
    width = min(_WIDEST_CELL_PX, room)
    height = round(width * comparison.size[1] / comparison.size[0])
    if height > width:  # an upright photo need not be taller than a lying one is wide
        width, height = round(width * width / height), width
    return width, height


def sized_for_drawing(comparison: Comparison) -> Comparison:
    """The comparison with its stacks no larger than they are drawn, so that many photos fit into memory."""
    cell = video_cell(comparison)
    return replace(comparison, entries=tuple(_small(entry, cell) for entry in comparison.entries))


def _small(entry: Entry, cell: tuple[int, int]) -> Entry:
    stack, disparity = entry.stack, entry.disparity
    if stack is not None:
        size = _within(stack.frames.shape[1:3], cell)
        frames = stack.frames if size is None else np.stack([_resized(frame, size) for frame in stack.frames])
        stack = FocalStack(frames, stack.focus_disparity)
    if disparity is not None:
        size = _within(disparity.values.shape, cell)
        values = disparity.values if size is None else _resized(disparity.values, size)
        disparity = replace(disparity, values=values)
    return replace(entry, stack=stack, disparity=disparity, result=None)


def fitted_into(
    picture: NDArray[np.uint8], cell: tuple[int, int], ground: tuple[int, ...] = BLANK
) -> NDArray[np.uint8]:
    """A picture as large as fits into a cell (width, height), in its middle."""
    size = _fitting(picture.shape[:2], cell)
    sized = picture if size == picture.shape[1::-1] else _resized(picture, size)
    if size == cell:
        return sized
    whole = np.full((cell[1], cell[0], 3), ground, np.uint8)
    x, y = (cell[0] - size[0]) // 2, (cell[1] - size[1]) // 2
    whole[y : y + size[1], x : x + size[0]] = sized
    return whole


def _fitting(shape: tuple[int, ...], cell: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a picture of (height, width) that fills a cell without being bent."""
    height, width = shape
    scale = min(cell[0] / width, cell[1] / height)
    size = max(1, min(cell[0], round(width * scale))), max(1, min(cell[1], round(height * scale)))
    rest_px = max(cell[0] - size[0], cell[1] - size[1])
    return cell if rest_px <= _ROUNDING_SHARE * max(cell) else size  # engines round sizes; no line of ground is left


def _within(shape: tuple[int, ...], cell: tuple[int, int]) -> tuple[int, int] | None:
    """As `_fitting`; None for what is no larger."""
    size = _fitting(shape, cell)
    return size if size[0] < shape[1] else None


def _resized(picture: NDArray, size: tuple[int, int]) -> NDArray:
    how = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), picture.dtype)
