from pathlib import Path

import pytest
from PIL import ExifTags, Image

from refocus.core import BadInput
from refocus.media.photo_files import natural_key, photos_in, picture_files, taken_order
from tests.reference import reference


def _photo(path: Path, time: str | None, fraction: str = "") -> Path:
    exif = Image.Exif()
    if time is not None:
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        camera[ExifTags.Base.DateTimeOriginal], camera[ExifTags.Base.SubsecTimeOriginal] = time, fraction
    Image.new("RGB", (80, 64)).save(path, exif=exif)
    return path


def test_a_counter_that_starts_anew_does_not_break_the_order(tmp_path: Path) -> None:
    before = _photo(tmp_path / "DSC_9999.jpg", "2024:05:01 10:00:00", "90")
    after = _photo(tmp_path / "DSC_0001.jpg", "2024:05:01 10:00:00", "95")
    assert taken_order([after, before]) == ([before, after], True)


def test_without_all_times_names_decide(tmp_path: Path) -> None:
    first, second = (
        _photo(tmp_path / "1.jpg", "2024:05:01 10:00:05"),
        _photo(tmp_path / "2.jpg", "2024:05:01 10:00:05"),
    )
    assert taken_order([second, first]) == ([first, second], False)
    for time in (None, "0000:00:00 00:00:00", "    :  :     :  :  "):
        unknown = _photo(tmp_path / "3.jpg", time)
        _photo(tmp_path / "1.jpg", "2030:05:01 10:00:05")
        assert taken_order([unknown, second, first]) == ([first, second, unknown], False)


def test_numbers_in_names_sort_by_value() -> None:
    assert natural_key(Path("IMG_2.jpg")) < natural_key(Path("img_10.jpg"))
    assert natural_key(Path("5²1.jpg")) < natural_key(Path("10.jpg"))
    assert natural_key(Path("٣.jpg")) != natural_key(Path("3.jpg"))


def test_hidden_files_folders_and_other_kinds_are_left_out(tmp_path: Path) -> None:
    for name in ("b10.PNG", "b9.jpg", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in picture_files(tmp_path)] == ["b9.jpg", "b10.PNG"]


def test_a_folder_without_photos_says_whether_it_holds_raw_files(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no photos"):
        photos_in(tmp_path)
    with pytest.raises(BadInput, match=r"holds raw files of a camera, such as photo.dng.*Develop"):
        photos_in(reference("cases/raw"))
