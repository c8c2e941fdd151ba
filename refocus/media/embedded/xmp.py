"""XMP packets (RDF in XML) from untrusted files."""

from collections.abc import Iterator, Sequence
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
