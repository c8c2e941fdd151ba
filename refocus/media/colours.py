"""Colour management: convert pictures to sRGB, also from RGB spaces declared without a profile, and tag results."""

import functools
import io
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms

_D65_XY = (0.3127, 0.3290)
_D50_XYZ = (0.9642, 1.0, 0.8249)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_INTEROPERABILITY_INDEX = 1
_UNCALIBRATED = 0xFFFF


@dataclass(frozen=True, slots=True)
class RgbSpace:
    """Chromaticities (x, y) of the primaries under D65, and the curve Y = (aX + b)^g, below d: Y = cX."""

    name: str
    red_xy: tuple[float, float]
    green_xy: tuple[float, float]
    blue_xy: tuple[float, float]
    curve: tuple[float, float, float, float, float]  # g, a, b, c, d


ADOBE_RGB = RgbSpace("Adobe RGB", (0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (563 / 256, 1.0, 0.0, 0.0, 0.0))
DISPLAY_P3 = RgbSpace("Display P3", (0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _SRGB_CURVE)
BT2020 = RgbSpace("BT.2020", (0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _SRGB_CURVE)

# ITU-T H.273: colour_primaries; transfer_characteristics 16 (PQ) and 18 (HLG) are high dynamic range.
_BY_PRIMARIES = {9: BT2020, 12: DISPLAY_P3}
_HDR_TRANSFERS = (16, 18)
HDR_NOTE = "High dynamic range brightness is shown as it is stored; the picture may look pale."


def declared_space(info: Mapping[Any, Any], exif: Image.Exif) -> tuple[RgbSpace | None, tuple[str, ...]]:
    """The colour space that a file without a profile declares, None for sRGB; and notes for the user.

    Args:
        info: Pillow's `image.info`; HEIC files have "nclx_profile".
        exif: DCF 2.0 cameras declare Adobe RGB as an uncalibrated colour space with interoperability index "R03".
    """
    nclx = info.get("nclx_profile") or {}
    if nclx.get("transfer_characteristics") in _HDR_TRANSFERS:
        return None, (HDR_NOTE,)
    if nclx:
        return _BY_PRIMARIES.get(int(nclx.get("color_primaries", 1))), ()
    return (ADOBE_RGB if _is_adobe_rgb(exif) else None), ()


def _is_adobe_rgb(exif: Image.Exif) -> bool:
    if exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace) != _UNCALIBRATED:
        return False
    try:
        index = exif.get_ifd(ExifTags.IFD.Interop).get(_INTEROPERABILITY_INDEX)
    except KeyError:  # Pillow found no such directory
        return False
    return str(index).startswith("R03")


@functools.cache
def profile_of(space: RgbSpace) -> bytes:
    """An ICC version 4 matrix profile of the space (ICC.1:2010)."""
    red, green, blue = _colorants_d50(space).T.tolist()
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(_fixed(value) for value in space.curve)
    text = space.name.encode("utf-16-be")
    tags = {
        b"desc": b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text,
        b"wtpt": _xyz(_D50_XYZ),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _assemble(tags)


def _colorants_d50(space: RgbSpace) -> np.ndarray:
    """(3, 3) matrix from linear RGB of the space to XYZ under D50 (Bradford adaptation)."""
    primaries = np.array([_xyz_of(*xy) for xy in (space.red_xy, space.green_xy, space.blue_xy)]).T
    white = _xyz_of(*_D65_XY)
    to_xyz_d65 = primaries * np.linalg.solve(primaries, white)
    cones = (_BRADFORD @ _D50_XYZ) / (_BRADFORD @ white)
    return np.linalg.inv(_BRADFORD) @ (cones[:, None] * _BRADFORD) @ to_xyz_d65


def _xyz_of(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, ...] | list[float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(value) for value in values)


def _assemble(tags: Mapping[bytes, bytes]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    body_start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", body_start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = body_start + len(body)
    header = struct.pack(">I4xI4s4s4s", size, 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += b"".join(_fixed(value) for value in _D50_XYZ)
    return header.ljust(128, b"\0") + table + body


# A profile that changes no colour of the probe by more than this many 8-bit codes is equivalent to sRGB.
_SAME_AS_SRGB_CODES = 2
_PROFILE_ERRORS = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
_MODE_OF_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}


@functools.cache
def srgb_profile() -> bytes:
    """The sRGB profile of saved pictures; the same bytes in every run."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Bytes 24 to 35 hold the creation time (ICC.1, 7.2.8): fixed, so that equal runs give equal files.
    created = b"".join(value.to_bytes(2, "big") for value in (2000, 1, 1, 0, 0, 0))
    return profile[:24] + created + profile[36:]


def to_srgb(image: Image.Image, icc_profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert a picture to sRGB: relative colorimetric with black point compensation.

    Args:
        image: mode RGB, L, CMYK or LAB; no alpha.
        icc_profile: the profile of the file, if any.

    Returns:
        The picture in mode RGB, unchanged when it is sRGB; and notes for the user.
    """
    if icc_profile is None:
        return _without_profile(image)
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        space = profile.profile.xcolor_space.strip()
        image = _fit_to_space(image, space)
        if image.mode != _MODE_OF_SPACE.get(space):
            rgb, notes = _without_profile(image)
            return rgb, ("Its colour profile is of another kind than its pixels and was left out.", *notes)
        if space == "RGB" and _is_srgb(profile):
            return image, ()
        return _convert(image, profile, _srgb()), (f"Colours converted from {_profile_name(profile)} to sRGB.",)
    except _PROFILE_ERRORS:
        rgb, notes = _without_profile(image)
        return rgb, ("Its colour profile is broken; colours are taken as sRGB.", *notes)


def from_srgb(image: Image.Image, icc_profile: bytes | None) -> tuple[Image.Image, bytes]:
    """Convert an sRGB picture to a profile, with the same intent as `to_srgb`.

    Returns:
        The picture and its profile: sRGB when the given one is missing, broken or not for RGB.
    """
    if icc_profile is not None:
        with suppress(*_PROFILE_ERRORS):
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
            if profile.profile.xcolor_space.strip() == "RGB":
                return _convert(image, _srgb(), profile), icc_profile
    return image, srgb_profile()


def _without_profile(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    if image.mode == "LAB":
        return _convert(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), _srgb()), ()
    if image.mode == "CMYK":
        return image.convert("RGB"), ("Printing colours (CMYK) without a profile; colours are approximate.",)
    return image.convert("RGB"), ()


def _fit_to_space(image: Image.Image, space: str) -> Image.Image:
    """Grey pictures may have an RGB profile: they are expanded to three channels."""
    return image.convert("RGB") if image.mode == "L" and space == "RGB" else image


def _convert(image: Image.Image, source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        source,
        target,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if converted is None:
        raise ImageCms.PyCMSError("no picture was returned")
    return converted


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether the profile leaves a coarse grid of colours unchanged."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
    moved = np.asarray(_convert(Image.fromarray(cube), profile, _srgb()), dtype=np.int16)
    return int(np.abs(moved - cube).max()) <= _SAME_AS_SRGB_CODES


def _profile_name(profile: ImageCms.ImageCmsProfile) -> str:
    try:
        words = ImageCms.getProfileDescription(profile).split()
    except ImageCms.PyCMSError:
        words = []
    name = "".join(c for c in " ".join(words) if c.isprintable())[:60]
    return name or "a profile without a name"
