"""Files that decoders fail on: damaged ones, raw files, videos, and JPEGs that lack only their end marker."""

import io
import struct
import zlib
from typing import IO

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from refocus.core import BadInput

# What Pillow's decoders raise on damaged data, found by flipping bytes in files of every format.
DECODING_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, RuntimeError,
    MemoryError, AttributeError, struct.error, zlib.error,
)  # fmt: skip

_TIFF_STARTS = (b"II*\x00", b"MM\x00*")
# Fujifilm, Panasonic, Olympus, Sigma, Minolta, Canon's CRW
_STARTS = (b"FUJIFILMCCD-RAW", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\x00MRM", b"II\x1a\x00\x00\x00HEAP")
_PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", *_TIFF_STARTS)
_PHOTO_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_CANON_CR2, _CANON_CR3 = b"CR\x02", b"ftypcrx "
_VIDEO_BRANDS = (b"iso", b"mp4", b"avc", b"qt  ", b"M4V", b"3g", b"MSNV", b"dash", b"f4v", b"mmp4")
_VIDEO_STARTS = (b"\x1aE\xdf\xa3", b"OggS", b"FLV\x01", b"\x00\x00\x01\xba", b"0&\xb2u\x8ef\xcf\x11")
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide")  # files older than brands
_JPEG_END = b"\xff\xd9"
_JPEG_BLOCK_PX = 16
_HEADER_BYTES = 16
_SUBFILE_TYPE, _PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 254, 262, 330, 50706
_PREVIEW = 1  # bit of the subfile type
_MOSAIC, _LINEAR_RAW = 32803, 34892  # photometric interpretations of TIFF/EP and DNG


def refuse_raw_and_video(file: IO[bytes], name: str) -> None:
    """Raise BadInput on what is no photo yet, or no longer; decoders would take a preview, or call it damaged."""
    if is_raw(file):
        raise BadInput(
            f"{name} is a raw file of a camera.",
            todo="Develop it first, in the camera or with a raw converter, and give the JPEG or TIFF.",
        )
    if is_video(file):
        raise BadInput(f"{name} is a video, not a photo.", todo="Save one of its pictures, and give that.")


def is_video(file: IO[bytes]) -> bool:
    """Whether a file is a video by its first bytes: MP4, QuickTime, WebM, Matroska, AVI and a few more."""
    file.seek(0)
    head = file.read(_HEADER_BYTES)
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return True
    if head[4:8] == b"ftyp":
        return head[8:12].startswith(_VIDEO_BRANDS)
    return head.startswith(_VIDEO_STARTS) or head[4:8] in _QUICKTIME_ATOMS


def begins_as_photo(file: IO[bytes]) -> bool:
    """Whether a file's first bytes are those of a photo, whatever follows them."""
    file.seek(0)
    head = file.read(_HEADER_BYTES)
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    return head.startswith(_PHOTO_STARTS) or (head[4:8] == b"ftyp" and head[8:12] in _PHOTO_BRANDS)


def is_raw(file: IO[bytes]) -> bool:
    """Whether a file holds what a camera's sensor measured, to be developed by a raw converter. Reads from the start.

    In a TIFF file that is a DNG (Adobe, "Digital Negative Specification" 1.7), a mosaic of colours, or a first page
    that says it is a preview of other pages (NEF, ARW and others).
    """
    file.seek(0)
    head = file.read(_HEADER_BYTES)
    if head.startswith(_STARTS) or head[4:12] == _CANON_CR3 or head[8:11] == _CANON_CR2:
        return True
    if not head.startswith(_TIFF_STARTS):
        return False
    try:
        tags = ImageFileDirectory_v2(head[:8])
        file.seek(tags.next)
        tags.load(file)
        is_preview = _SUB_IFDS in tags and int(tags.get(_SUBFILE_TYPE, 0)) & _PREVIEW == _PREVIEW
        return _DNG_VERSION in tags or is_preview or tags.get(_PHOTOMETRIC) in (_MOSAIC, _LINEAR_RAW)
    except DECODING_ERRORS:
        return False


def with_end_marker(file: IO[bytes], image: Image.Image) -> Image.Image | None:
    """A JPEG whose last two bytes are missing, decoded; None when more is missing, or it is another file.

    Where a decoder misses data it repeats the last colour, so the last block, when it is missing, has no texture.
    """
    if image.format not in ("JPEG", "MPO") or image.info.get("progressive"):
        return None
    file.seek(0)
    try:
        whole = Image.open(io.BytesIO(file.read() + _JPEG_END), formats=("JPEG",))
        whole.load()
    except DECODING_ERRORS:
        return None
    last = np.asarray(whole)[-_JPEG_BLOCK_PX // 2 :, -_JPEG_BLOCK_PX // 2 :]
    return None if (last == last[:1, :1]).all() else whole
