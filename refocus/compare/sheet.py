"""A comparison as one picture: a column for each entry, with near, middle and far focus and the depth map in rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from refocus.compare.variants import Comparison, Entry
from refocus.core import Disparity, FocalStack
from refocus.media.text import fitted, font, undrawable_note, wrapped

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


_MAX_CELL_PX, _MIN_CELL_PX, _MAX_SHEET_PX = 480, 300, 2400
_EDGE_PX, _SIDE_PX = 24, 64
TITLE_PX, HEADING_PX, CAPTION_PX = 26, 21, 15
_LINE = 1.45
_CAPTION_LINES = 5
PAPER, INK, FAINT = (18, 18, 20), (244, 244, 245), (161, 161, 170)
_FOCUS = {"near": 0.0, "middle": 0.5, "far": 1.0}
_DEPTH = "depth"
_MESSAGE_LINES = 12


def draw_comparison(comparisons: Sequence[Comparison]) -> NDArray[np.uint8]:
    """The comparisons below each other; (height, width, 3) uint8 sRGB."""
    blocks = [_block(comparison) for comparison in comparisons]
    width = max(block.shape[1] for block in blocks)
    padded = [_padded(block, block.shape[0], width) for block in blocks]
    return np.concatenate(padded)


def names_note(comparisons: Sequence[Comparison]) -> str:
    """A note on names and labels that cannot be drawn here; empty when all can."""
    labels = [entry.label for comparison in comparisons for entry in comparison.entries]
    return undrawable_note([*(comparison.name for comparison in comparisons), *labels])


@dataclass(frozen=True, slots=True)
class _Layout:
    """The positions of the cells of one photo."""

    columns: int
    cell: tuple[int, int]
    rows: tuple[str, ...]
    caption_px: int

    @property
    def head_px(self) -> int:
        return _EDGE_PX + round(TITLE_PX * _LINE) + round(HEADING_PX * _LINE) + GAP_PX

    def corner(self, column: int, row: int) -> tuple[int, int]:
        width, height = self.cell
        return _SIDE_PX + column * (width + GAP_PX), self.head_px + row * (height + GAP_PX)

    @property
    def size(self) -> tuple[int, int]:
        right, bottom = self.corner(self.columns, len(self.rows))
        return right - GAP_PX + _EDGE_PX, bottom + self.caption_px + _EDGE_PX


def _block(comparison: Comparison) -> NDArray[np.uint8]:
    (photo_width, photo_height), entries = comparison.size, comparison.entries
    most = min(_MAX_CELL_PX, _MAX_SHEET_PX // max(1, len(entries)), round(_MAX_CELL_PX * photo_width / photo_height))
    width = max(_MIN_CELL_PX, most)
    height = round(width * photo_height / photo_width)
    rows = (*_FOCUS, *([_DEPTH] if any(entry.disparity is not None for entry in entries) else []))
    layout = _Layout(len(entries), (width, height), rows, captions_px(entries, width))
    sheet = Image.new("RGB", layout.size, PAPER)
    draw = ImageDraw.Draw(sheet)
    title = fitted(f"{comparison.name}, {photo_width} x {photo_height} px", TITLE_PX, layout.size[0] - 2 * _EDGE_PX)
    draw.text((_SIDE_PX, _EDGE_PX), title, INK, font(TITLE_PX, title))
    for row, name in enumerate(rows):
        y = layout.corner(0, row)[1] + height / 2
        draw.text((_SIDE_PX - 10, y), name, FAINT, font(CAPTION_PX), "rm")
    for column, entry in enumerate(entries):
        _draw_column(sheet, draw, layout, column, entry)
    return np.asarray(sheet)


def _draw_column(sheet: Image.Image, draw: ImageDraw.ImageDraw, layout: _Layout, column: int, entry: Entry) -> None:
    x, top = layout.corner(column, 0)
    width = layout.cell[0]
    heading = fitted(entry.label, HEADING_PX, width)
    draw.text((x, top - GAP_PX), heading, INK, font(HEADING_PX, heading), "ls")
    for row, name in enumerate(layout.rows):
        sheet.paste(Image.fromarray(_cell(entry, name, layout.cell)), layout.corner(column, row))
    bottom = layout.corner(column, len(layout.rows))[1]
    draw_caption(draw, (x, bottom), entry, width)


def captions_px(entries: Sequence[Entry], width_px: int) -> int:
    """Height in pixels of the longest caption."""
    most = max((len(_caption(entry, width_px)) for entry in entries), default=0)
    return round(most * CAPTION_PX * _LINE)


def draw_caption(draw: ImageDraw.ImageDraw, corner: tuple[int, int], entry: Entry, width_px: int) -> None:
    """Draw the caption of an entry."""
    for index, line in enumerate(_caption(entry, width_px)):
        draw.text((corner[0], corner[1] + index * CAPTION_PX * _LINE), line, FAINT, font(CAPTION_PX, line))


def _caption(entry: Entry, width_px: int) -> list[str]:
    """The caption in at most five lines."""
    lines: list[str] = []
    for text in entry.caption:
        room = _CAPTION_LINES - len(lines)
        if room > 0:
            lines += wrapped(text, CAPTION_PX, width_px, most_lines=min(2, room))
    return lines


def message_cell(entry: Entry, cell: tuple[int, int]) -> NDArray[np.uint8]:
    """The cell of a stack that could not be made, with the reason."""
    blank = Image.new("RGB", cell, BLANK)
    draw = ImageDraw.Draw(blank)
    most = max(1, min(_MESSAGE_LINES, int((cell[1] - 32) / (CAPTION_PX * _LINE))))
    for index, line in enumerate(wrapped(entry.why, CAPTION_PX, cell[0] - 32, most_lines=most)):
        draw.text((16, 16 + index * CAPTION_PX * _LINE), line, INK, font(CAPTION_PX, line))
    return np.asarray(blank)


def _cell(entry: Entry, row: str, cell: tuple[int, int]) -> NDArray[np.uint8]:
    if entry.stack is None:
        return (
            message_cell(entry, cell) if row == next(iter(_FOCUS)) else np.full((cell[1], cell[0], 3), BLANK, np.uint8)
        )
    if row != _DEPTH:
        return fitted_into(entry.stack.at(_FOCUS[row] * (len(entry.stack) - 1)), cell)
    if entry.disparity is None:
        return message_cell(Entry("", (), why="no depth known"), cell)
    return fitted_into(_depth_picture(entry.disparity), cell)


def _depth_picture(disparity: Disparity) -> NDArray[np.uint8]:
    """The depth map in colours, near bright; half a percent at either end is clipped."""
    low, high = np.percentile(disparity.values, (0.5, 99.5))
    share = np.clip((disparity.values - low) / max(float(high - low), 1e-9), 0, 1)
    bgr = cv2.applyColorMap(np.round(share * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    return np.ascontiguousarray(bgr[..., ::-1])


def _padded(block: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    canvas = np.full((height, width, 3), PAPER, np.uint8)
    canvas[: block.shape[0], : block.shape[1]] = block
    return canvas
