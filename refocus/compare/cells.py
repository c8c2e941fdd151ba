"""The cells of a comparison: their size, and how pictures are scaled to fit."""

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.compare.variants import Comparison, Entry
from refocus.core import FocalStack

MAX_WIDTH_PX = 1920
GAP_PX = 12
EDGE_PX = 20
BLANK = (39, 39, 42)
_MAX_CELL_WIDTH_PX = 960
_MAX_COLUMNS = 4
_ROUNDING_TOLERANCE = 0.01


def column_count(entries: int) -> int:
    """The number of columns of a video with this number of stacks."""
    return max(1, entries if entries <= _MAX_COLUMNS else math.ceil(entries / math.ceil(entries / _MAX_COLUMNS)))


def video_cell(comparison: Comparison) -> tuple[int, int]:
    """(width, height) in pixels of each stack in a video, the largest size in which stacks are drawn."""
    columns = column_count(len(comparison.entries))
    room = (MAX_WIDTH_PX - 2 * EDGE_PX - (columns - 1) * GAP_PX) // columns
    width = min(_MAX_CELL_WIDTH_PX, room)
    height = round(width * comparison.size[1] / comparison.size[0])
    if height > width:  # a portrait photo is no taller than a landscape photo is wide
        width, height = round(width * width / height), width
    return width, height


def sized_for_drawing(comparison: Comparison) -> Comparison:
    """The comparison with its stacks at the size of drawing, so that many photos fit into memory."""
    cell = video_cell(comparison)
    return replace(comparison, entries=tuple(_sized_entry(entry, cell) for entry in comparison.entries))


def _sized_entry(entry: Entry, cell: tuple[int, int]) -> Entry:
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
    picture: NDArray[np.uint8], cell: tuple[int, int], background: tuple[int, ...] = BLANK
) -> NDArray[np.uint8]:
    """A picture scaled to fit a cell (width, height) and centred in it."""
    size = _fitting(picture.shape[:2], cell)
    sized = picture if size == picture.shape[1::-1] else _resized(picture, size)
    if size == cell:
        return sized
    canvas = np.full((cell[1], cell[0], 3), background, np.uint8)
    x, y = (cell[0] - size[0]) // 2, (cell[1] - size[1]) // 2
    canvas[y : y + size[1], x : x + size[0]] = sized
    return canvas


def _fitting(shape: tuple[int, ...], cell: tuple[int, int]) -> tuple[int, int]:
    """(width, height) at which a picture of (height, width) fits a cell with its proportions kept."""
    height, width = shape
    scale = min(cell[0] / width, cell[1] / height)
    size = max(1, min(cell[0], round(width * scale))), max(1, min(cell[1], round(height * scale)))
    gap_px = max(cell[0] - size[0], cell[1] - size[1])
    return cell if gap_px <= _ROUNDING_TOLERANCE * max(cell) else size  # engines round sizes; no gap of a pixel is left


def _within(shape: tuple[int, ...], cell: tuple[int, int]) -> tuple[int, int] | None:
    """As `_fitting`; None for a picture that fits already."""
    size = _fitting(shape, cell)
    return size if size[0] < shape[1] else None


def _resized(picture: NDArray, size: tuple[int, int]) -> NDArray:
    interpolation = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), picture.dtype)
