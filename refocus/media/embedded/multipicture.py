"""JPEG files of several pictures (CIPA DC-007, Multi-Picture Format): where each of them begins."""

import struct
from collections.abc import Iterator

from refocus.media.embedded.jpeg import is_jpeg, segments

_APP2 = 0xE2
_SIGNATURE = b"MPF\0"
_ENTRIES_TAG = 0xB002
_ENTRY_BYTES = 16
_MOST_TAGS = 64


def other_pictures(data: bytes) -> Iterator[bytes]:
    """The pictures after the first, each from its beginning; broken entries are left out."""
    for segment in segments(data):
        if segment.marker == _APP2 and segment.content.startswith(_SIGNATURE):
            base = segment.start + len(_SIGNATURE)
            for length, offset in _entries(segment.content[len(_SIGNATURE) :]):
                start = base + offset
                if offset > 0 and is_jpeg(data, start):
                    yield data[start : start + length]
            return


def _entries(index: bytes) -> Iterator[tuple[int, int]]:
    """Length and offset of each picture; offsets count from the index, the first picture's is 0."""
    order = {b"MM": ">", b"II": "<"}.get(index[:2])
    if order is None or len(index) < 10:
        return
    directory = struct.unpack_from(f"{order}I", index, 4)[0]
    if directory + 2 > len(index):
        return
    count = min(struct.unpack_from(f"{order}H", index, directory)[0], _MOST_TAGS)
    for number in range(count):
        at = directory + 2 + 12 * number
        if at + 12 > len(index):
            return
        tag, _, length, value = struct.unpack_from(f"{order}HHII", index, at)
        if tag == _ENTRIES_TAG:
            for start in range(value, min(value + length, len(index)) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
                _, size, offset = struct.unpack_from(f"{order}III", index, start)
                yield size, offset
