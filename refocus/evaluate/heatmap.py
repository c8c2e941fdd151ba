"""Draws the grid as a heat map: one panel for each metric, bright is good."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from refocus.evaluate.grid import Grid
from refocus.evaluate.metrics import METRICS, Metric
from refocus.media.text import fitted, font

_CELL_PX = (64, 44)
_LEFT_PX, _TOP_PX, _BOTTOM_PX, _GAP_PX, _EDGE_PX = 64, 84, 34, 40, 28
_MIN_WIDTH_PX = 330
_MAX_COLUMNS = 3
_TITLE_PX, _TEXT_PX, _SMALL_PX = 22, 15, 13
_PAPER, _INK, _FAINT, _EMPTY = (255, 255, 255), (24, 24, 27), (99, 99, 110), (228, 228, 231)


def draw_heatmap(grid: Grid) -> NDArray[np.uint8]:
    """The heat map of a grid: (height, width, 3) uint8 sRGB."""
    names = [name for name in METRICS if name in grid.cells]
    panels = [_panel(METRICS[name], grid) for name in names]
    across = min(_MAX_COLUMNS, len(panels))
    rows = [panels[start : start + across] for start in range(0, len(panels), across)]
    width = max(sum(panel.width for panel in row) + _GAP_PX * (len(row) - 1) for row in rows) + 2 * _EDGE_PX
    height = sum(row[0].height for row in rows) + _GAP_PX * (len(rows) - 1) + 2 * _EDGE_PX + _TITLE_PX
    sheet = Image.new("RGB", (width, height), _PAPER)
    y = _EDGE_PX
    for row in rows:
        x = _EDGE_PX
        for panel in row:
            sheet.paste(panel, (x, y))
            x += panel.width + _GAP_PX
        y += row[0].height + _GAP_PX
    scenes = f"{grid.scenes} {'scene' if grid.scenes == 1 else 'scenes'}, {grid.frames} pictures; bright is good"
    ImageDraw.Draw(sheet).text(
        (_EDGE_PX, height - _EDGE_PX), fitted(scenes, _SMALL_PX, width - 2 * _EDGE_PX), _FAINT, font(_SMALL_PX), "ls"
    )
    return np.asarray(sheet)


def _panel(metric: Metric, grid: Grid) -> Image.Image:
    cells = grid.cells[metric.name]
    cell_width, cell_height = _CELL_PX
    rows, columns = cells.shape
    width = max(_MIN_WIDTH_PX, _LEFT_PX + columns * cell_width)
    panel = Image.new("RGB", (width, _TOP_PX + rows * cell_height + _BOTTOM_PX), _PAPER)
    draw = ImageDraw.Draw(panel)
    mean = f"{metric.title}   mean {_format(grid.means[metric.name], metric)}"
    draw.text((0, 0), fitted(mean, _TITLE_PX, width), _INK, font(_TITLE_PX))
    draw.text((0, 32), f"{metric.better} is better", _FAINT, font(_SMALL_PX))
    _axis(draw, grid, rows)
    shades = _shades(cells, metric)
    for i in range(rows):
        for j in range(columns):
            corner = _LEFT_PX + j * cell_width, _TOP_PX + i * cell_height
            colour = shades[i][j]
            draw.rectangle((*corner, corner[0] + cell_width - 2, corner[1] + cell_height - 2), fill=colour)
            middle = corner[0] + cell_width / 2 - 1, corner[1] + cell_height / 2 - 1
            ink = _PAPER if sum(colour) < 330 else _INK
            draw.text(middle, _format(float(cells[i, j]), metric), ink, font(_TEXT_PX), "mm")
    return panel


def _axis(draw: ImageDraw.ImageDraw, grid: Grid, rows: int) -> None:
    cell_width, cell_height = _CELL_PX
    for j, output in enumerate(grid.outputs):
        draw.text((_LEFT_PX + (j + 0.5) * cell_width, _TOP_PX - 6), str(output), _FAINT, font(_SMALL_PX), "ms")
    for i, position in enumerate(grid.inputs):
        label = "any" if position is None else str(position)
        draw.text((_LEFT_PX - 10, _TOP_PX + (i + 0.5) * cell_height), label, _FAINT, font(_SMALL_PX), "rm")
    draw.text((_LEFT_PX - 10, _TOP_PX - 6), "input", _FAINT, font(_SMALL_PX), "rs")
    below = _TOP_PX + rows * cell_height + 6
    draw.text((_LEFT_PX, below), "output position, 0 nearest", _FAINT, font(_SMALL_PX))


def _format(value: float, metric: Metric) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.{metric.decimals}f}" if math.isfinite(value) else "equal"


def _shades(cells: NDArray[np.float64], metric: Metric) -> Sequence[Sequence[tuple[int, ...]]]:
    """The colour of each cell, from the worst (dark) to the best (bright)."""
    import cv2

    finite = cells[np.isfinite(cells)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    share = np.clip((np.nan_to_num(cells, nan=low, posinf=high) - low) / max(high - low, 1e-9), 0, 1)
    if metric.better == "lower":
        share = 1 - share
    bgr = cv2.applyColorMap(np.round(share * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    return [
        [_EMPTY if math.isnan(cells[i, j]) else tuple(int(c) for c in bgr[i, j, ::-1]) for j in range(cells.shape[1])]
        for i in range(cells.shape[0])
    ]
