"""No command writes over what it reads or over a part of a stack, or touches files that are not its own."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.cli import main
from tests.evaluate.pictures import blurred_stack, textured, write_stack

SMALL = ["--frames", "3", "--long-side", "64", "--fps", "5"]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo, a stack of it, frames from elsewhere and a folder of photos of one scene."""
    place = tmp_path_factory.mktemp("made")
    (place / "photos").mkdir()
    for seed in range(2):
        Image.fromarray(textured(seed, 72, 96)).save(place / "photos" / f"{seed}.png")
    shutil.copy(place / "photos" / "0.png", place / "cat.png")
    np.save(place / "depth.npy", np.repeat(np.linspace(1, 0, 96, dtype=np.float32)[None], 72, 0))
    Image.fromarray(np.full((9, 9), 255, np.uint8)).save(place / "slit.png")
    (place / "strokes.json").write_text('{"strokes": []}')
    write_stack(place / "frames", blurred_stack(0, 3))
    write_stack(place / "truth" / "bug", blurred_stack(0, 3))
    write_stack(place / "predicted" / "bug", blurred_stack(1, 3))
    write_stack(place / "scenes", blurred_stack(0, 3))
    (place / "named").mkdir()
    shutil.copy(place / "cat.png", place / "named" / "named.png")
    assert main(["stack", str(place / "cat.png"), "--out", str(place / "S"), *SMALL]) == 0
    return place


@pytest.fixture
def place(made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to spoil, as the current folder; its links lead to the photo, a frame and the folder of photos."""
    copy = tmp_path / "copy"
    shutil.copytree(made_once, copy)
    (copy / "link.png").symlink_to("cat.png")
    (copy / "hard.png").hardlink_to(copy / "cat.png")
    (copy / "frame.png").symlink_to("S/frame_00.png")
    (copy / "hard_frame.png").hardlink_to(copy / "S" / "frame_00.png")
    (copy / "linked").symlink_to("photos")
    monkeypatch.chdir(copy)
    return copy


def content(folder: Path) -> dict[str, str]:
    """Every file, link and hidden file below a folder with a hash of what it holds."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()
        for path in sorted(folder.rglob("*"))
    }


def refuse_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, whoever estimates or opens an engine fails the test."""

    def work(*args: object, **kw: object) -> None:
        raise AssertionError("work was begun before the output was refused")

    for name in ("run", "run_photo_stack", "load", "choose"):
        monkeypatch.setattr(f"refocus.pipeline.RefocusPipeline.{name}", work)
    monkeypatch.setattr("refocus.cli.evaluate.load_metrics", work)


@pytest.mark.parametrize(
    "command",
    [
        "bokeh cat.png --out cat.png",
        "bokeh cat.png --out ./photos/../cat.png",
        "bokeh cat.png --out link.png",
        "bokeh cat.png --out hard.png",
        "bokeh link.png --out cat.png",
        "bokeh cat.png --depth S/disparity.png --out S/disparity.png",
        "bokeh cat.png --aperture slit.png --out slit.png",
        "bokeh cat.png --depth slit.png --out slit.png",
        "bokeh cat.png --out S/frame_00.png",
        "bokeh cat.png --out S/frame_07.png",
        "bokeh cat.png --out S/all_in_focus.png",
        "bokeh cat.png --out S/disparity.jpg",
        "bokeh cat.png --out frame.png",
        "bokeh S --out frame.png",
        "bokeh S --out hard_frame.png",
        "bokeh S --out S/all_in_focus.png",
        "export S --out S/frame_00.png",
        "export S --out S/stack.mp4",
        "export S --out S/stack.webp",
        "export S --out S/disparity.png",
        "export S --photo cat.png --out cat.png",
        "export S --photo cat.png --out link.png",
        "export cat.png --out cat.png",
        "stack photos --out photos --one-scene",
        "stack photos --out photos --each",
        "stack photos --out photos",
        "stack photos --out linked",
        "stack linked --out photos",
        "stack named --each --out .",
        "stack photos/0.png --out photos",
        "stack photos/0.png --out linked",
        "stack cat.png --out .",
        "stack link.png --out .",
        "stack cat.png --settings S/stack.json --out S",
        "stack cat.png --depth S/disparity.npy --out S",
        "stack S/all_in_focus.png --out S",
        "compare cat.png --out cat.png --force",
        "compare cat.png photos/0.png --out photos/0.png --force",
        "compare cat.png --with depth=slit.png --out slit.png --force",
        "compare cat.png --out out.png --video S/stack.mp4 --force",
        "compare cat.png --brought theirs=S --out S/frame_01.png --force",
        "compare cat.png --brought frames --out frames/000.png --force",
        "compare cat.png --brought frames --out frames/grid.png",
        "evaluate predicted truth --out truth",
        "evaluate predicted truth --out predicted --force",
        "evaluate predicted truth --out truth/bug",
        "evaluate predicted scenes --out .",
    ],
)
def test_an_output_never_is_or_holds_or_replaces_an_input_or_a_part_of_a_stack(
    command: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(place)
    refuse_work(monkeypatch)
    assert main(command.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "Choose another" in said.err
    assert content(place) == before


def test_new_files_beside_a_stack_and_new_folders_beside_inputs_are_fine(place: Path) -> None:
    before = content(place)
    for command in (
        "export S --out S/new.jpg",
        "export S --out S/new.jpg",  # its own earlier output
        "bokeh S --out S/heart.png --aperture heart",
        f"stack photos --each --out photos/stacks {' '.join(SMALL)}",
        f"stack photos/0.png --out photos/alone {' '.join(SMALL)}",
        f"stack photos --each --out . {' '.join(SMALL)}",
        "evaluate predicted truth --metrics psnr --out truth/numbers",
        "evaluate predicted/bug truth/bug --metrics psnr --out .",
    ):
        assert main(command.split()) == 0, command
    after = content(place)
    assert {name: after[name] for name in before} == before
    assert Image.open("S/new.jpg").size == (64, 48)


def test_what_an_output_link_leads_to_is_written_and_the_link_stays(place: Path) -> None:
    (place / "out.png").symlink_to("elsewhere.png")
    assert main(["bokeh", "S", "--out", "out.png"]) == 2  # a link to nothing
    (place / "elsewhere.png").write_text("older")
    assert main(["bokeh", "S", "--out", "out.png"]) == 0
    assert (place / "out.png").is_symlink()
    assert Image.open(place / "elsewhere.png").size == (64, 48)


def _edit_frame(folder: Path) -> None:
    Image.fromarray(textured(9, 48, 64)).save(folder / "frame_01.png")


def _edit_description(folder: Path) -> None:
    described = json.loads((folder / "stack.json").read_text())
    (folder / "stack.json").write_text(json.dumps({**described, "notes": ["mine"]}))


def _replace_description(folder: Path) -> None:
    (folder / "stack.json").write_text('{"services": {}}')


def _add_frame(folder: Path) -> None:
    Image.fromarray(textured(9, 48, 64)).save(folder / "frame_09.png")


def _link_frame(folder: Path) -> None:
    shutil.move(folder / "frame_01.png", folder.parent / "moved.png")
    (folder / "frame_01.png").symlink_to("../moved.png")


def _without_list(folder: Path) -> None:
    described = json.loads((folder / "stack.json").read_text())
    del described["files"], described["content_sha256"]
    (folder / "stack.json").write_text(json.dumps(described))


def _without_list_and_with_a_frame_more(folder: Path) -> None:
    _without_list(folder)
    (folder / "frame_03.png").write_text("not ours")


def _only_strangers(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "disparity.npy":
            path.unlink()


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_edit_frame, "frame_01.png (changed"),
        (_edit_description, "stack.json (changed"),
        (_replace_description, "stack.json"),
        (_add_frame, "frame_09.png (not"),
        (_link_frame, "frame_01.png"),
        (_without_list_and_with_a_frame_more, "frame_03.png (not"),
        (_only_strangers, "disparity.npy (not"),
    ],
)
def test_files_that_are_not_the_stacks_own_are_never_touched(
    spoil: Callable[[Path], None],
    named: str,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoil(place / "S")
    before = content(place)
    refuse_work(monkeypatch)
    assert main(["stack", "cat.png", "--out", "S", *SMALL]) == 2
    said = capsys.readouterr().err
    assert named in said
    assert "another folder" in said
    assert content(place) == before


def test_frames_of_a_stranger_in_a_folder_without_a_stack_stay(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "film").mkdir()
    shutil.copy("cat.png", "film/frame_09.png")
    before = content(place)
    assert main(["stack", "cat.png", "--out", "film", *SMALL]) == 2
    assert "frame_09.png" in capsys.readouterr().err
    assert content(place) == before


@pytest.mark.parametrize("spoil", [lambda folder: None, _without_list])
def test_an_own_stack_is_replaced_and_all_else_stays(spoil: Callable[[Path], None], place: Path) -> None:
    spoil(place / "S")
    for name in ("mine.txt", "frame_of_mind.png", "frame_123.png"):
        (place / "S" / name).write_text("stays")
    assert main(["stack", "cat.png", "--out", "S", *SMALL, "--frames", "5"]) == 0
    assert main(["stack", "cat.png", "--out", "S", *SMALL]) == 0
    assert sorted(path.name for path in (place / "S").iterdir()) == [
        "all_in_focus.png", "disparity.npy", "disparity.png", "frame_00.png", "frame_01.png", "frame_02.png",
        "frame_123.png", "frame_of_mind.png", "mine.txt", "stack.json", "stack.mp4",
    ]  # fmt: skip
    listed = json.loads((place / "S/stack.json").read_text())["files"]
    assert set(listed) == {
        "all_in_focus.png", "disparity.npy", "disparity.png", "frame_00.png", "frame_01.png", "frame_02.png",
        "stack.mp4",
    }  # fmt: skip
    for name, mark in listed.items():
        written = (place / "S" / name).read_bytes()
        assert mark == {"size": len(written), "sha256": hashlib.sha256(written).hexdigest()}


def test_force_replaces_other_stacks_but_no_strangers_files(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    each = ["stack", "photos", "--each", "--out", "out", *SMALL]
    assert main(each) == 0
    shutil.copy("cat.png", "out/0/frame_07.png")
    before = content(place / "out/0")
    assert main([*each, "--blur", "0.2", "--force"]) == 2
    said = capsys.readouterr()
    assert "1 made, 1 failed" in said.out
    assert "0: Files in out/0 are in the way: frame_07.png" in said.err
    assert content(place / "out/0") == before


@pytest.mark.parametrize("name", ["frames.csv", "grid.png", "evaluation.json", "scenes/bug.json", "scenes/bug.npz"])
def test_numbers_never_replace_a_strangers_file(
    name: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "numbers/scenes").mkdir(parents=True)
    (place / "numbers" / name).write_text('{"a": 1}')
    before = content(place)
    refuse_work(monkeypatch)
    assert main(["evaluate", "predicted", "truth", "--metrics", "psnr", "--out", "numbers", "--force"]) == 2
    assert Path(name).name in capsys.readouterr().err
    assert content(place) == before


def test_numbers_that_were_edited_are_theirs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "predicted", "truth", "--metrics", "psnr", "--out", "numbers"]
    assert main(command) == 0
    assert main([*command, "--border", "1", "--force"]) == 0
    (place / "numbers/grid.csv").write_text("my own sums")
    assert main([*command, "--force"]) == 2
    assert "grid.csv (changed" in capsys.readouterr().err
    assert (place / "numbers/grid.csv").read_text() == "my own sums"
