"""Pictures made from a photo, saved the way the photo was: its colour profile, its EXIF."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from refocus.media.atomic import atomic_path
from refocus.media.colours import srgb_profile
from refocus.media.facts import exif_for
from refocus.media.photo import Photo
from refocus.media.picture import check_picture_path

_JPEG_QUALITY = 95
_PNG_LEVEL = 4


def save_like_photo(
    path: str | Path, picture_srgb: NDArray[np.uint8], photo: Photo, *, keep_location: bool = False
) -> None:
    """Write a picture as PNG or JPEG by the path's ending, atomically, in the photo's colour profile, with its EXIF.

    Args:
        path: ends in .png, .jpg or .jpeg.
        picture_srgb: (height, width, 3) uint8 sRGB.
        photo: what it was made from. A profile that is not for RGB, or broken, gives way to sRGB.
        keep_location: keep the place the photo was taken at (GPS); by default it is removed.

    Raises:
        BadInput: on another ending, or when the place cannot be written.
    """
    check_picture_path(path)
    image, profile = _in_own_profile(Image.fromarray(picture_srgb), photo.icc_profile)
    exif = exif_for(photo.exif, image.size, is_srgb=profile == srgb_profile(), keep_location=keep_location)
    options = {"icc_profile": profile} | ({} if exif is None else {"exif": exif})
    with atomic_path(path) as partial:
        if Path(path).suffix.lower() == ".png":
            image.save(partial, "PNG", compress_level=_PNG_LEVEL, **options)
        else:
            image.save(partial, "JPEG", quality=_JPEG_QUALITY, subsampling=0, **options)


def _in_own_profile(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes]:
    if profile is None:
        return image, srgb_profile()
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if own.profile.xcolor_space.strip() != "RGB":
            return image, srgb_profile()
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.createProfile("sRGB"),
            own,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, srgb_profile()
    return (image, srgb_profile()) if converted is None else (converted, profile)
