import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from refocus.core import BadInput
from refocus.core.colour import linear_to_srgb, srgb_to_linear
from refocus.media import Photo
from refocus.media.decode import decode
from tests.reference import reference

ORIENTATION = 274
# What a camera stores so that turning by the EXIF value gives the picture back (EXIF 2.32, 4.6.4).
STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright.transpose(1, 0, 2), 2),
    8: lambda upright: np.rot90(upright, -1),
}


def _quarters() -> np.ndarray:
    """A picture whose four corners differ: red, green / blue, white."""
    picture = np.zeros((72, 96, 3), np.uint8)
    picture[:36, :48, 0] = picture[:36, 48:, 1] = picture[36:, :48, 2] = 220
    picture[36:, 48:] = 220
    return picture


def _complaint(path: Path, **limits: int) -> str:
    with pytest.raises(BadInput) as caught:
        decode(path, **limits)
    assert caught.value.todo
    assert "\n" not in str(caught.value)
    return caught.value.message


# --- orientation


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff", "heic", "avif"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_comes_out_upright(tmp_path: Path, ending: str, orientation: int) -> None:
    from pillow_heif import from_pillow

    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](_quarters())))
    path = tmp_path / f"photo.{ending}"
    if ending == "heic":
        from_pillow(stored).save(path, quality=95, exif=exif.tobytes())  # also turns it the HEIF way (irot, imir)
    else:
        stored.save(path, exif=exif)
    seen = decode(path).rgb.astype(int)
    assert seen.shape == (72, 96, 3)
    corners = seen[[10, 10, 60, 60], [10, 80, 10, 80]]
    assert np.abs(corners - [[220, 0, 0], [0, 220, 0], [0, 0, 220], [220, 220, 220]]).max() <= 25


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_impossible_orientation_turns_nothing(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(_quarters()).save(tmp_path / "a.png", exif=exif)
    assert (decode(tmp_path / "a.png").rgb == _quarters()).all()


def test_orientation_from_xmp_in_png(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", '<rdf:Description tiff:Orientation="3"/>')
    Image.fromarray(STORED[3](_quarters()).copy()).save(tmp_path / "a.png", pnginfo=text)
    assert (decode(tmp_path / "a.png").rgb == _quarters()).all()


# --- kinds of pixels

GREYS = np.repeat(np.arange(0, 65536, 683, dtype=np.uint16)[None], 70, axis=0)  # (70, 96)
GREYS_8BIT = np.round(GREYS / 257.0).astype(int)


@pytest.mark.parametrize("ending", ["png", "tiff", "pgm"])
def test_16_bit_grey_keeps_its_whole_range(tmp_path: Path, ending: str) -> None:
    Image.fromarray(GREYS).save(tmp_path / f"a.{ending}")
    rgb = decode(tmp_path / f"a.{ending}").rgb.astype(int)
    assert np.abs(rgb - GREYS_8BIT[..., None]).max() == 0


def test_16_bit_colour_keeps_its_whole_range(tmp_path: Path) -> None:
    colour = np.stack([GREYS, GREYS[:, ::-1], GREYS // 2], axis=-1)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colour)
    _write_png(tmp_path / "a.png", 96, 70, bits=16, kind=2, rows=rows)
    rgb = decode(tmp_path / "a.png").rgb.astype(int)
    assert np.abs(rgb - np.round(colour / 257.0)).max() <= 1


def test_float_grey_from_0_to_1_keeps_its_whole_range(tmp_path: Path) -> None:
    values = np.repeat(np.linspace(0, 1, 96, dtype=np.float32)[None], 70, axis=0)
    Image.fromarray(values).save(tmp_path / "a.tiff")
    decoded = decode(tmp_path / "a.tiff")
    assert (decoded.rgb[0, :, 0] == np.round(values[0] * 255)).all()
    assert decoded.notes == ()


def test_float_grey_without_a_known_range_says_so(tmp_path: Path) -> None:
    values = np.full((70, 96), 1e5, np.float32)
    values[0, 0], values[0, 1] = np.nan, np.inf
    Image.fromarray(values).save(tmp_path / "a.tiff")
    decoded = decode(tmp_path / "a.tiff")
    assert decoded.rgb[5, 5].tolist() == [255, 255, 255]
    assert decoded.rgb[0, 0].tolist() == [0, 0, 0]
    assert "brightest" in decoded.notes[0]


@pytest.mark.parametrize(("mode", "value", "seen"), [("L", 77, 77), ("1", 1, 255), ("1", 0, 0)])
def test_grey_and_bits(tmp_path: Path, mode: str, value: int, seen: int) -> None:
    Image.new(mode, (70, 70), value).save(tmp_path / "a.png")
    assert (decode(tmp_path / "a.png").rgb == seen).all()


def test_ycbcr_tiff(tmp_path: Path) -> None:
    picture = Image.new("RGB", (80, 80), (200, 60, 90)).convert("YCbCr")
    picture.save(tmp_path / "a.tiff", compression="jpeg", quality=95)
    assert np.abs(decode(tmp_path / "a.tiff").rgb.astype(int) - (200, 60, 90)).max() <= 2


def test_cmyk_jpeg_is_not_a_negative(tmp_path: Path) -> None:
    Image.new("CMYK", (80, 80), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    decoded = decode(tmp_path / "a.jpg")
    assert np.abs(decoded.rgb.astype(int) - (255, 0, 0)).max() <= 4
    assert "CMYK" in decoded.notes[0]


def test_palette(tmp_path: Path) -> None:
    Image.fromarray(_quarters()).quantize(8).save(tmp_path / "a.png")
    assert (decode(tmp_path / "a.png").rgb == _quarters()).all()


# --- transparency

ON_WHITE = "Transparent parts are shown on white."


def test_half_transparent_colour_on_white_by_hand(tmp_path: Path) -> None:
    Image.new("RGBA", (70, 70), (200, 0, 100, 128)).save(tmp_path / "a.png")
    decoded = decode(tmp_path / "a.png")
    expected = [round(c * 128 / 255 + 255 * 127 / 255) for c in (200, 0, 100)]
    assert np.abs(decoded.rgb[0, 0].astype(int) - expected).max() <= 1
    assert decoded.notes == (ON_WHITE,)


def test_opaque_alpha_needs_no_note(tmp_path: Path) -> None:
    Image.new("RGBA", (70, 70), (200, 0, 100, 255)).save(tmp_path / "a.webp", lossless=True)
    decoded = decode(tmp_path / "a.webp")
    assert decoded.rgb[0, 0].tolist() == [200, 0, 100]
    assert decoded.notes == ()


@pytest.mark.parametrize("mode", ["LA", "P", "RGB", "L"])
def test_every_kind_of_transparency_shows_white(tmp_path: Path, mode: str) -> None:
    colours: dict[str, Any] = {"LA": (9, 0), "P": 3, "RGB": (9, 9, 9), "L": 9}
    colour = colours[mode]
    options = {} if mode == "LA" else {"transparency": colour}
    picture = Image.new(mode, (70, 70), colour)
    if mode == "P":
        picture.putpalette([10, 20, 30] * 256)
    picture.save(tmp_path / "a.png", **options)
    decoded = decode(tmp_path / "a.png")
    assert (decoded.rgb == 255).all()
    assert decoded.notes == (ON_WHITE,)


# --- profiles


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff", "avif"])
def test_profiles_are_used_and_kept_as_found(tmp_path: Path, rgb_profile: Callable[..., bytes], ending: str) -> None:
    profile = rgb_profile()
    Image.new("RGB", (80, 80), (120, 200, 90)).save(tmp_path / f"a.{ending}", icc_profile=profile)
    decoded = decode(tmp_path / f"a.{ending}")
    assert decoded.icc_profile == profile
    assert decoded.notes == ("Colours converted from Test P3 to sRGB.",)
    assert decoded.rgb[0, 0, 0] < 110  # P3 green is a purer green: less red in sRGB


def test_transparent_and_wide_gamut_at_once(tmp_path: Path, rgb_profile: Callable[..., bytes]) -> None:
    picture = Image.new("RGBA", (80, 80), (120, 200, 90, 255))
    picture.putpixel((0, 0), (0, 0, 0, 0))
    picture.save(tmp_path / "a.png", icc_profile=rgb_profile())
    decoded = decode(tmp_path / "a.png")
    assert decoded.rgb[0, 0].tolist() == [255, 255, 255]
    assert decoded.rgb[5, 5, 0] < 110
    assert decoded.notes == ("Colours converted from Test P3 to sRGB.", ON_WHITE)


# --- several pictures in a file


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_animated_files_show_their_first_frame_and_say_so(tmp_path: Path, ending: str) -> None:
    first, second = Image.new("RGB", (70, 70), "red"), Image.new("RGB", (70, 70), "blue")
    first.save(tmp_path / f"a.{ending}", save_all=True, append_images=[second], duration=100)
    decoded = decode(tmp_path / f"a.{ending}")
    assert np.abs(decoded.rgb.astype(int) - (255, 0, 0)).max() <= 3
    assert decoded.notes == ("Animated file: its first frame is used.",)


def test_the_preview_phones_hide_in_a_jpeg_is_no_animation(tmp_path: Path) -> None:
    photo, preview = Image.new("RGB", (96, 72), "red"), Image.new("RGB", (48, 36), "blue")
    photo.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[preview])
    decoded = decode(tmp_path / "a.jpg")
    assert decoded.rgb.shape == (72, 96, 3)
    assert decoded.notes == ()


def test_heic_of_several_pictures_shows_its_main_one(tmp_path: Path) -> None:
    from pillow_heif import HeifFile

    several = HeifFile()
    for colour in ("red", "blue", "green"):
        several.add_from_pillow(Image.new("RGB", (80, 80), colour))
    several.save(tmp_path / "a.heic", primary_index=1)
    decoded = decode(tmp_path / "a.heic")
    assert decoded.rgb[5, 5, 2] > 240
    assert decoded.notes == ("The file holds 3 pictures: its main one is used.",)


def test_tiff_pages_are_no_animation(tmp_path: Path) -> None:
    Image.new("L", (70, 70), 5).save(
        tmp_path / "a.tiff", save_all=True, append_images=[Image.new("L", (70, 70), 9)] * 2
    )
    decoded = decode(tmp_path / "a.tiff")
    assert (decoded.rgb == 5).all()
    assert decoded.notes == ("The file holds 3 pages: its first one is used.",)


# --- what is refused


def test_missing_file_folder_and_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert "There is no file" in _complaint(tmp_path / "nothing.jpg")
    assert "is a folder" in _complaint(tmp_path)
    assert "too long" in _complaint(tmp_path / ("x" * 300 + ".jpg"))
    assert "There is no file" in _complaint(tmp_path / "empty.jpg" / "photo.jpg")
    assert "empty" in _complaint(tmp_path / "empty.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "regular file" in _complaint(tmp_path / "pipe.jpg")


def test_text_named_like_a_photo(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("Dear photo, ...")
    assert "not a photo" in _complaint(tmp_path / "a.jpg")


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    Image.fromarray(_quarters()).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.heic")
    assert (decode(tmp_path / "a.heic").rgb == _quarters()).all()


def assert_silent(capfd: pytest.CaptureFixture, ending: str) -> None:
    """Nothing was printed; only libtiff writes to stderr by itself, a line about each damaged file."""
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "" or ending == "tiff"


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff", "heic", "avif", "gif"])
def test_cut_files_are_damaged(tmp_path: Path, ending: str, capfd: pytest.CaptureFixture) -> None:
    import pillow_heif

    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (90, 90, 3), dtype=np.uint8))
    whole, cut = tmp_path / f"whole.{ending}", tmp_path / f"cut.{ending}"
    if ending == "heic":
        pillow_heif.from_pillow(noise).save(whole)
    else:
        noise.save(whole, **({"compression": "tiff_lzw"} if ending == "tiff" else {}))
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * 6 // 10])
    message = _complaint(cut)
    assert message == f"{cut.name} is damaged or incomplete."
    assert_silent(capfd, ending)


def test_flipped_bytes_give_a_picture_or_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """Any other error, or a word on the terminal, fails."""
    chance = np.random.default_rng(7)
    noise = Image.fromarray(chance.integers(0, 256, (70, 70, 3), dtype=np.uint8))
    refused = 0
    for ending in ("jpg", "png", "webp", "tiff", "gif", "bmp", "ppm"):
        path = tmp_path / f"a.{ending}"
        noise.save(path, **({"compression": "tiff_adobe_deflate"} if ending == "tiff" else {}))
        whole = path.read_bytes()
        for _ in range(30):
            data = bytearray(whole)
            for place in chance.integers(0, min(len(data), 300), 3):
                data[place] = chance.integers(256)
            path.write_bytes(data)
            try:
                decode(path)
            except BadInput:
                refused += 1
        assert_silent(capfd, ending)
    assert refused > 30


def test_too_small(tmp_path: Path) -> None:
    Image.new("RGB", (63, 200)).save(tmp_path / "a.png")
    assert "63x200" in _complaint(tmp_path / "a.png")
    assert decode(tmp_path / "a.png", min_side_px=63).rgb.shape == (200, 63, 3)


def test_the_limit_on_pixels_is_exact(tmp_path: Path) -> None:
    Image.new("RGB", (100, 80)).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png", max_pixels=8000).rgb.shape == (80, 100, 3)
    assert "100x80" in _complaint(tmp_path / "a.png", max_pixels=7999)


@pytest.mark.parametrize(("width", "height"), [(12_000, 9_000), (30_000, 30_000)])
def test_too_large_is_refused_from_the_header(tmp_path: Path, width: int, height: int) -> None:
    _write_png(
        tmp_path / "bomb.png", width, height, bits=8, kind=2, rows=b""
    )  # decoding it would fail: there is no row
    assert "megapixels, but at most 65 are taken" in _complaint(tmp_path / "bomb.png")


def _write_png(path: Path, width: int, height: int, *, bits: int, kind: int, rows: bytes) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


# --- real files

REFUSED = {
    "bomb_30000x30000.png": "far too large",
    "decompression_bomb.gif": "far too large",
    "empty.heic": "empty",
    "one_pixel.png": "too small",
    "text_named.jpg": "not a photo",
    "tiff_16bit_RGB.tiff": "too small",  # 100x40
    "truncated.heic": "too small",  # 16x16 by its header
    "truncated_image.png": "damaged",
    "truncated_photo.jpg": "damaged",
    "SOURCES.md": "not a photo",
}


def test_every_hostile_file_opens_or_gives_one_sentence(capfd: pytest.CaptureFixture) -> None:
    files = sorted(reference("photos/hostile").iterdir())
    assert len(files) > 20
    for path in files:
        if path.name in REFUSED:
            assert REFUSED[path.name] in _complaint(path), path.name
        else:
            assert decode(path).rgb.min() < decode(path).rgb.max(), path.name
    assert capfd.readouterr() == ("", "")


def test_real_orientations_all_look_the_same() -> None:
    paths = sorted(reference("photos/hostile").glob("exif_landscape_?.jpg"))
    assert len(paths) > 1
    # Small, because each was compressed on its own.
    first, *others = (Photo.open(path).resized(150).rgb.astype(int) for path in paths)
    assert all(np.abs(picture - first).mean() < 2.0 for picture in others)
    assert np.abs(first[:, ::-1] - first).mean() > 10.0  # it would show


def test_real_display_p3_by_hand() -> None:
    path = reference("photos/hostile/display_p3_photo.jpg")
    with Image.open(path) as stored:
        linear = srgb_to_linear(np.asarray(stored))
    to_srgb = np.array([[1.22494, -0.22494, 0.0], [-0.04206, 1.04206, 0.0], [-0.01964, -0.07864, 1.09827]])
    expected = linear_to_srgb(linear @ to_srgb.T) * 255.0
    seen = decode(path).rgb
    assert np.abs(seen - expected).max() <= 3.0
    assert np.abs(seen - expected).mean() < 0.4
    assert np.abs(seen - linear_to_srgb(linear) * 255.0).max() > 10.0  # unconverted would be far off


def test_real_cmyk_by_hand() -> None:
    path = reference("photos/hostile/pil_sample_cmyk.jpg")
    with Image.open(path) as stored:
        ink = np.asarray(stored).astype(float)
    expected = (255 - ink[..., :3]) * (255 - ink[..., 3:]) / 255
    assert np.abs(decode(path).rgb - expected).max() <= 1.0


def test_real_16_bit_grey_by_hand() -> None:
    path = reference("photos/hostile/hopper_16bit.pgm")
    values = np.frombuffer(path.read_bytes()[-2 * 128 * 128 :], ">u2").reshape(128, 128)
    seen = decode(path).rgb[..., 0]
    assert np.abs(seen - values / 257.0).max() <= 0.5001


# --- a file without its end marker


@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_without_its_end_marker_is_taken_with_a_note(tmp_path: Path, cut: int) -> None:
    rgb = np.random.default_rng(3).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    Image.fromarray(rgb).save(tmp_path / "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:-cut])
    decoded = decode(tmp_path / "cut.jpg")
    np.testing.assert_array_equal(decoded.rgb, decode(tmp_path / "whole.jpg").rgb)
    assert "end marker is missing" in " ".join(decoded.notes)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.97])
def test_a_jpeg_that_lacks_more_is_damaged(tmp_path: Path, progressive: bool, share: float) -> None:
    rgb = np.random.default_rng(3).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    Image.fromarray(rgb).save(tmp_path / "whole.jpg", progressive=progressive)
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: int(share * len(data))])
    assert _complaint(tmp_path / "cut.jpg") == "cut.jpg is damaged or incomplete."
