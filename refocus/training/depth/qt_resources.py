"""Read one file out of a binary Qt resource collection (.rcc), in which some packages carry their photographs.

Format: https://doc.qt.io/qt-6/rcc.html, as written by `rcc --binary`: a tree of names, with contents that are stored or
compressed by zlib.
"""

import struct
import zlib
from pathlib import Path

_COMPRESSED, _DIRECTORY = 1, 2


def read_qt_resource(collection: Path, name: str) -> bytes:
    """The contents of a file in a collection.

    Args:
        collection: the .rcc file.
        name: path inside it, like "/photos/cat.webp".

    Raises:
        ValueError: when it is no such collection, or compressed in another way.
        FileNotFoundError: when no file has that name.
    """
    data = collection.read_bytes()
    if data[:4] != b"qres":
        raise ValueError(f"{collection} is not a Qt resource collection")
    version, tree, contents, names = struct.unpack(">4i", data[4:20])
    entry_bytes = 14 if version == 1 else 22

    def entry(index: int) -> tuple[int, int, bytes]:
        at = tree + index * entry_bytes
        name_offset, flags = struct.unpack(">IH", data[at : at + 6])
        return name_offset, flags, data[at + 6 : at + 14]

    def name_of(index: int) -> str:
        at = names + entry(index)[0]
        (length,) = struct.unpack(">H", data[at : at + 2])
        return data[at + 6 : at + 6 + 2 * length].decode("utf-16-be")

    index = 0
    for part in name.strip("/").split("/"):
        _, flags, place = entry(index)
        count, first = struct.unpack(">II", place) if flags & _DIRECTORY else (0, 0)
        found = [child for child in range(first, first + count) if name_of(child) == part]
        if not found:
            raise FileNotFoundError(f"{collection} has no file {name}")
        index = found[0]
    _, flags, place = entry(index)
    at = contents + struct.unpack(">4xI", place)[0]
    (length,) = struct.unpack(">I", data[at : at + 4])
    content = data[at + 4 : at + 4 + length]
    if flags & ~_COMPRESSED:
        raise ValueError(f"{name} in {collection} is compressed in another way than zlib, or a folder")
    return zlib.decompress(content[4:]) if flags & _COMPRESSED else content
