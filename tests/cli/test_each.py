import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.cli import main
from tests.evaluate.pictures import blurred_stack, textured

PROJECT = Path(__file__).resolve().parents[2]
SMALL = ["--frames", "3", "--long-side", "64", "--fps", "5"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(3):
        Image.fromarray(textured(seed, 96, 128)).save(folder / f"{seed}.png")
    return folder


def test_each_of_unrelated_photos_becomes_a_stack(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["stack", str(photos), "--out", str(out), *SMALL]) == 0
    said = capsys.readouterr()
    assert "--one-scene takes them as one" in said.err
    assert said.out == f"Stacks in {out}: 3 made.\n"
    written = sorted(path.name for path in (out / "0").iterdir())
    assert written == sorted(
        ["all_in_focus.png", "disparity.npy", "disparity.png", "stack.json", "stack.mp4"]
        + [f"frame_{index:02d}.png" for index in range(3)]
    )
    alone = tmp_path / "alone"
    assert main(["stack", str(photos / "2.png"), "--out", str(alone), *SMALL]) == 0
    for name in written:
        if name != "stack.json":
            assert (alone / name).read_bytes() == (out / "2" / name).read_bytes()


def test_it_skips_what_is_done_and_lists_failures_at_the_end(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "1.png").write_bytes(b"no picture")
    (photos / "2.png").write_bytes((photos / "2.png").read_bytes()[:3000])
    command = ["stack", str(photos), "--each", "--out", str(tmp_path / "out"), *SMALL]
    assert main(command) == 2
    said = capsys.readouterr()
    assert "1 made, 2 failed" in said.out
    assert "1: 1.png" in said.err
    assert "2: 2.png is damaged" in said.err
    assert "2 photos failed" in said.err
    Image.fromarray(textured(8, 96, 128)).save(photos / "1.png")
    assert main(command) == 2
    assert "1 made, 1 done before, 1 failed" in capsys.readouterr().out
    assert main([*command, "--blur", "0.2"]) == 2
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["FOLDER", "--each", "--depth", "map.npy"], "depth map cannot fit"),
        (["FOLDER", "--each", "--one-scene"], "not allowed with"),
        (["PHOTO", "--each"], "--each is for a folder"),
        (["PHOTO", "--input-position", "order"], "--input-position order is for a folder"),
        (["FOLDER", "--each", "--engine", "video-diffusion"], "cannot run here"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: list[str], said: str, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"FOLDER": str(photos), "PHOTO": str(photos / "0.png")}
    try:
        status = main(["stack", *(places.get(option, option) for option in options), "--out", str(tmp_path / "out")])
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert status in (2, 3)
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unclear_folder_asks_for_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for index, picture in enumerate([*blurred_stack(0, 3, 160, 240), textured(5, 160, 240)]):
        Image.fromarray(picture).save(folder / f"{index}.png")
    assert main(["stack", str(folder), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "--one-scene" in said
    assert "--each" in said


def test_the_input_position_can_be_the_place_in_the_folder(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--each", "--input-position", "order", *SMALL]
    assert main(["stack", str(photos), "--out", str(out), *options]) == 0
    descriptions = [json.loads((out / str(seed) / "stack.json").read_text()) for seed in range(3)]
    assert [one["request"]["input_position"] for one in descriptions] == [0, 1, 2]


def test_a_killed_run_loses_only_the_photo_in_work(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "refocus", "stack", str(photos), "--each", "--out", str(out), *SMALL]
    killed = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL)
    while not (out / "0" / "stack.json").exists():
        assert killed.poll() is None
        time.sleep(0.05)
    killed.kill()
    killed.wait()
    finished = {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/stack.json")}
    assert main(command[3:]) == 0
    assert len(list(out.glob("*/stack.json"))) == 3
    for name, time_ns in finished.items():
        assert (out / name / "stack.json").stat().st_mtime_ns == time_ns
    assert np.load(out / "2" / "disparity.npy").shape == (48, 64)
