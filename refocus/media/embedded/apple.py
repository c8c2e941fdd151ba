"""Depth in iPhone photos: auxiliary pictures of a JPEG (multi-picture) or HEIC file, described in XMP."""

from dataclasses import dataclass

import numpy as np

from refocus.core import Disparity
from refocus.media.embedded.jpeg import Xmp, other_pictures, xmp_packets
from refocus.media.embedded.pixels import DamagedDepth, Floats, grey_picture, recorded

_PIXELS = "http://ns.apple.com/pixeldatainfo/1.0/"
_DEPTH = "http://ns.apple.com/depthData/1.0/"
_NEAREST_DEPTH_M = 0.01
_CONFIDENCE = {"high": 0.9, "low": 0.6}
_MATTE_CONFIDENCE = 0.4


@dataclass(frozen=True, slots=True)
class Auxiliary:
    """Content of an auxiliary picture, and the values of its grey levels.

    Attributes:
        kind: "disparity", "depth", "portraiteffectsmatte", ...; lower case.
        black, white: values of the darkest and the brightest level; None when not specified.
        absolute: whether the values are metric, not relative.
        quality: "high", "low" or "".
    """

    kind: str
    black: float | None = None
    white: float | None = None
    absolute: bool = False
    quality: str = ""

    @classmethod
    def of(cls, xmp: Xmp) -> "Auxiliary | None":
        """Read XMP; None when it describes no auxiliary picture."""
        kind = xmp.text(_PIXELS, "AuxiliaryImageType")
        if kind is None:
            return None
        return cls(
            kind.lower(),
            xmp.number(_PIXELS, "FloatMinValue"),
            xmp.number(_PIXELS, "FloatMaxValue"),
            (xmp.text(_DEPTH, "Accuracy") or "").lower() == "absolute",
            (xmp.text(_DEPTH, "Quality") or "").lower(),
        )

    @property
    def is_depth(self) -> bool:
        """Whether it is a map of disparity or depth."""
        return self.kind in ("disparity", "depth")

    @property
    def is_matte(self) -> bool:
        """Whether it is the matte of a person (portrait effects matte)."""
        return "portraiteffectsmatte" in self.kind.replace(" ", "")

    def disparity(self, grey: Floats) -> Disparity:
        """Convert grey levels, (height, width) float32 in [0, 1].

        Raises:
            DamagedDepth: on an impossible range, or a flat map.
        """
        black, white = (0.0, 1.0) if self.black is None or self.white is None else (self.black, self.white)
        values = black + grey * (white - black)
        if self.kind == "depth" and self.black is not None:
            values = 1 / np.maximum(values, _NEAREST_DEPTH_M)
        confidence = _CONFIDENCE.get(self.quality, 0.8)
        metric = self.absolute and self.black is not None
        return recorded(np.asarray(values, np.float32), "iPhone", metric=metric, confidence=confidence)


def matte_disparity(grey: Floats) -> Disparity:
    """A person's matte as disparity: the person near, all else far. Raises DamagedDepth when it is empty."""
    found = recorded(grey, "iPhone", metric=False, confidence=_MATTE_CONFIDENCE)
    source = "uses the outline of the person your phone recorded (portrait matte): it knows only near and far"
    return Disparity(found.values, metric=False, source=source, origin="recorded", confidence=_MATTE_CONFIDENCE)


def multi_picture_depth(data: bytes, max_pixels: int) -> Disparity | None:
    """The disparity in an iPhone's JPEG as stored, else that of a person's matte; None without either.

    Raises:
        DamagedDepth: when it cannot be used.
    """
    matte: bytes | None = None
    for picture in other_pictures(data):
        packets = xmp_packets(picture)
        described = Auxiliary.of(Xmp(packets)) if packets else None
        if described is not None and described.is_depth:
            return described.disparity(grey_picture(picture, max_pixels))
        if described is not None and described.is_matte:
            matte = picture
    return None if matte is None else matte_disparity(grey_picture(matte, max_pixels))


def described_in(data: bytes) -> Auxiliary | None:
    """The description of a HEIC file's depth picture from its XMP packets; None without any.

    libheif does not expose the XMP of auxiliary pictures, but the packets are in the file as plain text.
    """
    at = data.find(b"<x:xmpmeta")
    while at >= 0:
        end = data.find(b"</x:xmpmeta>", at)
        if end < 0:
            return None
        try:
            described = Auxiliary.of(Xmp([data[at : end + len(b"</x:xmpmeta>")]]))
        except DamagedDepth:
            described = None
        if described is not None and described.is_depth:
            return described
        at = data.find(b"<x:xmpmeta", end)
    return None
