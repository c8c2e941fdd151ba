import struct
from pathlib import Path

import pytest
from PIL import Image
from pillow_heif import from_pillow

from refocus.core import BadInput
from refocus.media import Photo
from tests.reference import reference

SUBFILE_TYPE, PHOTOMETRIC, SUB_IFDS, DNG_VERSION = 254, 262, 330, 50706


def _tiff(path: Path, tags: dict[int, int], *, big_endian: bool = False) -> Path:
    """A small picture as TIFF, with more tags in its first directory."""
    Image.new("RGB", (80, 64), "white").save(path, "TIFF")
    order = ">" if big_endian else "<"
    base = {256: 80, 257: 64, 258: 8, 259: 1, PHOTOMETRIC: 1, 273: 1000, 277: 1, 278: 64, 279: 80 * 64}
    entries = sorted({**base, **tags}.items())
    head = b"MM" if big_endian else b"II"
    data = head + struct.pack(f"{order}HIH", 42, 8, len(entries))
    for tag, value in entries:
        data += struct.pack(f"{order}HHII", tag, 4, 1, value)
    data += struct.pack(f"{order}I", 0)
    path.write_bytes(data.ljust(1000, b"\0") + b"\x80" * (80 * 64))
    return path


def _beginning_with(start: bytes, path: Path) -> Path:
    path.write_bytes(start.ljust(4000, b"\1"))
    return path


@pytest.mark.parametrize(
    "tags",
    [
        {SUBFILE_TYPE: 1, SUB_IFDS: 500},  # NEF, ARW: a preview comes first
        {DNG_VERSION: 0x01040000},
        {PHOTOMETRIC: 32803},  # PEF: a mosaic comes first
    ],
)
@pytest.mark.parametrize("big_endian", [False, True])
def test_raw_files_in_tiff_are_said_to_be_raw(tmp_path: Path, tags: dict[int, int], big_endian: bool) -> None:
    with pytest.raises(BadInput, match="raw file of a camera"):
        Photo.open(_tiff(tmp_path / "photo.nef", tags, big_endian=big_endian))


@pytest.mark.parametrize("tags", [{}, {SUBFILE_TYPE: 1}, {SUBFILE_TYPE: 0, SUB_IFDS: 500}])
def test_other_tiff_files_are_photos(tmp_path: Path, tags: dict[int, int]) -> None:
    assert Photo.open(_tiff(tmp_path / "photo.tif", tags)).size == (80, 64)


@pytest.mark.parametrize(
    "start",
    [
        b"FUJIFILMCCD-RAW 0201",
        b"IIU\0\x18\0\0\0",
        b"IIRO\x08\0\0\0",
        b"FOVb\0\0",
        b"\0MRM\0\0",
        b"II\x1a\0\0\0HEAPCCDR",
        b"II*\0\x10\0\0\0CR\x02\0",
        b"\0\0\0\x18ftypcrx \0",
    ],
)
def test_other_raw_files_are_known_by_their_start(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(BadInput, match="raw file of a camera"):
        Photo.open(_beginning_with(start, tmp_path / "photo.raw"))


@pytest.mark.parametrize("name", ["photo.dng", "photo.nef"])
def test_the_cases_are_raw(name: str) -> None:
    with pytest.raises(BadInput, match="raw file of a camera"):
        Photo.open(reference(f"cases/raw/{name}"))


@pytest.mark.parametrize(
    "start",
    [
        b"\0\0\0\x20ftypisom\0\0\2\0",
        b"\0\0\0\x14ftypqt  \0\0\0\0",
        b"\0\0\0\x18ftyp3gp5\0\0\0\0",
        b"\0\0\0\x08wide\0\0\0\0mdat",
        b"\x1aE\xdf\xa3\x9fB\x86\x81\1",
        b"RIFF\0\0\1\0AVI LIST",
        b"0&\xb2u\x8ef\xcf\x11\xa6\xd9",
    ],
)
def test_a_video_is_said_to_be_a_video(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(BadInput, match=r"photo.jpg is a video, not a photo"):
        Photo.open(_beginning_with(start, tmp_path / "photo.jpg"))


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_photos_in_the_containers_of_videos_are_photos(tmp_path: Path, kind: str) -> None:
    path, picture = tmp_path / "photo", Image.new("RGB", (80, 64), "white")
    if kind == "HEIF":
        from_pillow(picture).save(path)
    else:
        picture.save(path, kind)
    assert Photo.open(path).size == (80, 64)


@pytest.mark.parametrize("name", ["rotated.mp4", "sweep_resent_crf28.mp4"])
def test_the_cases_are_videos(name: str) -> None:
    with pytest.raises(BadInput, match="is a video"):
        Photo.open(reference(f"cases/video/{name}"))
