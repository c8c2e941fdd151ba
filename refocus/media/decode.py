"""Decode photo files of any format to upright 8-bit sRGB pixels."""

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from refocus.core import BadInput
from refocus.core.sizes import DEFAULT_MAX_PIXELS, MIN_SIDE_PX, check_photo_size, megapixels
from refocus.media.colours import declared_space, profile_of, to_srgb
from refocus.media.exif import Camera, camera_from_exif, exif_bytes
from refocus.media.odd_files import DECODING_ERRORS, begins_as_photo, refuse_raw_and_video, with_end_marker

_EXIF_TIME = re.compile(r"[1-9]\d{3}:\d\d:\d\d \d\d:\d\d:\d\d")
# Only formats of photos: untrusted files should reach few decoders (EPS runs a program).
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "AVIF", "TIFF", "JPEG2000")
_KINDS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF"

UPRIGHT = {  # by EXIF orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that exchange width and height


def hide_pillow_warnings() -> None:
    """Hide Pillow's warnings and log messages for the whole process; a program calls this once at its start.

    Hiding them only while a file is decoded would race with decoding in other threads. What libtiff writes about a
    damaged file goes straight to stderr and cannot be hidden from Python.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    logging.getLogger("imageio_ffmpeg").setLevel(logging.ERROR)  # warns of every turned video


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A decoded file.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB, upright.
        icc_profile: the profile of the file, or None.
        camera: lens and distance.
        notes: information for the user on how the file was read.
        orientation: EXIF orientation of the stored pixels, 1 to 8.
        exif: from `exif_bytes`.
    """

    rgb: NDArray[np.uint8]
    icc_profile: bytes | None
    camera: Camera
    notes: tuple[str, ...]
    orientation: int = 1
    exif: bytes | None = None


def decode(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS, min_side_px: int = MIN_SIDE_PX) -> Decoded:
    """Read a photo file.

    Args:
        path: JPEG, PNG, WebP, HEIC/HEIF, AVIF, TIFF, GIF, BMP, PPM/PGM or JPEG 2000.
        max_pixels: larger pictures are refused before decoding; Pillow refuses more than 178 million.
        min_side_px: pictures with a shorter side are refused.

    Raises:
        BadInput: when the file is missing, not a picture, damaged, too large or too small.
    """
    with _file(path) as file:
        return decode_file(file, path, max_pixels=max_pixels, min_side_px=min_side_px)


def decode_file(
    file: IO[bytes], path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS, min_side_px: int = MIN_SIDE_PX
) -> Decoded:
    """As `decode`, from an open file; `path` is used in errors only."""
    with _picture(file, path, max_pixels) as image:
        check_photo_size(path.name, image.size, max_pixels, min_side_px)
        notes = _frame_notes(image)
        exif = _exif(image)
        icc_profile = image.info.get("icc_profile") or None
        pixels, end_notes = _loaded(image, file, path)
        profile, declared_notes = (icc_profile, ()) if icc_profile else _declared_profile(image, exif)
        rgb, colour_notes = _flat_srgb(pixels, profile)
        orientation = _orientation(exif)
        turn = UPRIGHT.get(orientation)
        if turn is not None:
            rgb = rgb.transpose(turn)
        camera = camera_from_exif(_camera_tags(exif))
        all_notes = (*notes, *end_notes, *declared_notes, *colour_notes)
        return Decoded(np.array(rgb), icc_profile, camera, all_notes, orientation, exif_bytes(exif))


def upright_size(path: Path, *, max_pixels: int | None = None) -> tuple[int, int]:
    """Upright width and height in pixels, from the header.

    Args:
        path: as in `decode`.
        max_pixels: limit to check, and with it the shortest side; None for neither.

    Raises:
        BadInput: as `decode`, but for a picture whose data is damaged.
    """
    with _file(path) as file, _picture(file, path, max_pixels or DEFAULT_MAX_PIXELS) as image:
        if max_pixels is not None:
            check_photo_size(path.name, image.size, max_pixels, MIN_SIDE_PX)
        height, width = upright_shape(image)
        return width, height


def upright_shape(image: Image.Image) -> tuple[int, int]:
    """Height and width of a picture once it is turned as its EXIF orientation says."""
    sideways = _orientation(_exif(image)) in SIDEWAYS
    return (image.width, image.height) if sideways else (image.height, image.width)


def time_taken(path: Path) -> str:
    """When a photo was taken, by EXIF, as a text that sorts by time; empty when it does not say."""
    try:
        with _file(path) as file, _picture(file, path, DEFAULT_MAX_PIXELS) as image:
            tags = _camera_tags(_exif(image))
    except BadInput:
        return ""
    time = str(tags.get(ExifTags.Base.DateTimeOriginal, ""))
    fraction = str(tags.get(ExifTags.Base.SubsecTimeOriginal, "")).strip()
    return f"{time}.{fraction}" if _EXIF_TIME.fullmatch(time) else ""


@contextmanager
def _file(path: Path) -> Iterator[IO[bytes]]:
    try:
        if path.is_dir():
            raise BadInput(f"{path.name or path} is a folder, not a photo.", todo="Choose one file in it.")
        if not path.exists():
            raise BadInput(f"There is no file {path}.", todo="Check its name and folder.")
        if not path.is_file():  # reading from a pipe or device might not end
            raise BadInput(f"{path} is not a regular file.", todo=f"Choose a {_KINDS} file.")
        file = path.open("rb")
    except OSError as error:
        raise BadInput(
            f"{path.name} cannot be read: {(error.strerror or str(error)).lower()}.",
            todo="Check its name and permissions.",
        ) from error
    with file:
        if not file.read(1):
            raise BadInput(f"{path.name} is empty (0 bytes).", todo="Copy or download it again.")
        file.seek(0)
        yield file


def _picture(file: IO[bytes], path: Path, max_pixels: int) -> Image.Image:
    """Open a picture, reading only its header."""
    refuse_raw_and_video(file, path.name)
    file.seek(0)
    try:
        heif = _heif_picture(file)
        return heif if heif is not None else Image.open(file, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        own, most = megapixels(2 * (Image.MAX_IMAGE_PIXELS or 0), max_pixels)
        raise BadInput(
            f"{path.name} is far too large: more than {own} megapixels, but at most {most} are taken.",
            todo="Make it smaller first.",
        ) from error
    except UnidentifiedImageError as error:
        if begins_as_photo(file):
            raise _damaged(path) from error
        raise BadInput(
            f"{path.name} is not a photo that can be read, whatever its name says.", todo=f"Choose a {_KINDS} file."
        ) from error
    except DECODING_ERRORS as error:
        raise _damaged(path) from error


def _heif_picture(file: IO[bytes]) -> Image.Image | None:
    """A HEIC/HEIF picture, or None when the file has another format.

    Uses the plugin's class without registering it with Pillow, which would affect the whole process.
    """
    brand = file.read(12)
    file.seek(0)
    if brand[4:8] != b"ftyp" or brand[8:12] in (b"avif", b"avis"):
        return None
    from pillow_heif import HeifImageFile

    return HeifImageFile(file)


def _damaged(path: Path) -> BadInput:
    return BadInput(f"{path.name} is damaged or incomplete.", todo="Copy or download it again.")


def _loaded(image: Image.Image, file: IO[bytes], path: Path) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture with its pixels, and what was wrong with the file."""
    try:
        image.load()
        return image, ()
    except DECODING_ERRORS as error:
        whole = with_end_marker(file, image)
        if whole is None:
            raise _damaged(path) from error
        return whole, ("The file's end marker is missing; the picture is complete.",)


def _frame_notes(image: Image.Image) -> tuple[str, ...]:
    """Notes on further pictures in the file; none for MPO, in which phones store a preview."""
    try:
        pictures = getattr(image, "n_frames", 1)  # reads the next frame, which may be damaged
    except DECODING_ERRORS:
        return ()
    if pictures < 2:
        return ()
    if image.format == "HEIF":
        return (f"The file holds {pictures} pictures: its main one is used.",)
    if image.format == "TIFF":
        return (f"The file holds {pictures} pages: its first one is used.",)
    return ("Animated file: its first frame is used.",) if image.format in ("GIF", "PNG", "WEBP", "AVIF") else ()


def _exif(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except DECODING_ERRORS:
        return Image.Exif()


def turned_upright(image: Image.Image) -> Image.Image:
    """A picture turned as its EXIF orientation says."""
    turn = UPRIGHT.get(_orientation(_exif(image)))
    return image if turn is None else image.transpose(turn)


def _orientation(exif: Image.Exif) -> int:
    value = exif.get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) else 1


def _camera_tags(exif: Image.Exif) -> Mapping[int, Any]:
    try:
        return exif.get_ifd(ExifTags.IFD.Exif)
    except DECODING_ERRORS:
        return {}


def _declared_profile(image: Image.Image, exif: Image.Exif) -> tuple[bytes | None, tuple[str, ...]]:
    if image.mode not in ("RGB", "RGBA"):
        return None, ()
    try:
        space, notes = declared_space(image.info, exif)
    except DECODING_ERRORS:
        return None, ()
    return (None if space is None else profile_of(space)), notes


def _flat_srgb(image: Image.Image, icc_profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert any mode to RGB in sRGB, on a white background."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        grey, range_notes = _grey_8bit(np.asarray(image))
        rgb, notes = to_srgb(grey, icc_profile)
        return rgb, (*range_notes, *notes)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    if image.mode not in ("RGB", "L", "CMYK", "LAB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    rgb, notes = to_srgb(image, icc_profile)
    if alpha is None or alpha.getextrema()[0] == 255:
        return rgb, notes
    white = Image.new("RGB", rgb.size, "white")
    return Image.composite(rgb, white, alpha), (*notes, "Transparent parts are shown on white.")


def _grey_8bit(values: NDArray) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert grey of 16 or 32 bits or float to 8 bits over its full range, without clipping.

    The white of float pictures is unknown: the smallest common one (1, 255, 65535) that holds all values is used.
    """
    numbers = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    largest = float(numbers.max())
    common = (1.0, 255.0, 65535.0) if np.issubdtype(values.dtype, np.floating) else (65535.0,)
    white = next((level for level in common if largest <= level), largest)
    notes = () if white in common else ("Its brightness has no known range: the brightest pixel is shown as white.",)
    return Image.fromarray(np.round(np.clip(numbers / white, 0.0, 1.0) * 255.0).astype(np.uint8)), notes
