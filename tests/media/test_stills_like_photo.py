import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from refocus.core import BadInput
from refocus.media import Photo, save_like_photo
from refocus.media.colours import srgb_profile
from refocus.media.exif import exif_for

GREEN = np.full((80, 100, 3), (90, 160, 120), np.uint8)


def with_exif(folder: Path, ending: str = "jpg", **options: Any) -> Path:
    """A photo taken on its side, with lens, place and maker."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Maker"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 1.8
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:06 07:08:09"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 30.0, 0.0)
    path = folder / f"photo.{ending}"
    Image.fromarray(GREEN).save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_exif_is_kept_but_what_is_no_longer_true(tmp_path: Path, ending: str) -> None:
    photo = Photo.open(with_exif(tmp_path))
    save_like_photo(tmp_path / f"out.{ending}", photo.rgb, photo)
    with Image.open(tmp_path / f"out.{ending}") as saved:
        exif = saved.getexif()
        assert exif[ExifTags.Base.Make] == "Maker"
        assert exif.get(ExifTags.Base.Orientation, 1) == 1
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        assert float(camera[ExifTags.Base.FNumber]) == 1.8
        assert camera[ExifTags.Base.DateTimeOriginal] == "2024:05:06 07:08:09"
        assert (camera[ExifTags.Base.ExifImageWidth], camera[ExifTags.Base.ExifImageHeight]) == saved.size == (80, 100)
        assert not exif.get_ifd(ExifTags.IFD.GPSInfo)


def test_the_place_is_kept_when_asked(tmp_path: Path) -> None:
    photo = Photo.open(with_exif(tmp_path))
    save_like_photo(tmp_path / "out.jpg", photo.rgb, photo, keep_location=True)
    with Image.open(tmp_path / "out.jpg") as saved:
        assert saved.getexif().get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] == (52.0, 30.0, 0.0)


def test_the_place_is_nowhere_in_the_file_otherwise(tmp_path: Path) -> None:
    photo = Photo.open(with_exif(tmp_path))
    save_like_photo(tmp_path / "out.jpg", photo.rgb, photo)
    assert b"\x88\x25" not in (tmp_path / "out.jpg").read_bytes()[:400]  # the tag that leads to it


def test_colours_come_back_in_the_photos_own_profile(tmp_path: Path, rgb_profile: Callable[..., bytes]) -> None:
    profile = rgb_profile()
    photo = Photo.open(with_exif(tmp_path, "png", icc_profile=profile))
    assert np.abs(photo.rgb.astype(int)[0, 0] - GREEN[0, 0]).max() > 5  # it was converted
    save_like_photo(tmp_path / "out.png", photo.rgb, photo)
    with Image.open(tmp_path / "out.png") as saved:
        assert saved.info["icc_profile"] == profile
        assert np.abs(np.asarray(saved).astype(int) - GREEN[0, 0]).max() <= 2
    assert np.abs(Photo.open(tmp_path / "out.png").rgb.astype(int) - photo.rgb).max() <= 1


def test_without_a_usable_profile_it_is_srgb(tmp_path: Path, grey_profile: bytes) -> None:
    for profile in (None, grey_profile, b"no profile"):
        save_like_photo(tmp_path / "out.png", GREEN, Photo(GREEN, icc_profile=profile))
        with Image.open(tmp_path / "out.png") as saved:
            assert saved.info["icc_profile"] == srgb_profile()
            assert (np.asarray(saved) == GREEN).all()


def test_a_photo_without_exif_gives_none_and_broken_exif_is_no_reason_to_fail(tmp_path: Path) -> None:
    assert exif_for(None, (10, 10), is_srgb=True) is None
    buffer = io.BytesIO()
    Image.fromarray(GREEN).save(buffer, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01garbage")
    (tmp_path / "broken.jpg").write_bytes(buffer.getvalue())
    photo = Photo.open(tmp_path / "broken.jpg")
    save_like_photo(tmp_path / "out.jpg", photo.rgb, photo)
    assert (tmp_path / "out.jpg").is_file()


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        save_like_photo(tmp_path / "out.gif", GREEN, Photo(GREEN))
    assert ".png or .jpg" in caught.value.todo
