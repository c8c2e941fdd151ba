"""Real processes of real launchers, on processors alone: they give the files that one process gives."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from tests.evaluate.pictures import textured

PROJECT = Path(__file__).resolve().parents[2]
PHOTOS = 3
SMALL = ["--frames", "3", "--long-side", "64", "--fps", "5"]
PYTHON = [sys.executable]
TORCHRUN = [*PYTHON, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
# --multi_gpu starts as many processes as are asked for, GPUs or not; --cpu would start one.
ACCELERATE = [*PYTHON, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos, their stacks made by one process, a truth for each, and the numbers of one process."""
    place = tmp_path_factory.mktemp("places")
    for seed in range(PHOTOS):
        for number in range(3):
            scene = place / "truth" / str(seed)
            scene.mkdir(parents=True, exist_ok=True)
            Image.fromarray(textured(10 * seed + number, 48, 64)).save(scene / f"{number}.png")
        (place / "photos").mkdir(exist_ok=True)
        Image.fromarray(textured(seed, 96, 128)).save(place / "photos" / f"{seed}.png")
    run(PYTHON, *stack(place, "one"))
    run(PYTHON, *evaluate(place, "numbers"))
    return place


def stack(place: Path, out: str) -> list[str]:
    return ["stack", str(place / "photos"), "--each", "--out", str(place / out), *SMALL]


def evaluate(place: Path, out: str) -> list[str]:
    return ["evaluate", str(place / "one"), str(place / "truth"), "--metrics", "psnr,ssim", "--out", str(place / out)]


def run(launcher: Sequence[str], *arguments: str) -> str:
    """What the first process prints."""
    command = [*launcher, "-m", "refocus", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    """All but stack.json, which tells how long it took, and the locks."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".refocus" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found if path.name != "stack.json"}


def test_two_processes_give_the_same_stacks_as_one(places: Path) -> None:
    said = run(ACCELERATE, *stack(places, "two"))
    assert said == f"Stacks in {places / 'two'}: {PHOTOS} made.\n"  # said once, of both together
    assert len(list((places / "two").glob("*/stack.json"))) == PHOTOS
    assert files(places / "two") == files(places / "one")


def test_two_processes_give_the_same_numbers_as_one(places: Path) -> None:
    run(TORCHRUN, *evaluate(places, "numbers of two"))
    assert files(places / "numbers of two") == files(places / "numbers")
    assert {"evaluation.json", "grid.png", "scenes/2.json"} <= set(files(places / "numbers"))
