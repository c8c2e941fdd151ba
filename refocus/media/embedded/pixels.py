"""Grey pictures of depth: decode them, turn them upright as the photo, and convert grey levels to disparity."""

import base64
import binascii
import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import Disparity
from refocus.media.decode import SIDEWAYS, UPRIGHT
from refocus.media.odd_files import DECODING_ERRORS

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


_FORMATS = ("rangeinverse", "rangelinear")
_METRES_PER_UNIT = {"m": 1.0, "meters": 1.0, "metres": 1.0, "mm": 0.001}


@dataclass(frozen=True, slots=True)
class DepthRange:
    """Mapping from grey levels to distance: 0 (black) is `near`, 1 (white) is `far`.

    Attributes:
        kind: "RangeInverse" (inverse distance is linear in grey) or "RangeLinear" (distance is); any case.
        near, far: distances in `units`; None when not specified.
        units: "m", "mm", "Meters", "Diopters", "None", ...; None when not specified. Lens Blur photos of 2014 omit it
            although their distances are not metres, so a map without it is not metric.
    """

    kind: str | None
    near: float | None
    far: float | None
    units: str | None

    def disparity(self, grey: Floats, camera: str) -> Disparity:
        """Convert grey levels.

        Args:
            grey: (height, width) float32 in [0, 1].
            camera: its name for users.

        Returns:
            Diopters when the units are known, else relative in [0, 1].

        Raises:
            DamagedDepth: on an unknown kind, impossible distances, or a flat map.
        """
        kind = (self.kind or "RangeInverse").lower()
        if kind not in _FORMATS:
            raise DamagedDepth(f"its format {self.kind!r} is not known")
        if float(np.ptp(grey)) <= 0:
            raise DamagedDepth("it is the same everywhere")
        span_m = self._metres()
        if span_m is not None:
            return recorded(_inverse(grey, kind, *span_m), camera, metric=True)
        values = _inverse(grey, kind, *(self._span() or (0.5, 1.0))) if kind == "rangelinear" else 1 - grey
        return recorded(values, camera, metric=False)

    def _metres(self) -> tuple[float, float] | None:
        """Near and far in metres; None without known units."""
        span, units = self._span(), (self.units or "").lower()
        if span is None:
            return None
        if units == "diopters":
            # Some writers give distances in metres nevertheless: then near is the smaller one.
            near, far = (1 / span[0], 1 / span[1]) if span[0] > span[1] else span
            return near, far
        scale = _METRES_PER_UNIT.get(units)
        return None if scale is None else (span[0] * scale, span[1] * scale)

    def _span(self) -> tuple[float, float] | None:
        near, far = self.near, self.far
        if near is None or far is None:
            return None
        if not (math.isfinite(near) and near > 0 and far > 0) or near == far or math.isnan(far):
            raise DamagedDepth(f"its distances from {near:g} to {far:g} are impossible")
        if near > far and (self.units or "").lower() != "diopters":
            raise DamagedDepth(f"its distances from {near:g} to {far:g} are impossible")
        return near, far


def recorded(values: NDArray[Any], camera: str, *, metric: bool, confidence: float = 0.8) -> Disparity:
    """The disparity map recorded by a camera; a relative one is normalized to [0, 1].

    Args:
        values: (height, width) of any float type, larger is nearer.
        camera: its name for users.
        metric: whether values are diopters.
        confidence: in [0, 1].

    Raises:
        DamagedDepth: when it is flat, or has values that are not finite.
    """
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DamagedDepth("it has values that are not numbers")
    if high <= low:
        raise DamagedDepth("it is the same everywhere")
    if not metric:
        values = (values - low) / (high - low)
    source = f"uses the depth your phone recorded ({camera})"
    return Disparity(values.astype(np.float32), metric=metric, source=source, origin="recorded", confidence=confidence)


def _inverse(grey: Floats, kind: str, near: float, far: float) -> NDArray[Any]:
    if kind == "rangeinverse":
        return 1 / near + grey * (1 / far - 1 / near)
    return 1 / (near + grey * (far - near))
