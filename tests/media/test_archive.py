import zipfile
from pathlib import Path

import pytest

from refocus.media import zip_files


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
