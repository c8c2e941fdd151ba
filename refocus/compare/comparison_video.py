"""A comparison as a video: the focus sweeps of all stacks side by side, with captions."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from refocus.compare.sheet import (
    EDGE_PX,
    GAP_PX,
    HEADING_PX,
    INK,
    PAPER,
    captions_px,
    column_count,
    draw_caption,
    fitted_into,
    message_cell,
    video_cell,
)
from refocus.compare.variants import Comparison, Entry
from refocus.core import Progress, silent
from refocus.media.output_paths import check_output_file
from refocus.media.sweep import SWEEP_FPS, sweep_frames, sweep_positions
from refocus.media.text import fitted, font
from refocus.media.video import write_video

_LINE = 1.45
_ABOVE_HEADING_PX = 6


def write_comparison(path: str | Path, comparisons: Sequence[Comparison], progress: Progress = silent) -> None:
    """Write the focus sweeps of each photo, one photo after another. All stacks are at the same focus at the same time.

    Raises:
        BadInput: when the file cannot be written, or is an input of an entry.
    """
    check_output_file(path, [file for one in comparisons for entry in one.entries for file in entry.inputs])
    positions = sweep_positions(2)  # in [0, 1], 0 nearest
    layouts = [_Layout(_with_photo_name(comparison, comparisons), _size(comparisons)) for comparison in comparisons]
    frames = (frame for layout in layouts for frame in layout.frames(positions))
    write_video(path, frames, SWEEP_FPS, total=len(positions) * len(comparisons), progress=progress)


class _Layout:
    """The cells of one photo on a canvas, with the captions already drawn."""

    def __init__(self, comparison: Comparison, size: tuple[int, int]) -> None:
        self._entries = comparison.entries
        self._cell = video_cell(comparison)
        self._below_px = _below_px(comparison)
        canvas = Image.new("RGB", size, PAPER)
        draw = ImageDraw.Draw(canvas)
        for index, entry in enumerate(self._entries):
            x, y = self._corner(index)
            below = y + self._cell[1] + _ABOVE_HEADING_PX
            heading = fitted(entry.label, HEADING_PX, self._cell[0])
            draw.text((x, below), heading, INK, font(HEADING_PX, heading))
            draw_caption(draw, (x, below + round(HEADING_PX * _LINE)), entry, self._cell[0])
        self._canvas = np.array(canvas)
        for index, entry in enumerate(self._entries):
            if entry.stack is None:
                self._put(self._canvas, index, message_cell(entry, self._cell))

    def frames(self, positions: NDArray[np.float64]) -> Iterator[NDArray[np.uint8]]:
        sweeps = {index: self._sweep(entry, positions) for index, entry in enumerate(self._entries) if entry.stack}
        for _ in positions:
            frame = self._canvas.copy()
            for index, sweep in sweeps.items():
                self._put(frame, index, next(sweep))
            yield frame

    def _sweep(self, entry: Entry, positions: NDArray[np.float64]) -> Iterator[NDArray[np.uint8]]:
        if entry.stack is None:
            return
        small = np.stack([fitted_into(frame, self._cell) for frame in entry.stack.frames])
        yield from sweep_frames(type(entry.stack)(small, entry.stack.focus_disparity), positions * (len(small) - 1))

    def _corner(self, index: int) -> tuple[int, int]:
        row, column = divmod(index, column_count(len(self._entries)))
        return EDGE_PX + column * (self._cell[0] + GAP_PX), EDGE_PX + row * (self._cell[1] + self._below_px + GAP_PX)

    def _put(self, frame: NDArray[np.uint8], index: int, picture: NDArray[np.uint8]) -> None:
        x, y = self._corner(index)
        frame[y : y + self._cell[1], x : x + self._cell[0]] = picture


def _with_photo_name(comparison: Comparison, among: Sequence[Comparison]) -> Comparison:
    """With the name of the photo in the headings if there are several photos."""
    if len(among) == 1:
        return comparison
    entries = (replace(entry, label=f"{comparison.name}: {entry.label}") for entry in comparison.entries)
    return replace(comparison, entries=tuple(entries))


def _below_px(comparison: Comparison) -> int:
    """Height in pixels of heading and caption under each picture."""
    return _ABOVE_HEADING_PX + round(HEADING_PX * _LINE) + captions_px(comparison.entries, video_cell(comparison)[0])


def _size(comparisons: Sequence[Comparison]) -> tuple[int, int]:
    """(width, height) of the video: the largest layout, rounded up to even numbers."""
    widths, heights = [], []
    for comparison in comparisons:
        columns = column_count(len(comparison.entries))
        down = math.ceil(len(comparison.entries) / columns)
        width, height = video_cell(comparison)
        widths.append(2 * EDGE_PX + columns * (width + GAP_PX) - GAP_PX)
        heights.append(2 * EDGE_PX + down * (height + _below_px(comparison) + GAP_PX) - GAP_PX)
    return max(widths) + max(widths) % 2, max(heights) + max(heights) % 2
