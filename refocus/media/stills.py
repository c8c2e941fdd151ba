"""Pictures out: PNG, JPEG, WebP and 16-bit disparity. Colours are sRGB, and the files say so."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from refocus.core import Disparity, FocalStack
from refocus.media.atomic import atomic_path
from refocus.media.colours import srgb_profile

# Level 1 writes a photo in half the time of level 3 for a tenth more bytes; the default level 6 takes seconds a stack.
_PNG_LEVEL = 1
_THREADS = 2  # zlib and the file writes run outside the interpreter lock


def encode_png(frame: NDArray[np.uint8]) -> bytes:
    """(height, width, 3) uint8 sRGB as PNG, profile embedded."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "PNG", compress_level=_PNG_LEVEL, icc_profile=srgb_profile())
    return buffer.getvalue()


def encode_webp(frame: NDArray[np.uint8], *, quality: int = 80, method: int = 0) -> bytes:
    """(height, width, 3) uint8 sRGB as lossy WebP for the browser; untagged, which browsers take as sRGB.

    Args:
        quality: 0 to 100.
        method: 0 (fastest) to 6 (smallest).
    """
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "WEBP", quality=quality, method=method)
    return buffer.getvalue()


def encode_thumbnail(frame: NDArray[np.uint8], size_px: tuple[int, int], *, quality: int = 75) -> bytes:
    """(height, width, 3) uint8 sRGB as WebP of at most `size_px` (width, height), in the same proportions."""
    small = Image.fromarray(frame)
    small.thumbnail(size_px, Image.Resampling.LANCZOS)
    return encode_webp(np.asarray(small), quality=quality)


def save_png(path: str | Path, frame: NDArray[np.uint8]) -> None:
    """Write (height, width, 3) uint8 sRGB as PNG, atomically, profile embedded. Raises BadInput if it cannot."""
    with atomic_path(path) as partial:
        partial.write_bytes(encode_png(frame))


def save_jpeg(path: str | Path, frame: NDArray[np.uint8], *, quality: int = 92) -> None:
    """Write (height, width, 3) uint8 sRGB as JPEG with full colour resolution, atomically, profile embedded.

    Args:
        quality: 1 to 95.

    Raises:
        BadInput: when the place cannot be written.
    """
    with atomic_path(path) as partial:
        Image.fromarray(frame).save(partial, "JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile())


def save_disparity_png(path: str | Path, disparity: Disparity) -> None:
    """Write disparity as 16-bit grey PNG over its own range, nearest white; a flat map is black.

    The range goes into the file's text as "disparity_nearest" and "disparity_farthest", with "disparity_metric":
    `farthest + value / 65535 * (nearest - farthest)` gives the disparity back.

    Raises:
        BadInput: when the place cannot be written.
    """
    span = disparity.nearest - disparity.farthest
    shown = (disparity.values - disparity.farthest) / span if span > 0 else np.zeros_like(disparity.values)
    text = PngImagePlugin.PngInfo()
    text.add_text("disparity_nearest", repr(disparity.nearest))
    text.add_text("disparity_farthest", repr(disparity.farthest))
    text.add_text("disparity_metric", str(disparity.metric).lower())
    with atomic_path(path) as partial:
        grey = np.round(shown * 65535.0).astype(np.uint16)
        Image.fromarray(grey).save(partial, "PNG", compress_level=_PNG_LEVEL, pnginfo=text)


def frame_name(index: int) -> str:
    """The file name of a stack's frame: frame_00.png is the nearest."""
    return f"frame_{index:02d}.png"


def save_frames(folder: Path, stack: FocalStack) -> None:
    """Write every frame as PNG into an existing folder."""
    with ThreadPoolExecutor(_THREADS) as pool:
        jobs = [pool.submit(save_png, folder / frame_name(i), frame) for i, frame in enumerate(stack.frames)]
        for job in jobs:
            job.result()
