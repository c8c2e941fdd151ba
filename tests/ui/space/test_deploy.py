"""The documented upload, run against a hub on the loopback, and the Space that comes of it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file

from refocus.engines.generative.weights import SPECS as GENERATIVE_SPECS
from refocus.engines.video_diffusion.model import SPECS as VIDEO_SPECS
from refocus.models.monocular_depth.checkpoint import DEPTH_ANYTHING
from tests.ui.running_app import PROJECT, running_app
from tests.ui.space.space_header import space_header
from tests.ui.space.upload_server import UploadedSpace, upload_hub

COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
FIELDS = {
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "license"),
    *("short_description", "models", "preload_from_hub", "suggested_hardware", "pinned", "tags", "thumbnail"),
}
MAX_GIT_FILE_BYTES = 10_000_000
MAX_SPACE_BYTES = 50_000_000


def documented_upload() -> list[str]:
    """The arguments of `hf` in the page on Spaces."""
    text = (PROJECT / "refocus/docs/spaces.md").read_text("utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"^hf (upload .*)$", text, re.MULTILINE)
    return shlex.split(line)


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory: pytest.TempPathFactory) -> UploadedSpace:
    """What the hub gets."""
    home = tmp_path_factory.mktemp("home")
    with upload_hub() as space:
        settings = {"HF_ENDPOINT": space.url, "HF_HOME": str(home), "HF_TOKEN": "hf_x", "HF_HUB_DISABLE_XET": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "huggingface_hub.cli.hf", *documented_upload()],
            cwd=PROJECT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    return space


@pytest.fixture(scope="module")
def checkout(uploaded: UploadedSpace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The uploaded files alone, in a folder that cannot be written."""
    root = tmp_path_factory.mktemp("checkout") / "app"
    for name in (*uploaded.git_files, *uploaded.stored_files):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, root / name)
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return root


@pytest.fixture(scope="module")
def space(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Space, started by a user who is not root, on 2 cores, with an empty cache."""
    home = tmp_path_factory.mktemp("home")
    environment = {"HOME": str(home), "HF_HOME": str(home / "hub"), "SPACE_ID": "owner/name", "PYTHONPATH": ""}
    with running_app(home / "log.txt", [*as_visitor(), sys.executable, "app.py"], checkout, **environment) as url:
        yield url


def as_visitor() -> list[str]:
    """A prefix that runs a command with neither root's rights nor more than 2 cores and 16 GB of memory."""
    limits = ["prlimit", f"--as={16 * 2**30}", "taskset", "--cpu-list", "0,1"]
    other_user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
    return [*other_user, *limits]


def test_it_becomes_a_space_and_not_a_model(uploaded: UploadedSpace) -> None:
    assert uploaded.kinds == ["space"]


def test_all_that_the_app_needs_is_uploaded_and_nothing_else(uploaded: UploadedSpace) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    needed = re.compile(r"(refocus|assets)/.*|README\.md|LICENSE|app\.py|requirements\.txt")
    files = {*uploaded.git_files, *uploaded.stored_files}
    assert set(filter(needed.fullmatch, tracked.split())) <= files
    assert all(needed.fullmatch(name) and not name.endswith((".pyc", ".pyi")) for name in files)


def test_no_file_would_be_refused(uploaded: UploadedSpace) -> None:
    for name, content in uploaded.git_files.items():
        assert len(content) < MAX_GIT_FILE_BYTES, name
        content.decode("utf-8")  # git files are text; the hub refuses others
    sizes = [*map(len, uploaded.git_files.values()), *uploaded.stored_files.values()]
    assert sum(sizes) < MAX_SPACE_BYTES
    assert "refocus/restore/weights.safetensors" in uploaded.stored_files


def test_the_header_is_one_that_the_hub_takes(uploaded: UploadedSpace) -> None:
    header = space_header()
    assert header.keys() <= FIELDS
    assert {header["colorFrom"], header["colorTo"]} <= COLOURS
    assert (header["sdk"], header["license"]) == ("gradio", "apache-2.0")
    assert len(header["short_description"]) <= 60
    assert header["app_file"] in uploaded.git_files


def test_the_header_names_the_weights_of_the_engines() -> None:
    header = space_header()
    specs = {spec.repo: spec for spec in (*VIDEO_SPECS, *GENERATIVE_SPECS, DEPTH_ANYTHING.weights)}
    assert set(header["models"]) == specs.keys()
    for line in header["preload_from_hub"]:
        repo, files = line.split()
        assert set(files.split(",")) == set(specs[repo].files)


def test_the_space_starts_works_and_writes_nothing_into_its_code(space: str, checkout: Path, assets: Path) -> None:
    files = set(checkout.rglob("*"))
    video, _, details = Client(space, verbose=False).predict(
        handle_file(assets / "coffee.jpg"), long_side=512, frames=3, api_name="/refocus"
    )
    assert details["engine"] == "thin-lens"
    assert Path(video).stat().st_size > 0
    assert set(checkout.rglob("*")) == files


def test_a_writable_code_folder_stays_as_it_is_too(checkout: Path, tmp_path: Path) -> None:
    code = tmp_path / "app"
    shutil.copytree(checkout, code, copy_function=shutil.copyfile)
    for path in (code, *code.rglob("*")):
        path.chmod(0o755)
    files = set(code.rglob("*"))
    command = (
        "from refocus.core.settings import Settings; from refocus.ui.app.launch import build_app; build_app(Settings())"
    )
    done = subprocess.run([sys.executable, "-B", "-c", command], cwd=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(code.rglob("*")) == files
