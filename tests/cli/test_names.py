"""Names of files that are not UTF-8, and consoles that lack letters, with the command as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_any_name_is_taken_and_shown_on_any_console(tmp_path: Path, encoding: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    rgb = np.random.default_rng(0).integers(0, 255, (64, 80, 3)).astype(np.uint8)
    for name in (b"caf\xe9.png", "猫.png".encode()):
        Image.fromarray(rgb).save(tmp_path / "photo.png")
        os.rename(tmp_path / "photo.png", os.path.join(os.fsencode(folder), name))
    command = [sys.executable, "-m", "refocus", "stack", str(folder), "--each", "--frames", "3"]
    command += ["--out", str(tmp_path / "out")]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, text=False, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"2 made" in done.stdout
    assert {os.fsencode(path.name) for path in (tmp_path / "out").iterdir() if path.is_dir()} >= {
        b"caf\xe9",
        "猫".encode(),
    }
