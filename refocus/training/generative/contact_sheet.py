"""A sheet of small pictures of an index: what training will see of each row, to be looked at before training."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from refocus.core import BadInput
from refocus.media.text import fitted, font
from refocus.training.generative.photo_index import PhotoRow
from refocus.training.generative.samples import SampleSettings, bokeh_sample, deblur_sample

_WINDOW_PX, _CELL_PX, _GAP_PX, _TEXT_PX = 256, 160, 6, 13
_MOST_ROWS, _COLUMNS = 40, 2
_PAPER, _INK = (24, 24, 26), (230, 230, 232)


def draw_contact_sheet(rows: Sequence[PhotoRow], folder: Path) -> NDArray[np.uint8]:
    """Draw up to 40 rows, evenly chosen: windows of the photo, its condition and its target, with the numbers.

    Args:
        rows: at least one.
        folder: of the index.

    Returns:
        (height, width, 3) uint8 sRGB.
    """
    chosen = [
        rows[at] for at in np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _MOST_ROWS)).round().astype(int))
    ]
    entries = [(_caption(row), list(_cells(row, folder, seed))) for seed, row in enumerate(chosen)]
    most = max(len(cells) for _, cells in entries)
    entry_width, entry_height = most * _CELL_PX + _GAP_PX, _CELL_PX + 2 * _GAP_PX + _TEXT_PX + 4
    lines = -(-len(entries) // _COLUMNS)
    columns = min(_COLUMNS, len(entries))
    sheet = Image.new("RGB", (columns * entry_width + _GAP_PX, lines * entry_height + _GAP_PX), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (caption, cells) in enumerate(entries):
        left = _GAP_PX + number % _COLUMNS * entry_width
        top = _GAP_PX + number // _COLUMNS * entry_height
        drawn = fitted(caption, _TEXT_PX, entry_width - _GAP_PX)
        draw.text((left, top), drawn, _INK, font(_TEXT_PX, drawn))
        for column, cell in enumerate(cells):
            small = Image.fromarray(cell).resize((_CELL_PX - 2, _CELL_PX - 2), Image.Resampling.LANCZOS)
            sheet.paste(small, (left + column * _CELL_PX, top + _TEXT_PX + 4))
    return np.asarray(sheet)


def _cells(row: PhotoRow, folder: Path, seed: int) -> Iterator[NDArray[np.uint8]]:
    settings = SampleSettings(window_px=_WINDOW_PX, flip=False, shapes=row.route == "shapes")
    random = np.random.default_rng(seed)
    try:
        if row.route == "pairs":
            pair = deblur_sample(row, folder, settings, random)
            yield pair.photo_srgb
            if pair.pre_deblurred_srgb is not None:
                yield pair.pre_deblurred_srgb
            yield pair.target_srgb
            return
        sample = bokeh_sample(row, folder, settings, random)
        yield from (sample.sharp_srgb, _grey(sample.defocus), sample.target_srgb)
        if sample.opening is not None:
            yield _grey(sample.opening)
    except BadInput as error:  # a file changed since it was prepared
        message = Image.new("RGB", (_WINDOW_PX, _WINDOW_PX), _PAPER)
        why = fitted(error.message, _TEXT_PX, _WINDOW_PX - 16)
        ImageDraw.Draw(message).text((8, 8), why, _INK, font(_TEXT_PX, why))
        yield np.asarray(message)


def _grey(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(height, width) in [0, 1] as a grey picture; small values are brightened, since the map ends at 100 px."""
    return np.repeat(np.round(255 * np.sqrt(values)).astype(np.uint8)[..., None], 3, axis=2)


def _caption(row: PhotoRow) -> str:
    parts = [row.name, row.split]
    if row.k_per_long_side is not None and row.focus_diopters is not None:
        parts.append(f"K {1000 * row.k_per_long_side:.3g} per 1000 px, focus {row.focus_diopters:.2f} 1/m")
    if row.ssim is not None:
        parts.append(f"SSIM {row.ssim:.2f}")
    if not row.metric:
        parts.append("assumed range")
    return ", ".join(parts)
