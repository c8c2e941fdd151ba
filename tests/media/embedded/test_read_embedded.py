"""Depth maps inside photo files, as cameras write them; broken ones never break the photo."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.media import Photo
from tests.media.embedded.heic_files import heic_photo
from tests.media.embedded.photo_files import (
    apple_xmp,
    auxiliary,
    dynamic_photo,
    gdepth_photo,
    jpeg,
    multi_picture,
    packet,
    png,
    samsung_photo,
    with_segments,
    xmp_segment,
)
from tests.reference import reference

HEIGHT, WIDTH = 120, 160
PHOTO = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
PHOTO[:40, :60] = (220, 40, 30)  # marks the top left
RAMP = np.tile(np.linspace(0, 255, 80).round().astype(np.uint8), (60, 1))  # black at the left
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: np.rot90,
}


def opened(folder: Path, data: bytes, name: str = "photo.jpg") -> Photo:
    (folder / name).write_bytes(data)
    return Photo.open(folder / name)


def as_stored(orientation: int, upright: np.ndarray) -> np.ndarray:
    """What a camera held that way stores of an upright picture."""
    undo = {6: 8, 8: 6}.get(orientation, orientation)
    return np.ascontiguousarray(TURNS[undo](upright))


def test_range_inverse_in_metres_becomes_diopters(tmp_path: Path) -> None:
    photo = opened(tmp_path, gdepth_photo(jpeg(PHOTO), png(RAMP)))
    assert photo.disparity is not None
    assert photo.disparity.metric
    assert photo.disparity.origin == "recorded"
    values = photo.disparity.values[30]
    assert values[0] == pytest.approx(1 / 1)  # black is near
    assert values[-1] == pytest.approx(1 / 4)
    assert values[40] == pytest.approx(1 - 0.75 * int(RAMP[30, 40]) / 255, abs=1e-4)  # linear in inverse distance
    assert photo.notes == ()


def test_range_linear_is_linear_in_distance(tmp_path: Path) -> None:
    said = 'GDepth:Format="RangeLinear" GDepth:Near="1000" GDepth:Far="4000" GDepth:Units="mm"'
    photo = opened(tmp_path, gdepth_photo(jpeg(PHOTO), png(RAMP), attributes=said))
    assert photo.disparity is not None
    assert 1 / photo.disparity.values[30, 40] == pytest.approx(1 + 3 * int(RAMP[30, 40]) / 255, abs=1e-3)


def test_without_units_nothing_is_taken_for_metres(tmp_path: Path) -> None:
    said = 'GDepth:Format="RangeInverse" GDepth:Near="12.4" GDepth:Far="390"'
    photo = opened(tmp_path, gdepth_photo(jpeg(PHOTO), png(RAMP), attributes=said))
    assert photo.disparity is not None
    assert not photo.disparity.metric
    assert (photo.disparity.nearest, photo.disparity.farthest) == (1, 0)
    assert photo.disparity.values[0, 0] == 1


def test_sixteen_bits_are_kept(tmp_path: Path) -> None:
    fine = np.tile(np.linspace(0, 65535, 80).astype(np.uint16), (60, 1))
    photo = opened(tmp_path, gdepth_photo(jpeg(PHOTO), png(fine)))
    assert photo.disparity is not None
    assert photo.disparity.values[0, 41] == pytest.approx(1 - 0.75 * fine[0, 41] / 65535, abs=1e-5)


@pytest.mark.parametrize("reverse", [False, True])
def test_extended_xmp_is_joined_in_any_order(tmp_path: Path, reverse: bool) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 160)).astype(np.uint8)
    data = gdepth_photo(jpeg(PHOTO), png(noise), extended=True, reverse=reverse)
    assert data.count(b"xmp/extension") > 3
    photo = opened(tmp_path, data)
    assert photo.disparity is not None
    assert np.allclose(photo.disparity.values, 1 - 0.75 * noise / 255, atol=1e-4)


def test_the_sharp_picture_of_a_blurred_photo_is_found(tmp_path: Path) -> None:
    sharp = np.random.default_rng(1).integers(0, 256, PHOTO.shape).astype(np.uint8)
    turned = jpeg(as_stored(6, sharp))
    photo = opened(tmp_path, gdepth_photo(jpeg(as_stored(6, PHOTO), orientation=6), png(RAMP.T), sharp=turned))
    assert photo.all_in_focus is not None
    assert np.abs(photo.all_in_focus.astype(int) - sharp).mean() < 4  # what JPEG leaves of noise
    small = photo.resized(80)
    assert small.all_in_focus is not None
    assert small.all_in_focus.shape == small.rgb.shape == (60, 80, 3)


def test_a_sharp_picture_of_another_shape_is_left_out_and_told(tmp_path: Path) -> None:
    photo = opened(tmp_path, gdepth_photo(jpeg(PHOTO), png(RAMP), sharp=jpeg(PHOTO[:, :100])))
    assert photo.all_in_focus is None
    assert "other proportions" in photo.notes[0]


@pytest.mark.parametrize(("units", "near", "far"), [("Meters", 1, 4), ("Diopters", 1, 0.25), ("Diopters", 1, 4)])
def test_dynamic_depth_is_found_behind_the_photo(tmp_path: Path, units: str, near: float, far: float) -> None:
    photo = opened(tmp_path, dynamic_photo(jpeg(PHOTO), png(RAMP), units=units, near=near, far=far))
    assert photo.disparity is not None
    assert photo.disparity.metric
    assert photo.disparity.values[0, 0] == pytest.approx(1)
    assert photo.disparity.values[0, -1] == pytest.approx(0.25)


@pytest.mark.parametrize("order", [">", "<"])
def test_apple_disparity_in_a_multi_picture_file(tmp_path: Path, order: str) -> None:
    gain_map = auxiliary(RAMP, apple_xmp("urn:com:apple:photo:2020:aux:hdrgainmap"))
    matte = auxiliary(RAMP.T.copy(), apple_xmp("portraiteffectsmatte"))
    depth = auxiliary(RAMP, apple_xmp("disparity", accuracy="absolute"))
    photo = opened(tmp_path, multi_picture(jpeg(PHOTO), gain_map, matte, depth, order=order))
    assert photo.disparity is not None
    assert photo.disparity.metric
    assert photo.disparity.values[30, 0] == pytest.approx(0.5, abs=0.05)  # black is far here
    assert photo.disparity.values[30, -1] == pytest.approx(2.5, abs=0.05)


def test_relative_accuracy_is_not_metric(tmp_path: Path) -> None:
    photo = opened(tmp_path, multi_picture(jpeg(PHOTO), auxiliary(RAMP, apple_xmp("disparity"))))
    assert photo.disparity is not None
    assert not photo.disparity.metric
    assert (photo.disparity.farthest, photo.disparity.nearest) == (0, 1)


def test_apple_depth_is_a_distance(tmp_path: Path) -> None:
    photo = opened(tmp_path, multi_picture(jpeg(PHOTO), auxiliary(RAMP, apple_xmp("depth", accuracy="absolute"))))
    assert photo.disparity is not None
    assert photo.disparity.values[30, 0] == pytest.approx(2, abs=0.1)  # 0.5 m


def test_a_portrait_matte_alone_is_a_weak_map(tmp_path: Path) -> None:
    photo = opened(tmp_path, multi_picture(jpeg(PHOTO), auxiliary(RAMP, apple_xmp("portraiteffectsmatte"))))
    assert photo.disparity is not None
    assert photo.disparity.confidence is not None
    assert photo.disparity.confidence < 0.5
    assert "matte" in photo.disparity.source


def test_other_multi_picture_files_carry_no_depth(tmp_path: Path) -> None:
    photo = opened(tmp_path, multi_picture(jpeg(PHOTO), jpeg(PHOTO)))
    assert (photo.disparity, photo.notes) == (None, ())


def test_samsung_live_focus(tmp_path: Path) -> None:
    photo = opened(tmp_path, samsung_photo(jpeg(PHOTO), RAMP))
    assert photo.disparity is not None
    assert np.allclose(photo.disparity.values, RAMP / 255, atol=1e-3)


@pytest.mark.parametrize("xmp", [b"", apple_xmp("disparity", accuracy="absolute")])
def test_heic_depth(tmp_path: Path, xmp: bytes) -> None:
    photo = opened(tmp_path, heic_photo(PHOTO, RAMP, xmp=xmp), "photo.heic")
    assert photo.disparity is not None
    low, high = (0.5, 2.5) if xmp else (0, 1)
    assert photo.disparity.metric == bool(xmp)
    assert photo.disparity.values[30, 0] == pytest.approx(low, abs=0.03)
    assert photo.disparity.values[30, -1] == pytest.approx(high, abs=0.03)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["google", "apple", "samsung"])
def test_the_map_is_turned_with_the_photo(tmp_path: Path, orientation: int, kind: str) -> None:
    levels = np.full((60, 80), 40, np.uint8)
    levels[:20, :30] = 200  # where the photo is red
    stored = as_stored(orientation, levels)
    photo_file = jpeg(as_stored(orientation, PHOTO), orientation=orientation)
    photo = opened(
        tmp_path,
        {
            "google": lambda: gdepth_photo(photo_file, png(255 - stored)),
            "apple": lambda: multi_picture(photo_file, auxiliary(stored, apple_xmp("disparity"))),
            "samsung": lambda: samsung_photo(photo_file, stored),
        }[kind](),
    )
    assert photo.disparity is not None
    values = photo.disparity.values
    assert values.shape == (60, 80)
    assert np.abs(photo.rgb[10, 10].astype(int) - (220, 40, 30)).max() < 8
    middle = (photo.disparity.nearest + photo.disparity.farthest) / 2
    assert (values[2:16, 2:26] > middle).all()
    assert (values[26:] < middle).all()


def test_a_map_that_is_stored_upright_is_left_as_it_is(tmp_path: Path) -> None:
    photo = opened(tmp_path, gdepth_photo(jpeg(as_stored(6, PHOTO), orientation=6), png(RAMP)))
    assert photo.disparity is not None
    assert photo.disparity.values.shape == (60, 80)
    assert photo.disparity.values[0, 0] > photo.disparity.values[0, -1]


def broken_files() -> dict[str, bytes]:
    plain = jpeg(PHOTO)
    noise = np.random.default_rng(2).integers(0, 256, (120, 160)).astype(np.uint8)
    names = {"GDepth": "http://ns.google.com/photos/1.0/depthmap/"}
    dynamic = dynamic_photo(plain, png(RAMP))
    whole = gdepth_photo(plain, png(RAMP))
    return {
        "a chunk is missing": gdepth_photo(plain, png(noise), extended=True, drop_chunk=2),
        "the last chunk is missing": gdepth_photo(plain, png(noise), extended=True, drop_chunk=-1),
        "no data": with_segments(plain, xmp_segment(packet('GDepth:Near="1" GDepth:Far="2"', **names))),
        "no base64": with_segments(plain, xmp_segment(packet('GDepth:Near="1" GDepth:Data="%%"', **names))),
        "no picture": gdepth_photo(plain, b"\x89PNG\r\n\x1a\nnothing"),
        "cut picture": gdepth_photo(plain, png(noise)[:500]),
        "flat": gdepth_photo(plain, png(np.full((60, 80), 9, np.uint8))),
        "impossible range": gdepth_photo(plain, png(RAMP), attributes='GDepth:Near="4" GDepth:Far="1"'),
        "unknown format": gdepth_photo(plain, png(RAMP), attributes='GDepth:Format="Odd" GDepth:Near="1"'),
        "cropped": gdepth_photo(plain, png(RAMP[:, :50])),
        "entities": whole.replace(b"<x:xmpmeta", b"<!ENTITY a><x:xmpmeta").replace(b"\xff\xe1", b"\xff\xe1", 1),
        "dynamic cut": dynamic[:-30],
        "samsung size": samsung_photo(plain, RAMP, lie_about_width=1),
        "aux not decodable": multi_picture(plain, auxiliary(RAMP, apple_xmp("disparity"))[:1200]),
    }


@pytest.mark.parametrize("name", broken_files())
def test_a_broken_map_leaves_the_photo_and_is_told(tmp_path: Path, name: str) -> None:
    photo = opened(tmp_path, broken_files()[name])
    assert photo.rgb.shape == PHOTO.shape
    assert photo.disparity is None
    assert any("cannot be used" in note for note in photo.notes)


def test_flipped_bytes_never_break_the_photo(tmp_path: Path) -> None:
    """Damage in everything behind the picture's own data."""
    whole = gdepth_photo(jpeg(PHOTO), png(RAMP))
    start = whole.index(b"http://ns.adobe.com/xap")
    end = whole.index(b"</x:xmpmeta>")
    random = np.random.default_rng(3)
    for _ in range(60):
        data = bytearray(whole)
        for at in random.integers(start, end, 4):
            data[at] ^= int(random.integers(1, 256))
        assert opened(tmp_path, bytes(data)).rgb.shape == PHOTO.shape
    trailer = samsung_photo(jpeg(PHOTO), RAMP)
    for at in range(len(trailer) - 80, len(trailer)):
        data = bytearray(trailer)
        data[at] ^= 0x5A
        assert opened(tmp_path, bytes(data)).rgb.shape == PHOTO.shape


def test_photos_without_depth_say_nothing(tmp_path: Path) -> None:
    photo = opened(tmp_path, jpeg(PHOTO))
    assert (photo.disparity, photo.all_in_focus, photo.notes) == (None, None, ())
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    assert Photo.open(tmp_path / "a.png").disparity is None


def test_a_real_lens_blur_photo() -> None:
    photo = Photo.open(reference("photos/rgbd/embedded/lensblur_table_gdepth.jpg"))
    assert photo.disparity is not None
    assert photo.all_in_focus is not None
    values = photo.disparity.values
    assert values.shape == (1024, 768)
    assert values[-40:].mean() > 2 * values[:40].mean()  # the floor is nearer than the roof
    # The photo's background is blurred; the sharp picture has its detail.
    background = np.s_[330:400, 500:700]
    assert photo.all_in_focus[background].std() > 1.2 * photo.rgb[background].std()


def test_a_real_iphone_portrait() -> None:
    photo = Photo.open(reference("photos/rgbd/embedded/iphone_depth_mpo.jpg"))
    assert photo.disparity is not None
    assert (photo.height, photo.width) == (4032, 3024)
    values = photo.disparity.values
    assert values.shape == (768, 576)
    assert values[400, 280] > 2 * values[100, 280]  # the vase before the wall
