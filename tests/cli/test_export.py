import base64
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus.cli import main


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "cat.png"
    Image.fromarray(np.random.default_rng(5).integers(30, 220, (72, 96, 3)).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def stack(photo: Path) -> Path:
    folder = photo.parent / "stack"
    assert main(["stack", str(photo), "--out", str(folder), "--frames", "3", "--aperture", "heart", "--blur", "1"]) == 0
    return folder


def test_settings_make_exactly_the_same_stack(photo: Path, stack: Path, tmp_path: Path) -> None:
    assert main(["stack", str(photo), "--settings", str(stack / "stack.json"), "--out", str(tmp_path / "again")]) == 0
    names = sorted(path.name for path in stack.glob("*.png"))
    assert [name for name in names if name.startswith("frame")] == [f"frame_0{i}.png" for i in range(3)]
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (stack / name).read_bytes()


def test_settings_and_options_are_not_mixed(
    photo: Path, stack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--settings", str(stack / "stack.json"), "--out", str(tmp_path / "x")]
    assert main(["stack", str(photo), *settings, "--blur", "0.5", "--long-side", "512"]) == 2
    said = capsys.readouterr().err
    assert "--blur" in said
    assert "--long-side" in said
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["a.mp4", "a.webp", "a.jpg", "a.html"])
def test_a_folder_is_exported(stack: Path, photo: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    options = ["--photo", str(photo), "--position", "1"] if name == "a.jpg" else []
    assert main(["export", str(stack), "--out", str(out), *options]) == 0
    if name == "a.html":
        frames = re.findall(r"data:image/webp;base64,([\w+/=]+)", out.read_text())
        assert len(frames) == 4  # three frames and the photo
        assert base64.b64decode(frames[0])[8:12] == b"WEBP"
    assert out.stat().st_size > 1000


def test_another_ending_is_refused(stack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(stack), "--out", str(tmp_path / "a.gif")]) == 2
    assert ".html" in capsys.readouterr().err
