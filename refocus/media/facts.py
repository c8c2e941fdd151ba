"""EXIF of a photo, for the pictures made from it: what is still true of them, and no place unless asked."""

import struct
from typing import Any

from PIL import ExifTags, Image

# What Pillow raises on EXIF that is damaged or holds what it cannot write.
_UNWRITABLE = (OSError, SyntaxError, ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error)
# True of the file it came from, not of a picture made from it.
_OF_THE_FILE = (
    ExifTags.Base.Orientation, ExifTags.Base.ImageWidth, ExifTags.Base.ImageLength, ExifTags.Base.Compression,
    ExifTags.Base.BitsPerSample, ExifTags.Base.SamplesPerPixel, ExifTags.Base.StripOffsets,
    ExifTags.Base.StripByteCounts, ExifTags.Base.RowsPerStrip, ExifTags.Base.PlanarConfiguration,
    ExifTags.Base.PhotometricInterpretation, ExifTags.Base.XMLPacket, ExifTags.Base.IPTCNAA,
    ExifTags.Base.ImageResources, ExifTags.Base.InterColorProfile,
)  # fmt: skip
_KEPT_PARTS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_SRGB, _UNCALIBRATED = 1, 65535


def exif_bytes(exif: Image.Exif) -> bytes | None:
    """The EXIF of a decoded file as bytes, its preview left out; None when there is none or it is damaged."""
    kept = Image.Exif()
    try:
        for tag, value in exif.items():
            if tag not in _KEPT_PARTS and tag not in _OF_THE_FILE:
                kept[tag] = value
        for part in _KEPT_PARTS:
            if tags := exif.get_ifd(part):
                kept.get_ifd(part).update(tags)
        return kept.tobytes() if len(kept) or any(kept.get_ifd(part) for part in _KEPT_PARTS) else None
    except _UNWRITABLE:
        return None


def says_place(exif: bytes | None) -> bool:
    """Whether EXIF, as `exif_bytes` gives it, tells where the photo was taken."""
    if exif is None:
        return False
    read = Image.Exif()
    read.load(exif)
    return bool(read.get_ifd(ExifTags.IFD.GPSInfo))


def exif_for(exif: bytes | None, size: tuple[int, int], *, is_srgb: bool, keep_location: bool = False) -> bytes | None:
    """EXIF for a picture made from a photo.

    Args:
        exif: as `exif_bytes` gives it.
        size: (width, height) of the picture.
        is_srgb: whether its colours are sRGB.
        keep_location: keep the place the photo was taken at (GPS); by default it is removed.

    Returns:
        Bytes to save with, or None when there is nothing to say.
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
    place = dict(made.get_ifd(ExifTags.IFD.GPSInfo)) if keep_location else {}
    fresh = Image.Exif()
    for tag, value in made.items():
        if tag not in _KEPT_PARTS:
            fresh[tag] = value
    fresh.get_ifd(ExifTags.IFD.Exif).update(camera)
    if place:
        fresh.get_ifd(ExifTags.IFD.GPSInfo).update(place)
    return fresh.tobytes()
