"""HEIC files with a depth auxiliary picture: pillow-heif writes two pictures, and the second is made auxiliary here."""

import io
import struct

import numpy as np
import pillow_heif
from PIL import Image

_AUXILIARY_TYPE = b"urn:mpeg:hevc:2015:auxid:2\0"


def heic_photo(rgb: np.ndarray, levels: np.ndarray, *, xmp: bytes = b"") -> bytes:
    """A HEIC with a depth picture (ISO/IEC 23008-12, 6.5.8); `xmp` is left in the file as phones leave it."""
    heif = pillow_heif.HeifFile()
    heif.add_from_pillow(Image.fromarray(rgb))
    heif.add_from_pillow(Image.fromarray(levels))
    buffer = io.BytesIO()
    heif.save(buffer, quality=90)
    return _with_depth(buffer.getvalue()) + (_box(b"free", xmp) if xmp else b"")


def _with_depth(data: bytes) -> bytes:
    top = _boxes(data)
    names = [name for name, _ in top]
    meta = dict(top)[b"meta"]
    children = _boxes(meta[4:])
    first, second = _items(dict(children)[b"iinf"])
    changed = [(name, _changed(name, content, second)) for name, content in children]
    changed.append((b"iref", b"\0\0\0\0" + _box(b"auxl", struct.pack(">HHH", second, 1, first))))
    grown = sum(8 + len(content) for _, content in changed) - sum(8 + len(content) for _, content in children)
    changed = [(name, _moved(content, grown) if name == b"iloc" else content) for name, content in changed]
    new_meta = meta[:4] + b"".join(_box(name, content) for name, content in changed)
    assert names.index(b"meta") < names.index(b"mdat")
    return b"".join(_box(name, new_meta if name == b"meta" else content) for name, content in top)


def _changed(name: bytes, content: bytes, item: int) -> bytes:
    """Property boxes with an auxC for the item."""
    if name != b"iprp":
        return content
    (ipco_name, ipco), (ipma_name, ipma) = _boxes(content)
    number = len(_boxes(ipco)) + 1
    ipco += _box(b"auxC", b"\0\0\0\0" + _AUXILIARY_TYPE)
    flags, count = struct.unpack_from(">II", ipma)
    assert flags == 0, "one byte a property"
    out, at = ipma[:8], 8
    for _ in range(count):
        entry, properties = struct.unpack_from(">HB", ipma, at)
        listed = ipma[at + 3 : at + 3 + properties]
        at += 3 + properties
        if entry == item:
            listed += bytes([number])
        out += struct.pack(">HB", entry, len(listed)) + listed
    return _box(ipco_name, ipco) + _box(ipma_name, out)


def _moved(iloc: bytes, by: int) -> bytes:
    """Locations of items in mdat, moved by so many bytes."""
    version, sizes = iloc[0], iloc[4]
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, iloc[5] >> 4
    count = struct.unpack_from(">H", iloc, 6)[0]
    out, at = bytearray(iloc), 8
    for _ in range(count):
        at += 2
        method = 0
        if version:
            method = struct.unpack_from(">H", iloc, at)[0]
            at += 2
        at += 2 + base_size
        extents = struct.unpack_from(">H", iloc, at)[0]
        at += 2
        for _ in range(extents):
            if method == 0:
                moved = int.from_bytes(iloc[at : at + offset_size], "big") + by
                out[at : at + offset_size] = moved.to_bytes(offset_size, "big")
            at += offset_size + length_size
    return bytes(out)


def _items(iinf: bytes) -> list[int]:
    return [struct.unpack_from(">H", content, 4)[0] for _, content in _boxes(iinf[6:])]


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big") or len(data) - at
        found.append((data[at + 4 : at + 8], data[at + 8 : at + size]))
        at += size
    return found


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content
