"""Structure of JPEG files: segments, XMP packets (RDF in XML), further pictures (CIPA DC-007, Multi-Picture Format)."""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from refocus.media.embedded.pixels import DamagedDepth

_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")  # not part of XMP; in untrusted XML they may be bombs


class Xmp:
    """The properties of one picture.

    Args:
        packets: XML of the main packet and of the extended one.

    Raises:
        DamagedDepth: when a packet is not XML.
    """

    def __init__(self, packets: Sequence[bytes]) -> None:
        self._roots = tuple(map(_parsed, packets))

    def values(self, namespace: str, name: str) -> Iterator[str]:
        """Every value of a property, written as attribute or element, at any depth, in order."""
        key = f"{{{namespace}}}{name}"
        for element in self._elements():
            if key in element.attrib:
                yield element.attrib[key]
            elif element.tag == key and element.text and element.text.strip():
                yield element.text.strip()

    def text(self, namespace: str, name: str) -> str | None:
        """The first value of a property, or None."""
        return next(self.values(namespace, name), None)

    def number(self, namespace: str, name: str) -> float | None:
        """The first value of a property as a number; None when missing or not a number."""
        text = self.text(namespace, name)
        try:
            return None if text is None else float(text)
        except ValueError:
            return None

    def structures(self, namespace: str, name: str) -> "Iterator[Xmp]":
        """Every structure of that name, with its properties."""
        key = f"{{{namespace}}}{name}"
        for element in self._elements():
            if element.tag == key:
                yield _of(element)

    def _elements(self) -> Iterator[ElementTree.Element]:
        for root in self._roots:
            yield from root.iter()


def _of(element: ElementTree.Element) -> Xmp:
    part = Xmp(())
    part._roots = (element,)
    return part


def _parsed(packet: bytes) -> ElementTree.Element:
    if any(word in packet for word in _FORBIDDEN):
        raise DamagedDepth("it is not XMP")
    try:
        return ElementTree.fromstring(packet.strip(b"\0 \n\r\t"))
    except (ElementTree.ParseError, ValueError) as error:
        raise DamagedDepth("its XMP cannot be read") from error


_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_EXTENDED_HEADER = struct.Struct(">32sII")  # GUID, total length, offset of this chunk
_MAX_XMP_BYTES = 200_000_000
_APP1, _APP2, _SOS, _EOI = 0xE1, 0xE2, 0xDA, 0xD9
_MPF_SIGNATURE = b"MPF\0"
_MPF_ENTRIES_TAG = 0xB002
_MPF_ENTRY_BYTES = 16
_MPF_MAX_TAGS = 64
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))  # markers
# In entropy-coded data FF is followed by 00; FF D0 to FF D7 only restart the decoder.
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a picture's header.

    Attributes:
        marker: its second byte, such as 0xE1 for APP1.
        start: offset of its content in the file.
        content: without marker and length.
    """

    marker: int
    start: int
    content: bytes


def is_jpeg(data: bytes, start: int = 0) -> bool:
    """Whether a JPEG picture begins at `start`."""
    return data[start : start + 3] == b"\xff\xd8\xff"


def segments(data: bytes, start: int = 0) -> Iterator[Segment]:
    """The segments of the picture at `start`, up to its first scan or to damage of the file."""
    at = start + 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:  # fill bytes and markers without content
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _EOI or length < 2:
            return
        yield Segment(marker, at + 4, data[at + 4 : at + 2 + length])
        if marker == _SOS:
            return
        at += 2 + length


def picture_end(data: bytes, start: int = 0) -> int:
    """End of the picture at `start`, after its EOI; the end of the file without one."""
    at = start + 2
    while at < len(data):
        found = _MARKER_IN_SCAN.search(data, at)
        if found is None:
            return len(data)
        marker, at = data[found.start() + 1], found.end()
        if marker == _EOI:
            return at
        if marker not in _WITHOUT_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
    return len(data)


def xmp_packets(data: bytes, start: int = 0) -> tuple[bytes, ...]:
    """The XMP packets of the picture at `start`: the main one, and the extended one when there is one.

    Extended XMP (XMP specification part 3, 1.1.3.1) is split into APP1 segments, in any order.

    Raises:
        DamagedDepth: when a part of the extended packet is missing.
    """
    contents = [segment.content for segment in segments(data, start) if segment.marker == _APP1]
    packets = [content[len(_XMP) :] for content in contents if content.startswith(_XMP)][:1]
    chunks = [content[len(_EXTENDED_XMP) :] for content in contents if content.startswith(_EXTENDED_XMP)]
    if chunks and packets:
        extended = _joined(chunks, packets[0])
        packets += [extended] if extended else []
    return tuple(packets)


def _joined(chunks: list[bytes], packet: bytes) -> bytes:
    """The extended packet that the main one names; others remain from edits."""
    pieces: dict[int, bytes] = {}
    whole = 0
    for chunk in chunks:
        if len(chunk) < _EXTENDED_HEADER.size:
            raise DamagedDepth("its extended XMP is truncated")
        guid, length, offset = _EXTENDED_HEADER.unpack_from(chunk)
        if guid in packet:
            whole = length
            pieces[offset] = chunk[_EXTENDED_HEADER.size :]
    if whole > _MAX_XMP_BYTES:
        raise DamagedDepth("its extended XMP claims an impossible size")
    joined = bytearray()
    for offset in sorted(pieces):
        if offset != len(joined):
            raise DamagedDepth("a piece of its extended XMP is missing")
        joined += pieces[offset]
    if len(joined) != whole:
        raise DamagedDepth("the end of its extended XMP is missing")
    return bytes(joined)


def other_pictures(data: bytes) -> Iterator[bytes]:
    """The pictures after the first; broken entries are left out."""
    for segment in segments(data):
        if segment.marker == _APP2 and segment.content.startswith(_MPF_SIGNATURE):
            base = segment.start + len(_MPF_SIGNATURE)
            for length, offset in _mpf_entries(segment.content[len(_MPF_SIGNATURE) :]):
                start = base + offset
                if offset > 0 and is_jpeg(data, start):
                    yield data[start : start + length]
            return


def _mpf_entries(index: bytes) -> Iterator[tuple[int, int]]:
    """Length and offset of each picture; offsets are relative to the index, that of the first picture is 0."""
    order = {b"MM": ">", b"II": "<"}.get(index[:2])
    if order is None or len(index) < 10:
        return
    directory = struct.unpack_from(f"{order}I", index, 4)[0]
    if directory + 2 > len(index):
        return
    count = min(struct.unpack_from(f"{order}H", index, directory)[0], _MPF_MAX_TAGS)
    for number in range(count):
        at = directory + 2 + 12 * number
        if at + 12 > len(index):
            return
        tag, _, length, value = struct.unpack_from(f"{order}HHII", index, at)
        if tag == _MPF_ENTRIES_TAG:
            for start in range(value, min(value + length, len(index)) - _MPF_ENTRY_BYTES + 1, _MPF_ENTRY_BYTES):
                _, size, offset = struct.unpack_from(f"{order}III", index, start)
                yield size, offset
