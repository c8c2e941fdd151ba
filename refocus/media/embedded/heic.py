"""Depth in HEIC and HEIF photos: the depth auxiliary picture (ISO/IEC 23008-12)."""

from typing import Any

import numpy as np

from refocus.core import Disparity
from refocus.media.embedded.apple import Auxiliary, described_in, matte_disparity
from refocus.media.embedded.pixels import DamagedDepth, Floats, check_size, recorded
from refocus.media.odd_files import DECODING_ERRORS

_MATTE = "urn:com:apple:photo:2018:aux:portraiteffectsmatte"


def heic_depth(data: bytes, max_pixels: int) -> Disparity | None:
    """The disparity of a HEIC file's main picture, with the orientation libheif gives the photo; None without one.

    Raises:
        DamagedDepth: when it cannot be used.
    """
    import pillow_heif

    try:
        heif = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
        main: Any = heif[heif.primary_index]
        maps = main.info.get("depth_images") or []
        if maps:
            about = maps[0].info.get("metadata") or {}
            return _disparity(_levels(maps[0], max_pixels), about, described_in(data))
        mattes = (main.info.get("aux") or {}).get(_MATTE) or []
        return matte_disparity(_levels(main.get_aux_image(mattes[0]), max_pixels)) if mattes else None
    except DamagedDepth:
        raise
    except DECODING_ERRORS as error:
        raise DamagedDepth("its picture is damaged") from error


def _levels(picture: Any, max_pixels: int) -> Floats:
    """(height, width) float32 in [0, 1]."""
    check_size(picture.size, max_pixels)
    values = np.asarray(picture)
    if values.ndim == 3:
        values = values[..., 0]
    return np.asarray(values / np.iinfo(values.dtype).max, np.float32)


def _disparity(grey: Floats, about: dict[str, Any], described: Auxiliary | None) -> Disparity:
    """Convert grey levels by Apple's XMP, else by the picture's own description (ITU-T H.265, G.14.2.6)."""
    if described is not None:
        return described.disparity(grey)
    from pillow_heif.constants import HeifDepthRepresentationType as Kind

    kind, near, far = about.get("representation_type"), _number(about, "z_near"), _number(about, "z_far")
    if 0 < near < far and kind == Kind.UNIFORM_INVERSE_Z:
        return recorded(1 / far + grey * (1 / near - 1 / far), "phone", metric=True)
    if 0 < near < far and kind == Kind.UNIFORM_Z:
        return recorded(1 / (near + grey * (far - near)), "phone", metric=True)
    return recorded(1 - grey if kind == Kind.UNIFORM_Z else grey, "phone", metric=False)


def _number(about: dict[str, Any], name: str) -> float:
    value = about.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0
