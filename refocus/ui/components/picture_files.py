"""Pictures as files for the browser: WebP within a size, and the `FileData` that names a file in a value."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from gradio.data_classes import FileData
from numpy.typing import NDArray

from refocus.media import encode_webp

THUMBNAIL_PX = 144
"""Height of the thumbnails of results and examples."""
_QUALITIES = (80, 70, 60, 50, 40)


def file_data(path: Path) -> FileData:
    """A picture or video file as a component's value names it."""
    kind = "video" if path.suffix == ".mp4" else "image"
    return FileData(
        path=str(path), size=path.stat().st_size, orig_name=path.name, mime_type=f"{kind}/{path.suffix[1:]}"
    )


def write_webp(path: Path, srgb: NDArray[np.uint8], *, quality: int) -> Path:
    """Write a picture, (height, width, 3) uint8, as WebP of a quality from 0 to 100; returns the path."""
    path.write_bytes(encode_webp(srgb, quality=quality))
    return path


def encode_webp_within(pictures: Sequence[NDArray[np.uint8]], budget_bytes: float) -> list[bytes]:
    """WebP files of pictures, (height, width, 3) uint8, at the best quality at which all together fit the budget.

    When none fits, they have the lowest quality.
    """
    # Two at a time: the encoder releases the interpreter lock.
    with ThreadPoolExecutor(2) as pool:
        for quality in _QUALITIES:
            encoded = list(pool.map(lambda picture, q=quality: encode_webp(picture, quality=q), pictures))
            if sum(map(len, encoded)) <= budget_bytes:
                break
    return encoded
