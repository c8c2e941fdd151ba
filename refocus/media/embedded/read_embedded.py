"""Read the depth map and the sharp picture embedded in a photo file; damage to them never affects the photo."""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput, Disparity
from refocus.media.decode import SIDEWAYS, UPRIGHT, Decoded, decode_file
from refocus.media.embedded.apple import multi_picture_depth
from refocus.media.embedded.google import dynamic_depth, gdepth, sharp_picture
from refocus.media.embedded.heic import heic_depth
from refocus.media.embedded.jpeg import Xmp, is_jpeg, xmp_packets
from refocus.media.embedded.pixels import DamagedDepth, same_proportions, upright
from refocus.media.embedded.samsung import live_focus_depth

logger = logging.getLogger(__name__)
_MAX_BYTES = 500_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """What a photo file contains besides its picture.

    Attributes:
        disparity: its depth map, of any size, upright; None without a usable one.
        all_in_focus: (height, width, 3) uint8 sRGB of the photo's size, the picture before its background was blurred;
            None without one.
        notes: information for the user, such as that a map is damaged.
    """

    disparity: Disparity | None = None
    all_in_focus: NDArray[np.uint8] | None = None
    notes: tuple[str, ...] = ()


def read_embedded(path: Path, photo: Decoded, *, max_pixels: int) -> Embedded:
    """Read the depth map and the sharp picture of a decoded photo file.

    Args:
        path: the file.
        photo: its main picture.
        max_pixels: larger pictures are not decoded.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else b""
    except OSError:
        return Embedded()
    if is_jpeg(data):
        return _in_jpeg(data, photo, max_pixels)
    if data[4:8] == b"ftyp" and data[8:12] not in (b"avif", b"avis"):
        return _first_usable([lambda: heic_depth(data, max_pixels)], photo, turned_by_decoder=True)
    return Embedded()


def _in_jpeg(data: bytes, photo: Decoded, max_pixels: int) -> Embedded:
    notes: list[str] = []
    try:
        xmp = Xmp(xmp_packets(data))
    except DamagedDepth as damage:
        xmp = Xmp(())
        if b"GDepth" in data:  # other damaged XMP does not matter
            notes.append(_unusable(damage))
    found = _first_usable(
        [
            lambda: dynamic_depth(data, xmp, max_pixels),
            lambda: gdepth(xmp, max_pixels),
            lambda: multi_picture_depth(data, max_pixels),
            lambda: live_focus_depth(data, max_pixels),
        ],
        photo,
    )
    sharp, sharp_notes = _sharp(xmp, photo, max_pixels)
    return Embedded(found.disparity, sharp, (*notes, *found.notes, *sharp_notes))


def _first_usable(
    readers: list[Callable[[], Disparity | None]], photo: Decoded, *, turned_by_decoder: bool = False
) -> Embedded:
    notes: list[str] = []
    for read in readers:
        try:
            found = read()
            if found is not None:
                return Embedded(_upright(found, photo, turned_by_decoder), None, tuple(notes))
        except DamagedDepth as damage:
            logger.info("a depth map in the file cannot be used", exc_info=damage)
            notes.append(_unusable(damage))
    return Embedded(notes=tuple(notes))


def _unusable(error: DamagedDepth | BadInput, what: str = "depth map") -> str:
    reason = f". {error.message}" if isinstance(error, BadInput) else f": {error}."
    return f"The photo contains a {what} that cannot be used{reason}"


def _upright(found: Disparity, photo: Decoded, turned_by_decoder: bool) -> Disparity:
    height, width = photo.rgb.shape[:2]
    if turned_by_decoder and same_proportions((found.values.shape[1], found.values.shape[0]), (width, height)):
        return found
    stored = (height, width) if photo.orientation in SIDEWAYS else (width, height)
    return replace(found, values=np.ascontiguousarray(upright(found.values, stored, photo.orientation)))


def _sharp(xmp: Xmp, photo: Decoded, max_pixels: int) -> tuple[NDArray[np.uint8] | None, tuple[str, ...]]:
    """The sharp picture at the photo's size and orientation; and notes."""
    height, width = photo.rgb.shape[:2]
    try:
        data = sharp_picture(xmp)
        if data is None:
            return None, ()
        decoded = decode_file(io.BytesIO(data), Path("the sharp picture in it"), max_pixels=max_pixels)
    except (DamagedDepth, BadInput) as damage:
        return None, (_unusable(damage, "sharp picture"),)
    rgb = _oriented_like(decoded, photo)
    if not same_proportions((rgb.shape[1], rgb.shape[0]), (width, height)):
        return None, ("The photo contains a sharp picture of other proportions, which is not used.",)
    if rgb.shape != photo.rgb.shape:
        rgb = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS))
    return rgb, ()


def _oriented_like(sharp: Decoded, photo: Decoded) -> NDArray[np.uint8]:
    """The sharp picture upright: without an orientation of its own it has that of the stored photo."""
    if sharp.orientation != 1:
        return sharp.rgb
    rotation = UPRIGHT.get(photo.orientation)
    return sharp.rgb if rotation is None else np.asarray(Image.fromarray(sharp.rgb).transpose(rotation))
