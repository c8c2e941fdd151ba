"""Depth in Samsung's Live Focus photos: raw grey levels in the trailer after the JPEG.

The trailer is a directory of named blocks ("SEFH" ... "SEFT"), as documented by ExifTool.
"""

import re
import struct

import numpy as np

from refocus.core import Disparity
from refocus.media.embedded.pixels import DamagedDepth, check_size, recorded

_DEPTH_BLOCK = re.compile(rb"DualShot_DepthMap_\d+")
_EXTRA_BLOCK = b"DualShot_Extra_Info"
_SIZE_MARK = re.compile(rb"[\x01-\x09]\0\xff\xff")  # precedes width and height, at a varying offset
_MAX_DIRECTORY_BYTES = 1 << 16
_ENTRY = struct.Struct("<HHII")  # zero, type, distance of the block before the directory, its bytes


def live_focus_depth(data: bytes, max_pixels: int) -> Disparity | None:
    """The depth map of a Live Focus photo as stored; None without one.

    Raises:
        DamagedDepth: when it cannot be used.
    """
    blocks = _blocks(data)
    grey = next((block for name, block in blocks.items() if _DEPTH_BLOCK.fullmatch(name)), None)
    if grey is None:
        return None
    width, height = _size(blocks.get(_EXTRA_BLOCK, b""))
    check_size((width, height), max_pixels)
    if len(grey) != width * height:
        raise DamagedDepth(f"it has {len(grey)} bytes instead of {width}x{height}")
    levels = np.frombuffer(grey, np.uint8).reshape(height, width).astype(np.float32) / 255
    return recorded(levels, "Samsung Live Focus", metric=False)


def _size(extra: bytes) -> tuple[int, int]:
    found = _SIZE_MARK.search(extra, 32)
    if found is None or found.end() + 8 > len(extra):
        raise DamagedDepth("its size is not in the file")
    width, height = struct.unpack_from("<II", extra, found.end())
    return width, height


def _blocks(data: bytes) -> dict[bytes, bytes]:
    """The trailer's blocks by name; none without a trailer."""
    if data[-4:] != b"SEFT":
        return {}
    length = int.from_bytes(data[-8:-4], "little")
    start = len(data) - 8 - length
    if not 12 <= length <= _MAX_DIRECTORY_BYTES or start < 0 or data[start : start + 4] != b"SEFH":
        return {}
    count = int.from_bytes(data[start + 8 : start + 12], "little")
    blocks: dict[bytes, bytes] = {}
    for number in range(min(count, (length - 12) // _ENTRY.size)):
        _, _, back, size = _ENTRY.unpack_from(data, start + 12 + number * _ENTRY.size)
        block = data[max(0, start - back) : max(0, start - back) + size]
        if back > start or len(block) < 8:
            continue
        name_end = 8 + int.from_bytes(block[4:8], "little")
        blocks[block[8:name_end]] = block[name_end:]
    return blocks
