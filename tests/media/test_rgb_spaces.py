import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.core.colour import linear_to_srgb8, srgb_to_linear
from refocus.media.colours import ADOBE_RGB, BT2020, DISPLAY_P3, HDR_NOTE, RgbSpace, profile_of, to_srgb
from refocus.media.decode import decode

COLOURS = np.array(
    [[(255, 255, 255), (0, 0, 0), (128, 128, 128), (200, 150, 120), (90, 120, 80), (60, 70, 140)]], np.uint8
)
# Linear light of the space to linear sRGB: published values (Lindbloom; CSS Color 4, section 10).
P3_TO_SRGB = [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]
ADOBE_TO_SRGB = [[1.3984, -0.3984, 0.0], [0.0, 1.0, 0.0], [0.0, -0.0429, 1.0429]]
BT2020_TO_SRGB = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]


@pytest.mark.parametrize(
    ("space", "matrix", "gamma"),
    [(DISPLAY_P3, P3_TO_SRGB, None), (ADOBE_RGB, ADOBE_TO_SRGB, 563 / 256), (BT2020, BT2020_TO_SRGB, None)],
)
def test_profiles_give_the_published_colours(space: RgbSpace, matrix: list, gamma: float | None) -> None:
    linear = (COLOURS / 255.0) ** gamma if gamma else srgb_to_linear(COLOURS)
    rgb, notes = to_srgb(Image.fromarray(COLOURS), profile_of(space))
    assert np.abs(np.asarray(rgb).astype(int) - linear_to_srgb8(linear @ np.array(matrix).T)).max() <= 1
    assert notes == (f"Colours converted from {space.name} to sRGB.",)


def _heic(path: Path, **numbers: int) -> Path:
    import pillow_heif

    pillow_heif.from_pillow(Image.new("RGB", (80, 80), (120, 200, 90))).save(path, quality=95, **numbers)
    return path


def test_heic_that_names_display_p3(tmp_path: Path) -> None:
    decoded = decode(_heic(tmp_path / "a.heic", color_primaries=12, transfer_characteristics=13))
    expected = linear_to_srgb8(srgb_to_linear(np.array([120, 200, 90], np.uint8)) @ np.array(P3_TO_SRGB).T)
    assert np.abs(decoded.rgb[5, 5].astype(int) - expected).max() <= 4
    assert decoded.notes == ("Colours converted from Display P3 to sRGB.",)
    assert decoded.icc_profile is None


def test_heic_in_srgb_stays_as_it_is(tmp_path: Path) -> None:
    decoded = decode(_heic(tmp_path / "a.heic", color_primaries=1, transfer_characteristics=13))
    assert np.abs(decoded.rgb[5, 5].astype(int) - (120, 200, 90)).max() <= 3
    assert decoded.notes == ()


def test_high_dynamic_range_is_said(tmp_path: Path) -> None:
    assert decode(_heic(tmp_path / "a.heic", color_primaries=9, transfer_characteristics=16)).notes == (HDR_NOTE,)


def _exif(space: int, index: str | None) -> bytes:
    """Three directories: the first points to EXIF (at 26), which points to interoperability (at 56)."""

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return struct.pack(">HHI", tag, kind, count) + value.ljust(4, b"\0")

    first = struct.pack(">H", 1) + entry(0x8769, 4, 1, struct.pack(">I", 26)) + bytes(4)
    entries = [entry(0xA001, 3, 1, struct.pack(">H", space))]
    if index:
        entries.append(entry(0xA005, 4, 1, struct.pack(">I", 56)))
    exif = struct.pack(">H", len(entries)) + b"".join(entries) + bytes(4)
    interoperability = struct.pack(">H", 1) + entry(1, 2, 4, (index or "").encode() + b"\0") + bytes(4)
    return b"Exif\0\0MM\0*\0\0\0\x08" + first + exif.ljust(30, b"\0") + interoperability


@pytest.mark.parametrize(("space", "index", "converted"), [
    (0xFFFF, "R03", True),
    (0xFFFF, "R98", False),
    (1, "R03", False),
    (0xFFFF, None, False),
])  # fmt: skip
def test_cameras_mark_adobe_rgb_in_exif(tmp_path: Path, space: int, index: str | None, converted: bool) -> None:
    Image.new("RGB", (80, 80), (120, 200, 90)).save(tmp_path / "a.png", exif=_exif(space, index))
    decoded = decode(tmp_path / "a.png")
    assert (decoded.rgb[5, 5, 0] < 60) == converted
    assert decoded.notes == (("Colours converted from Adobe RGB to sRGB.",) if converted else ())
