import os
from pathlib import Path

import pytest

from refocus.core import BadInput
from refocus.media import check_output_file, check_output_folder


def test_a_place_is_looked_at_before_there_is_work_to_lose(tmp_path: Path) -> None:
    check_output_file(tmp_path / "deep" / "deeper" / "a.png")
    check_output_folder(tmp_path / "deep" / "deeper")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("older")
    check_output_file(tmp_path / "file")
    for place, said in ((tmp_path, "is a folder"), (tmp_path / "file" / "a.png", "file is not a folder")):
        with pytest.raises(BadInput, match=said):
            check_output_file(place)
    for place, said in ((tmp_path / "file", "is a file"), (tmp_path / "file" / "deeper", "file is not a folder")):
        with pytest.raises(BadInput, match=said):
            check_output_folder(place)


def test_files_are_compared_as_the_file_system_knows_them(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_text("pixels")
    (tmp_path / "link.jpg").symlink_to("photo.jpg")
    os.link(photo, tmp_path / "hard.jpg")
    (tmp_path / "same").symlink_to(tmp_path)
    for name in ("photo.jpg", "link.jpg", "hard.jpg", "same/photo.jpg", "same/../photo.jpg"):
        place = tmp_path / name
        if place.exists():
            with pytest.raises(BadInput, match="would replace the input"):
                check_output_file(place, [photo])
    check_output_file(tmp_path / "other.jpg", [photo, tmp_path / "missing.jpg"])


def test_a_file_of_an_input_folder_is_known_by_its_other_names(tmp_path: Path) -> None:
    inside = tmp_path / "frames" / "deep" / "000.png"
    inside.parent.mkdir(parents=True)
    inside.write_text("pixels")
    os.link(inside, tmp_path / "hard.png")
    for place in (tmp_path / "hard.png", inside, tmp_path / "frames" / "new.png", inside.parent / "new.png"):
        with pytest.raises(BadInput):
            check_output_file(place, [tmp_path / "frames"])


def test_a_folder_above_or_below_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos" / "out").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "photos" / "out")
    (tmp_path / "photos" / "a.jpg").touch()
    (tmp_path / "photos" / "out" / "link.jpg").symlink_to("../a.jpg")
    check_output_folder(".", ["..", "../a.jpg"])
    check_output_folder("../..", ["..", "../a.jpg"])
    check_output_folder(tmp_path / "photos" / "out" / ".." / "new", ["../out"])
    for out, source in ((".", "."), ("..", "../a.jpg"), (".", "link.jpg"), ("..", "link.jpg"), ("../out", ".")):
        with pytest.raises(BadInput, match=r"is the input|holds the input"):
            check_output_folder(out, [source])


def test_a_folder_that_does_not_exist_yet_hides_no_input(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    photo = photos / "a.jpg"
    photo.write_text("pixels")
    os.link(photo, tmp_path / "hard.jpg")
    for place in (photos / "new" / ".." / "a.jpg", tmp_path / "new" / ".." / "photos" / "deeper" / ".." / "a.jpg"):
        for source in (photo, photos):
            with pytest.raises(BadInput):
                check_output_file(place, [source])
    with pytest.raises(BadInput):
        check_output_file(tmp_path / "new" / ".." / "hard.jpg", [photos])
    with pytest.raises(BadInput, match="is a folder"):
        check_output_file(photos / "new" / "..")
    for source in (photo, photos):
        with pytest.raises(BadInput):
            check_output_folder(photos / "new" / "..", [source])
    with pytest.raises(BadInput, match="is a file"):
        check_output_folder(photos / "new" / ".." / "a.jpg")
    check_output_file(photos / "new" / ".." / "b.jpg", [photo])
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "hard.jpg", photos, photo]
