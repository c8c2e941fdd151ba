import zipfile
from pathlib import Path

import pytest

from refocus.core import BadInput
from refocus.media import zip_files
from refocus.media.archive import unzip_files


def test_files_come_back_from_the_zip(tmp_path: Path) -> None:
    files = [tmp_path / "a.png", tmp_path / "b.json"]
    for file in files:
        file.write_text(file.name * 20)
    zip_files(tmp_path / "all.zip", files)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.namelist() == ["a.png", "b.json"]
        assert archive.read("b.json").decode() == "b.json" * 20


def test_a_missing_file_leaves_no_zip(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        zip_files(tmp_path / "all.zip", [tmp_path / "missing.png"])
    assert list(tmp_path.iterdir()) == []


def test_what_is_unpacked_stays_in_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "brought.zip", "w") as archive:
        for name in ("stack/0.png", "../../outside.png", "/etc/absolute.png", "__MACOSX/._0.png", "notes.txt"):
            archive.writestr(name, name)
    folder = unzip_files(tmp_path / "brought.zip", tmp_path / "a" / "b", endings=(".png",))
    assert sorted(path.name for path in folder.iterdir()) == ["0.png", "absolute.png", "outside.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "brought.zip"]


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.zip").write_text("words")
    with pytest.raises(BadInput, match=r"words\.zip cannot be unpacked"):
        unzip_files(tmp_path / "words.zip", tmp_path / "out", endings=(".png",))
