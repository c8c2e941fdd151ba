"""EXIF: facts about the lens of a photo, and what pictures made from it keep."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image

# Plausible ranges; values outside (0 for "unknown", 4294967295 for "infinity", garbage) count as missing.
_FOCAL_LENGTH_MM = (0.1, 10_000.0)
_F_NUMBER = (0.3, 256.0)
_SUBJECT_DISTANCE_M = (0.001, 100_000.0)
# What Pillow raises on damaged EXIF or values it cannot write.
_EXIF_ERRORS = (OSError, SyntaxError, ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error)
# These describe the original file, not pictures made from it.
_FILE_TAGS = (
    ExifTags.Base.Orientation, ExifTags.Base.ImageWidth, ExifTags.Base.ImageLength, ExifTags.Base.Compression,
    ExifTags.Base.BitsPerSample, ExifTags.Base.SamplesPerPixel, ExifTags.Base.StripOffsets,
    ExifTags.Base.StripByteCounts, ExifTags.Base.RowsPerStrip, ExifTags.Base.PlanarConfiguration,
    ExifTags.Base.PhotometricInterpretation, ExifTags.Base.XMLPacket, ExifTags.Base.IPTCNAA,
    ExifTags.Base.ImageResources, ExifTags.Base.InterColorProfile,
)  # fmt: skip
_DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_SRGB, _UNCALIBRATED = 1, 65535


@dataclass(frozen=True, slots=True)
class Camera:
    """Lens of a photo; values that are missing or impossible are None.

    Attributes:
        focal_length_mm: actual focal length.
        f_number: focal length over aperture diameter.
        focal_length_35mm: focal length in mm of the same field of view on a 36 mm wide sensor.
        subject_distance_m: distance in focus; None also for infinity.
    """

    focal_length_mm: float | None = None
    f_number: float | None = None
    focal_length_35mm: float | None = None
    subject_distance_m: float | None = None


def camera_from_exif(tags: Mapping[int, Any]) -> Camera:
    """Read the lens (EXIF 2.32, section 4.6.5) from the EXIF sub-directory (IFD 0x8769) as Pillow returns it."""
    f_number = _number(tags.get(ExifTags.Base.FNumber), _F_NUMBER)
    if f_number is None:
        f_number = _number(_f_number_from_apex(tags.get(ExifTags.Base.ApertureValue)), _F_NUMBER)
    return Camera(
        focal_length_mm=_number(tags.get(ExifTags.Base.FocalLength), _FOCAL_LENGTH_MM),
        f_number=f_number,
        focal_length_35mm=_number(tags.get(ExifTags.Base.FocalLengthIn35mmFilm), _FOCAL_LENGTH_MM),
        subject_distance_m=_number(tags.get(ExifTags.Base.SubjectDistance), _SUBJECT_DISTANCE_M),
    )


def _f_number_from_apex(aperture_value: object) -> float | None:
    """APEX: aperture value Av = 2 log2(N)."""
    exponent = _number(aperture_value, (0.0, 16.0))
    return None if exponent is None else 2.0 ** (exponent / 2.0)


def _number(value: object, bounds: tuple[float, float]) -> float | None:
    """A finite number within bounds, or None. Rationals with a zero denominator come as NaN or raise."""
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, (str, bytes, tuple)) or value is None:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    lowest, highest = bounds
    return number if math.isfinite(number) and lowest <= number <= highest else None


def exif_bytes(exif: Image.Exif) -> bytes | None:
    """EXIF of a decoded file without its preview; None when missing or damaged."""
    kept = Image.Exif()
    try:
        for tag, value in exif.items():
            if tag not in _DIRECTORIES and tag not in _FILE_TAGS:
                kept[tag] = value
        for part in _DIRECTORIES:
            if tags := exif.get_ifd(part):
                kept.get_ifd(part).update(tags)
        return kept.tobytes() if len(kept) or any(kept.get_ifd(part) for part in _DIRECTORIES) else None
    except _EXIF_ERRORS:
        return None


def has_location(exif: bytes | None) -> bool:
    """Whether EXIF from `exif_bytes` contains the location (GPS)."""
    if exif is None:
        return False
    read = Image.Exif()
    read.load(exif)
    return bool(read.get_ifd(ExifTags.IFD.GPSInfo))


def exif_for(exif: bytes | None, size: tuple[int, int], *, is_srgb: bool, keep_location: bool = False) -> bytes | None:
    """EXIF for a picture made from a photo, None without any.

    Args:
        exif: from `exif_bytes`.
        size: (width, height) of the picture.
        is_srgb: whether its colours are sRGB.
        keep_location: keep the location (GPS); removed by default.
    """
    if exif is None:
        return None
    made = Image.Exif()
    made.load(exif)
    camera: dict[int, Any] = dict(made.get_ifd(ExifTags.IFD.Exif))
    camera |= {
        ExifTags.Base.ExifImageWidth: size[0],
        ExifTags.Base.ExifImageHeight: size[1],
        ExifTags.Base.ColorSpace: _SRGB if is_srgb else _UNCALIBRATED,
    }
    location = dict(made.get_ifd(ExifTags.IFD.GPSInfo)) if keep_location else {}
    fresh = Image.Exif()
    for tag, value in made.items():
        if tag not in _DIRECTORIES:
            fresh[tag] = value
    fresh.get_ifd(ExifTags.IFD.Exif).update(camera)
    if location:
        fresh.get_ifd(ExifTags.IFD.GPSInfo).update(location)
    return fresh.tobytes()
