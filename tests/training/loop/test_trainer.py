"""The loop on a network of ten weights: what is written, what is kept, and that stopping changes nothing."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from refocus.core import BadInput, RefocusError
from refocus.training.loop.checkpoints import RunProgress, find_checkpoints, write_checkpoint
from refocus.training.loop.trainer import start_accelerator, train
from refocus.training.loop.training_state import save
from tests.training.loop.line_recipe import LineConfig, LineRecipe

PROJECT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.usefixtures("one_thread")


def run(out: Path, *, resume: str | None = None, **settings: Any) -> dict[str, torch.Tensor]:
    """Train, and return the exported weights."""
    config = LineConfig(out=out, **settings)
    done = train(LineRecipe(config), config, start_accelerator(config), resume=resume)
    return load_file(done.folder / "line.safetensors")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_resumed_run_equals_the_uninterrupted_one(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"accumulation": 2, "batch": 3, "warmup": 2, "validate_every": 2, "checkpoint_every": 2}
    whole = run(tmp_path / "whole", **settings)
    run(tmp_path / "parts", **{**settings, "steps": 3})
    assert same(run(tmp_path / "parts", resume="latest", **settings), whole)
    logs = [
        [{**line, "seconds_per_step": 0} for line in lines(tmp_path / name / "log.jsonl")]
        for name in ("whole", "parts")
    ]
    assert logs[0] == logs[1]
    earlier = run(tmp_path / "parts", resume="checkpoint-4", **settings)  # also from one before the latest
    assert same(earlier, whole)
    assert [line["step"] for line in lines(tmp_path / "parts" / "log.jsonl")] == [1, 2, 3, 4, 5, 6]


def test_only_the_trained_layers_change_and_every_setting_of_the_step_counts(tmp_path: Path) -> None:
    weights = run(tmp_path / "plain")
    assert weights.keys() == {"2.weight", "2.bias"}  # the frozen layer is not exported
    before = LineRecipe(LineConfig(out=tmp_path)).network.state_dict()
    assert not torch.equal(weights["2.weight"], before["2.weight"])
    others: tuple[dict[str, Any], ...] = (
        {"seed": 1}, {"batch": 2}, {"accumulation": 2}, {"warmup": 3}, {"schedule": "cosine"}, {"clip": 0.001},
         {"learning_rate": 0.06}, {"batch": 2, "scale_learning_rate": True}, {"weight_decay": 0.5}, {"noise": 0.2},
    )  # fmt: skip
    for number, other in enumerate(others):
        assert not same(run(tmp_path / str(number), **other), weights), other


def test_two_passes_of_three_samples_are_one_of_six(tmp_path: Path) -> None:
    one = run(tmp_path / "one", batch=6)
    two = run(tmp_path / "two", batch=3, accumulation=2)
    for name in one:
        torch.testing.assert_close(one[name], two[name])


def test_the_folder_of_a_run(tmp_path: Path) -> None:
    run(tmp_path / "run", checkpoint_every=2, keep=2, validate_every=4)
    assert [one.step for one in find_checkpoints(tmp_path / "run")] == [4, 6]
    names = {path.name for path in (tmp_path / "run" / "checkpoint-6").iterdir()}
    assert names == {"README.md", "line.safetensors", "training"}
    card = (tmp_path / "run" / "checkpoint-6" / "README.md").read_text()
    assert "license: apache-2.0" in card
    assert "base_model: owner/base" in card
    assert "| error |" in card
    assert str(tmp_path) not in card
    validation = lines(tmp_path / "run" / "validation.jsonl")
    assert [line["step"] for line in validation] == [4, 6]
    pictures = sorted(path.name for path in (tmp_path / "run" / "validation" / "step-0000006").iterdir())
    assert pictures == ["item-0.png", "item-1.png", "item-2.png"]


def test_another_run_s_folder_is_not_written(tmp_path: Path) -> None:
    run(tmp_path, steps=2)
    with pytest.raises(BadInput, match=r"checkpoints up to step 2.*--resume latest"):
        run(tmp_path)
    with pytest.raises(BadInput, match=r"learning_rate \(was 0.05, is 0.1\)"):
        run(tmp_path, resume="latest", learning_rate=0.1)
    with pytest.raises(BadInput, match=r"There is no checkpoint checkpoint-7\. In .*: checkpoint-2"):
        run(tmp_path, resume="checkpoint-7")


def test_files_of_others_stay(tmp_path: Path) -> None:
    run(tmp_path, steps=2)
    foreign = [tmp_path / "notes.txt", tmp_path / "checkpoint-2" / "mine.txt", tmp_path / "checkpoint-x" / "training"]
    for path in foreign:
        path.parent.mkdir(exist_ok=True)
        path.write_text("keep")
    run(tmp_path, resume="latest", keep=1)
    assert [path.read_text() for path in foreign] == ["keep"] * 3
    assert [path.name for path in (tmp_path / "checkpoint-2").iterdir()] == ["mine.txt"]
    with pytest.raises(BadInput, match="checkpoint-2 is in the way"):
        run(tmp_path, resume="latest", steps=7)


@contextmanager
def file_limit(limit_bytes: int) -> Iterator[None]:
    """Let writing of larger files fail, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    run(tmp_path, steps=2)
    with file_limit(2000), pytest.raises(RefocusError, match=r"checkpoint-6 cannot be written.*--resume latest"):
        run(tmp_path, resume="latest")
    with file_limit(50_000), pytest.raises(RefocusError, match=r"checkpoint-7 cannot be written.*--resume latest"):
        write_checkpoint(tmp_path, RunProgress(7, 7), "", lambda folder: save({"a": torch.zeros(100_000)}, folder))
    assert [path.name for path in tmp_path.glob("*checkpoint*")] == ["checkpoint-2"]
    run(tmp_path, resume="latest")


KILLED = """
import os, signal, sys
from pathlib import Path
from refocus.training.loop.trainer import start_accelerator, train
from tests.training.loop.line_recipe import LineConfig, LineRecipe

class Killed(LineRecipe):
    def export(self, weights, folder):
        super().export(weights, folder)
        if folder.name.endswith("-4"):
            os.kill(os.getpid(), signal.SIGKILL)

config = LineConfig(out=Path(sys.argv[1]), checkpoint_every=2)
train(Killed(config), config, start_accelerator(config))
"""


def test_a_run_killed_while_it_writes_loses_only_the_last_steps(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "run")], cwd=PROJECT, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [one.step for one in find_checkpoints(tmp_path / "run")] == [2]
    assert list((tmp_path / "run").glob(".partial*"))  # half of the next one
    whole = run(tmp_path / "whole", checkpoint_every=2)
    assert same(run(tmp_path / "run", resume="latest", checkpoint_every=2), whole)
    assert not list((tmp_path / "run").glob(".partial*"))


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    run(tmp_path, steps=2)
    state = tmp_path / "checkpoint-2" / "training" / "state.pt"
    state.write_bytes(state.read_bytes()[:500])
    with pytest.raises(BadInput, match=r"state\.pt cannot be read.*Resume from another checkpoint"):
        run(tmp_path, resume="latest")


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(RefocusError, match="The loss is inf at step 1"):
        run(tmp_path, noise=float("inf"), learning_rate=0.1)


@pytest.mark.parametrize(
    ("package", "settings"), [("tensorboard", {"tensorboard": True}), ("bitsandbytes", {"optimizer": "adamw8bit"})]
)
def test_optional_packages_are_named(package: str, settings: dict[str, Any], tmp_path: Path) -> None:
    if find_spec(package) is not None:
        pytest.skip(f"{package} is installed here")
    with pytest.raises(BadInput, match=f"pip install {package}"):
        run(tmp_path, **settings)


def test_saved_settings_are_the_run_s(tmp_path: Path) -> None:
    from refocus.training.loop.run_config import read_config

    run(tmp_path, steps=1, seed=7)
    saved = read_config(tmp_path / "checkpoint-1" / "training" / "config.toml", LineConfig)
    assert saved == replace(LineConfig(out=tmp_path), steps=1, seed=7)
