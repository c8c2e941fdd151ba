"""What the camera wrote about itself: lens and distance from EXIF, tolerant of broken files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags

# Plausible ranges; a value outside (0 for "unknown", 4294967295 for "infinity", garbage) is treated as not given.
_FOCAL_LENGTH_MM = (0.1, 10_000.0)
_F_NUMBER = (0.3, 256.0)
_SUBJECT_DISTANCE_M = (0.001, 100_000.0)


@dataclass(frozen=True, slots=True)
class Camera:
    """Lens facts of one photo; each is None when the file does not say (or says something impossible).

    Attributes:
        focal_length_mm: real focal length.
        f_number: focal length over aperture diameter.
        focal_length_35mm: focal length in mm that gives the same view on a 36 mm wide sensor.
        subject_distance_m: distance the lens was focused on; None also for infinity.
    """

    focal_length_mm: float | None = None
    f_number: float | None = None
    focal_length_35mm: float | None = None
    subject_distance_m: float | None = None


def camera_from_exif(tags: Mapping[int, Any]) -> Camera:
    """Read the lens facts (EXIF 2.32, section 4.6.5).

    Args:
        tags: the EXIF sub-directory (IFD 0x8769), tag number to value as Pillow gives it.

    Returns:
        Camera; what is missing or impossible is None.
    """
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
