"""Photo files that carry depth, written byte by byte as cameras write them."""

import base64
import hashlib
import io
import struct

import numpy as np
from PIL import Image

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
GDEPTH = "http://ns.google.com/photos/1.0/depthmap/"
GIMAGE = "http://ns.google.com/photos/1.0/image/"
DYNAMIC = "http://ns.google.com/photos/dd/1.0/"


def png(values: np.ndarray) -> bytes:
    """uint8 or uint16 levels."""
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg(rgb: np.ndarray, *, orientation: int = 1) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(rgb).save(buffer, "JPEG", quality=95, subsampling=0, exif=exif)
    return buffer.getvalue()


def packet(body: str, **namespaces: str) -> bytes:
    """An XMP packet of one description; body holds attributes, then elements after a ">"."""
    declared = " ".join(f'xmlns:{name}="{url}"' for name, url in namespaces.items())
    attributes, _, elements = body.partition(">")
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about="" {declared} {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def with_segments(picture: bytes, *segments: bytes) -> bytes:
    return picture[:2] + b"".join(segments) + picture[2:]


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def xmp_segment(xmp: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp)


def extended_segments(xmp: bytes, *, chunk: int = 60_000) -> tuple[str, list[bytes]]:
    """The packet's GUID and its APP1 segments."""
    guid = hashlib.md5(xmp).hexdigest().upper()
    head = b"http://ns.adobe.com/xmp/extension/\0" + guid.encode()
    pieces = range(0, len(xmp), chunk)
    return guid, [segment(0xE1, head + struct.pack(">II", len(xmp), at) + xmp[at : at + chunk]) for at in pieces]


def gdepth_photo(
    photo: bytes,
    depth_file: bytes,
    *,
    attributes: str = 'GDepth:Format="RangeInverse" GDepth:Near="1" GDepth:Far="4" GDepth:Units="m"',
    sharp: bytes | None = None,
    extended: bool = False,
    drop_chunk: int | None = None,
    reverse: bool = False,
) -> bytes:
    """A JPEG with GDepth, and GImage when `sharp` is given; large data goes into extended XMP, as cameras do."""
    data = f'GDepth:Data="{base64.b64encode(depth_file).decode()}"'
    if sharp is not None:
        data += f' GImage:Data="{base64.b64encode(sharp).decode()}"'
    names = {"GDepth": GDEPTH, "GImage": GIMAGE, "xmpNote": "http://ns.adobe.com/xmp/note/"}
    if not extended:
        return with_segments(photo, xmp_segment(packet(f"{attributes} {data}", **names)))
    guid, chunks = extended_segments(packet(data, **names), chunk=5_000)
    if drop_chunk is not None:
        del chunks[drop_chunk]
    if reverse:
        chunks.reverse()
    main = packet(f'{attributes} xmpNote:HasExtendedXMP="{guid}"', **names)
    return with_segments(photo, xmp_segment(main), *chunks)


def dynamic_photo(photo: bytes, depth_file: bytes, *, units: str = "Meters", near: float = 1, far: float = 4) -> bytes:
    """A JPEG with Dynamic Depth: a second camera's confidence map first, then the depth."""
    between = png(np.full((30, 40), 7, np.uint8))
    body = (
        ">"
        "<Device:Container><Container:Directory><rdf:Seq>"
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Length="0" Item:Padding="3"'
        ' Item:DataURI="primary_image"/></rdf:li>'
        f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/png" Item:Length="{len(between)}"'
        ' Item:DataURI="android/confidencemap"/></rdf:li>'
        f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/png" Item:Length="{len(depth_file)}"'
        ' Item:DataURI="android/depthmap"/></rdf:li>'
        "</rdf:Seq></Container:Directory></Device:Container>"
        '<Device:Cameras><rdf:Seq><rdf:li rdf:parseType="Resource"><Device:Camera><Camera:DepthMap'
        f' DepthMap:Format="RangeInverse" DepthMap:ItemSemantic="Depth" DepthMap:Near="{near}" DepthMap:Far="{far}"'
        f' DepthMap:Units="{units}" DepthMap:DepthURI="android/depthmap"/></Device:Camera></rdf:li></rdf:Seq>'
        "</Device:Cameras>"
    )
    names = ("Device", "Container", "Item", "Camera", "DepthMap")
    xmp = packet(body, **{name: f"{DYNAMIC}{name.lower()}/" for name in names})
    return with_segments(photo, xmp_segment(xmp)) + b"\0\0\0" + between + depth_file


def apple_xmp(kind: str, *, accuracy: str = "relative", low: float = 0.5, high: float = 2.5) -> bytes:
    return packet(
        f'apdi:AuxiliaryImageType="{kind}" apdi:FloatMinValue="{low}" apdi:FloatMaxValue="{high}"'
        f' depthData:Accuracy="{accuracy}" depthData:Quality="high"',
        apdi="http://ns.apple.com/pixeldatainfo/1.0/",
        depthData="http://ns.apple.com/depthData/1.0/",
    )


def multi_picture(photo: bytes, *others: bytes, order: str = ">") -> bytes:
    """A JPEG with further JPEGs behind it and an MPF index, in either byte order."""
    count = 1 + len(others)
    header = {">": b"MM", "<": b"II"}[order]
    table = struct.pack(f"{order}H", 1) + struct.pack(f"{order}HHII", 0xB002, 7, 16 * count, 26)
    index_size = 8 + len(table) + 4 + 16 * count
    whole = len(photo) + 4 + 4 + index_size
    index_start = 2 + 4 + 4  # SOI, marker and length, "MPF\0"
    entries = struct.pack(f"{order}IIIHH", 0, whole, 0, 0, 0)
    at = whole
    for other in others:
        entries += struct.pack(f"{order}IIIHH", 0, len(other), at - index_start, 0, 0)
        at += len(other)
    index = header + struct.pack(f"{order}HI", 42, 8) + table + b"\0\0\0\0" + entries
    return with_segments(photo, segment(0xE2, b"MPF\0" + index)) + b"".join(others)


def auxiliary(levels: np.ndarray, xmp: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", quality=98)
    return with_segments(buffer.getvalue(), xmp_segment(xmp))


def samsung_photo(photo: bytes, levels: np.ndarray, *, lie_about_width: int = 0) -> bytes:
    """A JPEG with the trailer of Samsung's Live Focus."""
    height, width = levels.shape
    extra = b"\0" * 60 + b"\x01\0\xff\xff" + struct.pack("<II", width + lie_about_width, height) + b"\0" * 32
    blocks = [(0xAB1, b"DualShot_DepthMap_1", levels.tobytes()), (0xAB3, b"DualShot_Extra_Info", extra)]
    packed = [struct.pack("<HHI", 0, kind, len(name)) + name + content for kind, name, content in blocks]
    body = b"".join(packed)
    directory = b"SEFH" + struct.pack("<II", 101, len(packed))
    at = 0
    for (kind, _, _), block in zip(blocks, packed, strict=True):
        directory += struct.pack("<HHII", 0, kind, len(body) - at, len(block))
        at += len(block)
    return photo + body + directory + struct.pack("<I", len(directory)) + b"SEFT"
