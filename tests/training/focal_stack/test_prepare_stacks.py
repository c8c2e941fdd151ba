"""The index of focal stacks: which folders are scenes, which cannot be used, and how they are split."""

from pathlib import Path

import pytest
from PIL import Image

from refocus.cli import main
from refocus.training.focal_stack.stack_index import read_index
from tests.training.focal_stack.conftest import save_scene

PUBLISHED = "midsize/undistorted/RigCenter"
PUBLISHED_NAME = "focal_position_{:04}_frame_0000.jpg"


def prepare(folder: Path, out: Path, *options: str) -> int:
    return main(["train", "prepare", "focal-stack", str(folder), "--out", str(out), *options])


def test_plain_folders_and_what_is_wrong_with_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = tmp_path / "photos"
    save_scene(photos / "good", 0)
    save_scene(photos / "trip" / "eight", 1, count=8)
    save_scene(photos / "cut", 2)
    (photos / "cut" / "03.png").write_bytes((photos / "cut" / "03.png").read_bytes()[:300])
    save_scene(photos / "sizes", 3)
    Image.new("RGB", (70, 64)).save(photos / "sizes" / "08.png")
    out = tmp_path / "index" / "index.jsonl"
    out.parent.mkdir()
    assert prepare(photos, out, "--licence", "CC0") == 2
    said = capsys.readouterr()
    assert "trip/eight: It has 8 photos, but the model learns from 9." in said.err
    assert "cut: 03.png cannot be read" in said.err
    assert "sizes: Its photos have several sizes: 64x64, 70x64." in said.err
    assert "Scenes that cannot be used: 3" in said.err
    (row,) = read_index(out)
    assert (row.scene, row.licence, row.photos[0]) == ("good", "CC0", "../photos/good/00.png")
    with Image.open(out.with_suffix(".jpg")) as sheet:
        assert sheet.width > 9 * 100
    save_scene(tmp_path / "others" / "more", 4)
    assert prepare(tmp_path / "others", out) == 0
    assert [one.scene for one in read_index(out)] == ["good", "more"]


def test_far_first_turns_the_order(tmp_path: Path) -> None:
    save_scene(tmp_path / "photos" / "one", 0)
    assert prepare(tmp_path / "photos", tmp_path / "index.jsonl", "--far-first") == 0
    assert read_index(tmp_path / "index.jsonl")[0].photos[0] == "photos/one/08.png"


def test_the_published_layout_and_its_lists(tmp_path: Path) -> None:
    data = tmp_path / "data"
    names = [f"FSK_{number}" for number in range(6)]
    for number, name in enumerate(names):
        save_scene(data / name / PUBLISHED, number, name=PUBLISHED_NAME)
        save_scene(data / name / "midsize/undistorted/RigLeft", number, name=PUBLISHED_NAME)
    (tmp_path / "train.txt").write_text("\n".join(names[:3]))
    (tmp_path / "test.txt").write_text("\n".join(names[3:]))
    lists = ["--train-list", str(tmp_path / "train.txt"), "--test-list", str(tmp_path / "test.txt")]
    assert prepare(data, tmp_path / "index.jsonl", *lists) == 0
    rows = read_index(tmp_path / "index.jsonl")
    assert [row.split for row in rows] == ["train"] * 3 + ["val"] * 3  # the first ten of the test list validate
    assert rows[0].photos[8] == f"data/FSK_0/{PUBLISHED}/focal_position_0008_frame_0000.jpg"


def test_scenes_in_the_index_are_not_checked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = tmp_path / "photos"
    save_scene(photos / "one", 0)
    assert prepare(photos, tmp_path / "index.jsonl") == 0
    Image.new("RGB", (70, 64)).save(photos / "one" / "08.png")
    assert prepare(photos, tmp_path / "index.jsonl") == 0
    assert prepare(photos, tmp_path / "new.jsonl") == 2
    assert "several sizes" in capsys.readouterr().err


def test_a_split_stays_when_scenes_are_added(tmp_path: Path) -> None:
    from refocus.training.focal_stack.stack_index import split_of

    splits = [split_of(f"scene-{number}", 10) for number in range(1000)]
    assert splits == [split_of(f"scene-{number}", 10) for number in range(1000)]
    assert 70 <= splits.count("test") <= 130


def test_an_index_that_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "index.jsonl"
    path.write_text('{"scene": "a", "split": "train", "photos": ["1.jpg"]}\n')
    with pytest.raises(ValueError, match=r"Line 1 of .*: a has 1 photos, but 9 are needed"):
        read_index(path)
