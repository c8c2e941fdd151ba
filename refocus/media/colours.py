"""Colour management: convert pictures of any colour space to sRGB, and tag results as sRGB."""

import functools
import io
from contextlib import suppress

import numpy as np
from PIL import Image, ImageCms

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
