"""The photo to refocus."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity
from refocus.core.sizes import (
    CROPPED_TOLERANCE,
    DEFAULT_MAX_PIXELS,
    MIN_SIDE_PX,
    check_aspect,
    check_photo_size,
    fitted_size,
)
from refocus.core.user_text import readable_name
from refocus.media.decode import decode
from refocus.media.embedded import read_embedded
from refocus.media.exif import Camera, has_location
from refocus.media.linear16 import downscale


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo, upright and in sRGB.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB.
        icc_profile: the colour profile of the file, or None; `rgb` is already converted from it.
        camera: lens and distance from EXIF.
        disparity: the depth map embedded in the file, of any size, or None.
        name: the file's name without its ending, or "photo".
        notes: information for the user on how the file was read.
        all_in_focus: (height, width, 3) uint8 sRGB, the same picture without blur, when the file embeds it beside
            one with a blurred background; else None.
        exif: EXIF to keep in pictures made from the photo; None without any.
        path: the file it was opened from, which no result may replace; None for pixels.
        pre_deblurred: (rows, columns, 3) uint8 sRGB, the same picture deblurred elsewhere, of the photo's proportions;
            None without one.
        more: photos of the same still scene and size, focused elsewhere.
    """

    rgb: NDArray[np.uint8]
    icc_profile: bytes | None = None
    camera: Camera = field(default_factory=Camera)
    disparity: Disparity | None = None
    name: str = "photo"
    notes: tuple[str, ...] = ()
    all_in_focus: NDArray[np.uint8] | None = None
    exif: bytes | None = None
    path: Path | None = None
    pre_deblurred: NDArray[np.uint8] | None = None
    more: "tuple[Photo, ...]" = ()

    def __post_init__(self) -> None:
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.uint8 or self.rgb.size == 0:
            raise BadInput(
                f"A photo must be (height, width, 3) in 8 bits, but got shape {self.rgb.shape} of {self.rgb.dtype}."
            )
        if self.all_in_focus is not None and self.all_in_focus.shape != self.rgb.shape:
            raise BadInput("The sharp picture beside a photo must have the photo's size.")

    @property
    def width(self) -> int:
        """In pixels."""
        return self.rgb.shape[1]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.rgb.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    @property
    def has_location(self) -> bool:
        """Whether EXIF contains the location."""
        return has_location(self.exif)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Self:
        """Read a photo file: JPEG, PNG, WebP, HEIC/HEIF, AVIF, TIFF, GIF, BMP, PPM or JPEG 2000.

        Args:
            path: the file; its format is detected from the content.
            max_pixels: larger pictures are refused before decoding.

        Raises:
            BadInput: when the file is missing, not a picture, damaged, too large, or has a side below 64 px.
        """
        path = Path(path)
        decoded = decode(path, max_pixels=max_pixels)
        embedded = read_embedded(path, decoded, max_pixels=max_pixels)
        return cls(
            rgb=decoded.rgb,
            icc_profile=decoded.icc_profile,
            camera=decoded.camera,
            disparity=embedded.disparity,
            name=readable_name(path.stem) or "photo",
            notes=(*decoded.notes, *embedded.notes),
            all_in_focus=embedded.all_in_focus,
            exif=decoded.exif,
            path=path.absolute(),
        )

    @classmethod
    def from_array(cls, rgb: NDArray[np.uint8], *, name: str = "photo") -> Self:
        """A photo from pixels.

        Args:
            rgb: (height, width, 3) uint8 sRGB, at least 64 px a side.

        Raises:
            BadInput: on another shape or type, or a side below 64 px.
        """
        photo = cls(rgb=np.ascontiguousarray(rgb), name=name)
        check_photo_size("The picture", photo.size, max_pixels=rgb.size)
        return photo

    def with_disparity(self, disparity: Disparity) -> Self:
        """The photo with another depth map, such as the user's own."""
        return replace(self, disparity=disparity)

    def with_pre_deblurred(self, rgb: NDArray[np.uint8]) -> Self:
        """The photo with a picture of it that was deblurred elsewhere.

        Args:
            rgb: (rows, columns, 3) uint8 sRGB.

        Raises:
            BadInput: when it is no such picture, or has other proportions.
        """
        picture = type(self)(rgb).rgb
        check_aspect(
            picture.shape[:2], (self.height, self.width), "The pre-deblurred picture", tolerance=CROPPED_TOLERANCE
        )
        return replace(self, pre_deblurred=picture)

    def with_more(self, photos: "Sequence[Photo]") -> Self:
        """The photo with others of the same still scene, focused elsewhere.

        Raises:
            BadInput: when one differs in size.
        """
        for other in photos:
            if other.size != self.size:
                raise BadInput(
                    f"{other.name} has {other.width}x{other.height} px, and {self.name} {self.width}x{self.height} px.",
                    todo="Give photos of one scene and size.",
                )
        return replace(self, more=tuple(photos))

    def resized(self, long_side_px: int) -> Self:
        """The photo downscaled to a longer side of at most `long_side_px`; never enlarged.

        Raises:
            BadInput: when `long_side_px` is below 64.
        """
        if long_side_px < MIN_SIDE_PX:
            raise BadInput(f"A long side of {long_side_px} px is too small.", todo=f"Choose at least {MIN_SIDE_PX} px.")
        if max(self.width, self.height) <= long_side_px:
            return self
        size = fitted_size((self.width, self.height), long_side_px)
        sharp = None if self.all_in_focus is None else downscale(self.all_in_focus, size)
        return replace(self, rgb=downscale(self.rgb, size), all_in_focus=sharp)
