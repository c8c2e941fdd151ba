"""Depth in JPEG files by Google: GDepth in XMP, and Dynamic Depth, whose pictures follow the photo.

https://developers.google.com/depthmap-metadata/reference and Dynamic Depth 1.0 (2019-03-20).
"""

from collections.abc import Iterator

from refocus.core import Disparity
from refocus.media.embedded.jpeg import Xmp, is_jpeg, picture_end
from refocus.media.embedded.pixels import DamagedDepth, DepthRange, from_base64, grey_picture

_GDEPTH = "http://ns.google.com/photos/1.0/depthmap/"
_GIMAGE = "http://ns.google.com/photos/1.0/image/"
_DYNAMIC = "http://ns.google.com/photos/dd/1.0/"
_DEPTH_MAP, _CAMERA = f"{_DYNAMIC}depthmap/", f"{_DYNAMIC}camera/"
_CONTAINER, _ITEM = f"{_DYNAMIC}container/", f"{_DYNAMIC}item/"


def gdepth(xmp: Xmp, max_pixels: int) -> Disparity | None:
    """The GDepth map as stored; None without one.

    Raises:
        DamagedDepth: when it cannot be used.
    """
    data = xmp.text(_GDEPTH, "Data")
    near, far = xmp.number(_GDEPTH, "Near"), xmp.number(_GDEPTH, "Far")
    if data is None:
        if near is not None or far is not None:
            raise DamagedDepth("its data is missing")
        return None
    levels = DepthRange(xmp.text(_GDEPTH, "Format"), near, far, xmp.text(_GDEPTH, "Units"))
    return levels.disparity(grey_picture(from_base64(data), max_pixels), "Google camera")


def sharp_picture(xmp: Xmp) -> bytes | None:
    """The file of the photo before its background was blurred (GImage); None without one.

    Raises:
        DamagedDepth: when it is not base64.
    """
    data = xmp.text(_GIMAGE, "Data")
    return None if data is None else from_base64(data)


def dynamic_depth(data: bytes, xmp: Xmp, max_pixels: int) -> Disparity | None:
    """The Dynamic Depth map as stored; None without one.

    Raises:
        DamagedDepth: when it cannot be used.
    """
    described = next((part for part in xmp.structures(_CAMERA, "DepthMap") if _is_depth(part)), None)
    if described is None:
        return None
    uri = described.text(_DEPTH_MAP, "DepthURI")
    items = {name: (start, length) for name, start, length in _items(data, xmp)}
    if uri is None or uri not in items:
        raise DamagedDepth("its picture is not in the file")
    start, length = items[uri]
    levels = DepthRange(
        described.text(_DEPTH_MAP, "Format"),
        described.number(_DEPTH_MAP, "Near"),
        described.number(_DEPTH_MAP, "Far"),
        described.text(_DEPTH_MAP, "Units"),
    )
    return levels.disparity(grey_picture(data[start : start + length], max_pixels), "Android camera, Dynamic Depth")


def _is_depth(depth_map: Xmp) -> bool:
    return (depth_map.text(_DEPTH_MAP, "ItemSemantic") or "Depth").lower() == "depth"


def _items(data: bytes, xmp: Xmp) -> Iterator[tuple[str, int, int]]:
    """Name, start and length of each picture after the photo, in the order of the directory."""
    at = picture_end(data) if is_jpeg(data) else 0
    for index, item in enumerate(xmp.structures(_CONTAINER, "Item")):
        length = int(item.number(_ITEM, "Length") or 0)
        padding = int(item.number(_ITEM, "Padding") or 0)
        if index == 0:  # the photo itself; its length is missing or zero
            at += padding
            continue
        if length <= 0 or padding < 0 or at + length > len(data):
            raise DamagedDepth("the pictures after the photo are truncated")
        yield item.text(_ITEM, "DataURI") or "", at, length
        at += length + padding
