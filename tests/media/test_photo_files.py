from pathlib import Path

from refocus.media.photo_files import natural_key, picture_files


def test_numbers_in_names_sort_by_value() -> None:
    assert natural_key(Path("IMG_2.jpg")) < natural_key(Path("img_10.jpg"))


def test_hidden_files_folders_and_other_kinds_are_left_out(tmp_path: Path) -> None:
    for name in ("b10.PNG", "b9.jpg", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in picture_files(tmp_path)] == ["b9.jpg", "b10.PNG"]
