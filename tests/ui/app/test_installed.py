"""The package as `pip install .` gives it: whole, and independent of the checkout."""

import json
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.ui.running_app import PROJECT, running_app


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-build-isolation"] if find_spec("hatchling") else []
    pip("wheel", "--no-deps", *isolation, "--wheel-dir", folder, PROJECT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--no-index", "--target", folder, wheel)
    return folder


@pytest.fixture(scope="module")
def command(installed: Path) -> str:
    found = shutil.which("refocus", path=installed / "bin")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def app(installed: Path, command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with running_app(folder / "log.txt", [command, "serve"], folder, PYTHONPATH=str(installed)) as url:
        yield url


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    files = (path for folder in ("refocus", "assets") for path in (PROJECT / folder).rglob("*") if path.is_file())
    names = {path.relative_to(PROJECT).as_posix() for path in files if path.suffix not in {".pyc", ".pyi"}}
    expected = {re.sub("^assets/", "refocus/assets/", name) for name in names if not name.startswith("assets/readme.")}
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == expected


def test_the_command_runs_away_from_the_checkout(installed: Path, command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [command, "prompt", "blur the background"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["focus"] == "foreground"


def test_the_app_opens_with_the_first_result_of_the_package(app: str, installed: Path) -> None:
    with urllib.request.urlopen(f"{app}/config") as answer:
        config = json.load(answer)
    (view,) = (part["props"]["value"] for part in config["components"] if part["props"].get("elem_id") == "viewer")
    assert len(view["frames"]) == 9
    for frame in view["frames"]:
        with urllib.request.urlopen(f"{app}/gradio_api/file={frame['path']}") as answer:
            assert answer.read(4) == b"RIFF"  # WebP
