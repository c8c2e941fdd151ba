import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.cli import main
from tests.optics.stack_scenes import FRAMES, two_halves


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "bug"
    path.mkdir()
    for index, frame in enumerate(two_halves()[0]):
        Image.fromarray(frame).save(path / f"{index}.png")
    return path


def test_a_folder_of_photos_becomes_a_stack(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    options = ["--photo-order", "far-first", "--aperture", "heart", "--blur", "0.9"]
    assert main(["stack", str(folder), "--out", str(out), *options]) == 0
    assert "7 photos were aligned" in capsys.readouterr().out
    described = json.loads((out / "stack.json").read_text())
    assert (described["engine"], described["photo"], described["frames"]) == ("captured", "bug", FRAMES)
    assert (described["request"]["aperture"], described["request"]["blur"]) == ("heart", 0.9)
    assert main(["bokeh", str(out), "--position", "5", "--out", str(tmp_path / "still.png")]) == 0
    first = np.asarray(Image.open(out / "frame_00.png"))
    assert first[:, -80:].std() > first[:, :80].std()  # the right half is nearest now


@pytest.mark.parametrize("options", [["--depth", "map.npy"], ["--engine", "thin-lens"]])
def test_options_that_contradict_a_captured_stack_are_refused(
    options: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stack", str(folder), "--out", str(tmp_path / "out"), *options]) == 2
    assert options[0] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stack", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.rsplit("\r", 1)[-1].strip()
    assert "holds no photos" in said
    assert "\n" not in said
