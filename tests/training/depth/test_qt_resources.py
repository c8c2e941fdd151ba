"""Photographs inside Qt resource collections."""

import struct
import zlib
from pathlib import Path

import pytest

from refocus.training.depth.qt_resources import read_qt_resource


def collection(path: Path, stored: bytes, packed: bytes) -> Path:
    """A collection with /photos/a.webp stored and /photos/b.webp compressed, as `rcc --binary` lays it out."""
    names, offsets = b"", []
    for name in ("photos", "a.webp", "b.webp"):
        offsets.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    deflated = struct.pack(">I", len(packed)) + zlib.compress(packed)
    contents = struct.pack(">I", len(stored)) + stored + struct.pack(">I", len(deflated)) + deflated
    tree = struct.pack(">IHII", 0, 2, 1, 1) + struct.pack(">IHII", offsets[0], 2, 2, 2)
    tree += struct.pack(">IHHHI", offsets[1], 0, 0, 0, 0)
    tree += struct.pack(">IHHHI", offsets[2], 1, 0, 0, 4 + len(stored))
    at_tree = 20 + len(contents) + len(names)
    header = b"qres" + struct.pack(">4i", 1, at_tree, 20, 20 + len(contents))
    path.write_bytes(header + contents + names + tree)
    return path


def test_stored_and_compressed_files_are_read(tmp_path: Path) -> None:
    file = collection(tmp_path / "a.rcc", b"first", b"second" * 20)
    assert read_qt_resource(file, "/photos/a.webp") == b"first"
    assert read_qt_resource(file, "/photos/b.webp") == b"second" * 20


def test_what_is_missing_or_no_collection_is_said(tmp_path: Path) -> None:
    file = collection(tmp_path / "a.rcc", b"first", b"second")
    with pytest.raises(FileNotFoundError, match=r"no file /photos/c\.webp"):
        read_qt_resource(file, "/photos/c.webp")
    (tmp_path / "b.rcc").write_bytes(b"something else, long enough")
    with pytest.raises(ValueError, match="not a Qt resource collection"):
        read_qt_resource(tmp_path / "b.rcc", "/photos/a.webp")
