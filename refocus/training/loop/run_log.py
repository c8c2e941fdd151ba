"""Numbers and pictures of a run: a plain folder, and TensorBoard when it is wanted."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from refocus.core import BadInput
from refocus.media.atomic import atomic_path
from refocus.media.stills import save_picture
from refocus.training.loop.recipe import Validated

LOG_FILE, VALIDATION_FILE, VALIDATION_FOLDER = "log.jsonl", "validation.jsonl", "validation"


class RunLog:
    """Writes log.jsonl, validation.jsonl and the validation's pictures; only the first process has one.

    Args:
        out: folder of the run.
        start: step from which the run continues; later lines of an interrupted run are removed.
        tensorboard: whether to write events for TensorBoard too.

    Raises:
        BadInput: when TensorBoard is wanted and not installed.
    """

    def __init__(self, out: Path, *, start: int, tensorboard: bool) -> None:
        self._out = out
        self._writer = _tensorboard_writer(out) if tensorboard else None
        out.mkdir(parents=True, exist_ok=True)
        for name in (LOG_FILE, VALIDATION_FILE):
            _forget_later(out / name, start)
        self._since = time.monotonic()
        self._last_step = start

    def step(self, step: int, steps: int, numbers: Mapping[str, float]) -> None:
        """Add a line of the training's numbers at a step, and print it."""
        now = time.monotonic()
        seconds = (now - self._since) / max(step - self._last_step, 1)
        self._since, self._last_step = now, step
        self._add(LOG_FILE, step, {**numbers, "seconds_per_step": seconds})
        shown = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        say(f"step {step}/{steps}  {shown}  {seconds:.2f} s a step, {_duration(seconds * (steps - step))} left")

    def validation(self, step: int, items: Sequence[Validated]) -> dict[str, float]:
        """Write pictures and mean numbers of a validation; returns the means."""
        folder = self._out / VALIDATION_FOLDER / f"step-{step:07d}"
        for item in items:
            if item.picture is not None:
                folder.mkdir(parents=True, exist_ok=True)
                save_picture(folder / f"{item.name}.png", item.picture)
                if self._writer is not None:
                    self._writer.add_image(f"validation/{item.name}", item.picture, step, dataformats="HWC")
        names = dict.fromkeys(name for item in items for name in item.numbers)
        means = {name: float(np.mean([item.numbers[name] for item in items if name in item.numbers])) for name in names}
        self._add(VALIDATION_FILE, step, means, prefix="validation/")
        say(f"step {step}  validation: " + "  ".join(f"{name} {value:.4g}" for name, value in means.items()))
        self._since = time.monotonic()  # a validation is no part of a step's time
        self._last_step = step
        return means

    def close(self) -> None:
        """Write what TensorBoard has not written yet."""
        if self._writer is not None:
            self._writer.close()

    def _add(self, file: str, step: int, numbers: Mapping[str, float], prefix: str = "train/") -> None:
        with (self._out / file).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"step": step, **numbers}) + "\n")
        if self._writer is not None:
            for name, value in numbers.items():
                self._writer.add_scalar(prefix + name, value, step)


def say(line: str) -> None:
    """Print a line on stderr."""
    sys.stderr.write(line + "\n")


def _forget_later(path: Path, start: int) -> None:
    """Keep the lines up to a step, which the continued run does not repeat."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line)["step"] <= start:
                kept.append(line)
        except ValueError:
            continue  # half a line of a killed process
    with atomic_path(path) as partial:
        partial.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")


def _tensorboard_writer(out: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise BadInput(
            "TensorBoard is not installed.", todo="Run pip install tensorboard, or leave --tensorboard out."
        ) from error
    return SummaryWriter(str(out / "tensorboard"))


def _duration(seconds: float) -> str:
    hours, minutes = int(seconds // 3600), int(seconds % 3600 // 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds:.0f} s"
