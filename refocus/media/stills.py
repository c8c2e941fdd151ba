"""Write still pictures: PNG, JPEG, WebP and 16-bit disparity, with colour profiles and EXIF."""

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from refocus.core import BadInput, Disparity, FocalStack
from refocus.media.atomic import atomic_path
from refocus.media.colours import from_srgb, srgb_profile
from refocus.media.exif import exif_for
from refocus.media.output_paths import check_output_file
from refocus.media.photo import Photo

# Level 1 takes half the time of level 3 for 10 % more bytes; the default level 6 takes seconds a stack.
_PNG_LEVEL = 1
_JPEG_QUALITY = 95
_COMPACT_PNG_LEVEL = 4
_THREADS = 2  # zlib and file writes release the interpreter lock


def encode_webp(frame: NDArray[np.uint8], *, quality: int = 80, method: int = 0) -> bytes:
    """(height, width, 3) uint8 sRGB as lossy WebP without a profile, which browsers treat as sRGB.

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
        Image.fromarray(frame).save(partial, "PNG", compress_level=_PNG_LEVEL, icc_profile=srgb_profile())


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

    The disparity is `farthest + value / 65535 * (nearest - farthest)`, with the range in the text chunks
    "disparity_nearest" and "disparity_farthest", and the unit in "disparity_metric".

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


def check_picture_path(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Check that a picture can be written to a path, before any work is done.

    Args:
        path: of the picture.
        inputs: files and folders it is made from, see `check_output_file`.

    Raises:
        BadInput: on an ending other than .png, .jpg and .jpeg, or as `check_output_file`.
    """
    if Path(path).suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise BadInput(f"{path} has no file ending of a picture format.", todo="End it in .png or .jpg.")
    check_output_file(path, inputs)


def save_picture(path: str | Path, picture: NDArray[np.uint8]) -> None:
    """Write (height, width, 3) uint8 sRGB as PNG or JPEG by the path's ending, atomically, profile embedded.

    Raises:
        BadInput: on another ending, or when the path cannot be written.
    """
    check_picture_path(path)
    save = save_png if Path(path).suffix.lower() == ".png" else save_jpeg
    save(path, picture)


def save_like_photo(
    path: str | Path, picture_srgb: NDArray[np.uint8], photo: Photo, *, keep_location: bool = False
) -> None:
    """Write a picture as PNG or JPEG by the path's ending, atomically, with the photo's colour profile and EXIF.

    Args:
        path: ends in .png, .jpg or .jpeg.
        picture_srgb: (height, width, 3) uint8 sRGB.
        photo: what it was made from; sRGB replaces a profile that is broken or not for RGB.
        keep_location: keep the location (GPS) in EXIF; removed by default.

    Raises:
        BadInput: on another ending, or when the path cannot be written.
    """
    check_picture_path(path)
    image, profile = from_srgb(Image.fromarray(picture_srgb), photo.icc_profile)
    exif = exif_for(photo.exif, image.size, is_srgb=profile == srgb_profile(), keep_location=keep_location)
    options = {"icc_profile": profile} | ({} if exif is None else {"exif": exif})
    with atomic_path(path) as partial:
        if Path(path).suffix.lower() == ".png":
            image.save(partial, "PNG", compress_level=_COMPACT_PNG_LEVEL, **options)
        else:
            image.save(partial, "JPEG", quality=_JPEG_QUALITY, subsampling=0, **options)


def frame_name(index: int) -> str:
    """The file name of a stack's frame: frame_00.png is the nearest."""
    return f"frame_{index:02d}.png"


def save_frames(folder: Path, stack: FocalStack) -> None:
    """Write all frames as PNG into an existing folder."""
    with ThreadPoolExecutor(_THREADS) as pool:
        jobs = [pool.submit(save_png, folder / frame_name(i), frame) for i, frame in enumerate(stack.frames)]
        for job in jobs:
            job.result()
