"""Grey pictures of depth: decode them, check them against the photo, and turn them upright."""

import base64
import binascii
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.media.decode import DECODING_ERRORS, SIDEWAYS, UPRIGHT

Floats = NDArray[np.float32]

_ASPECT_TOLERANCE = 0.02
_MIN_SIDE_PX = 8


class DamagedDepth(ValueError):
    """A depth map in a file cannot be used; the message is a reason without period ("it is the same everywhere")."""


def from_base64(text: str) -> bytes:
    """Decode base64 in XMP; line breaks and missing padding are accepted.

    Raises:
        DamagedDepth: when it is not base64.
    """
    packed = "".join(text.split())
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DamagedDepth("its data is damaged") from error


def grey_picture(data: bytes, max_pixels: int) -> Floats:
    """Decode a PNG, JPEG or WebP of 8 or 16 bits to (height, width) float32 in [0, 1].

    Raises:
        DamagedDepth: when it cannot be decoded, or has an impossible size.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            check_size(image.size, max_pixels)
            wide = image.mode.startswith("I")
            values = np.asarray(image if wide else image.convert("L"))
    except DamagedDepth:
        raise
    except (*DECODING_ERRORS, Image.DecompressionBombError) as error:
        raise DamagedDepth("its picture is damaged") from error
    return np.asarray(values / (65535 if wide else 255), np.float32)


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Raise DamagedDepth when (width, height) is impossible for a map of a photo."""
    width, height = size
    if min(width, height) < _MIN_SIDE_PX or width * height > max_pixels:
        raise DamagedDepth(f"its size of {width}x{height} px is impossible")


def same_proportions(size: tuple[int, int], photo: tuple[int, int]) -> bool:
    """Whether two (width, height) have the same proportions, up to 2 %."""
    return abs(size[0] * photo[1] / (size[1] * photo[0]) - 1) <= _ASPECT_TOLERANCE


def upright(values: Floats, stored_size: tuple[int, int], orientation: int) -> Floats:
    """Turn a map upright as its photo.

    Cameras store a map like the pixels, before the EXIF rotation; a few store it upright, which its proportions show.

    Args:
        values: (height, width) float32 as stored.
        stored_size: (width, height) of the photo before its rotation.
        orientation: the photo's EXIF orientation, 1 to 8.

    Raises:
        DamagedDepth: when the proportions differ, because the photo was cropped without its map.
    """
    size, turn = (values.shape[1], values.shape[0]), UPRIGHT.get(orientation)
    if same_proportions(size, stored_size):
        return values if turn is None else np.asarray(Image.fromarray(values).transpose(turn))
    if orientation in SIDEWAYS and same_proportions(size, stored_size[::-1]):
        return values
    raise DamagedDepth(
        f"its {size[0]}x{size[1]} px do not have the proportions of the photo's {stored_size[0]}x{stored_size[1]} px"
    )
