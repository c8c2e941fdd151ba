import zipfile
from pathlib import Path

import pytest

from refocus.core import BadInput, Cancelled
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


def test_a_zip_that_would_fill_the_disk_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(3):
            archive.writestr(f"{index}.bmp", bytes(10_000_000))
    assert (tmp_path / "bomb.zip").stat().st_size < 100_000
    with pytest.raises(BadInput, match=r"bomb\.zip is far too large"):
        unzip_files(tmp_path / "bomb.zip", tmp_path / "out", endings=(".bmp",))
    assert list((tmp_path / "out").iterdir()) == []


def test_flat_pictures_are_no_bomb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "flat.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.bmp", bytes(3_000_000))
    folder = unzip_files(tmp_path / "flat.zip", tmp_path / "out", endings=(".bmp",))
    assert (folder / "0.bmp").stat().st_size == 3_000_000


def test_unpacking_can_be_stopped(tmp_path: Path) -> None:
    zip_files(tmp_path / "all.zip", [Path(__file__)])

    def stop(stage: str, done: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        unzip_files(tmp_path / "all.zip", tmp_path / "out", endings=(".py",), progress=stop)


def test_an_archive_with_a_damaged_name_gets_a_sentence(tmp_path: Path) -> None:
    damaged = Path(__file__).parents[1] / "data/fuzz/name_field.zip"  # found by tests.benchmarks.fuzz
    with pytest.raises(BadInput, match="cannot be unpacked"):
        unzip_files(damaged, tmp_path / "out", endings=(".png",))
