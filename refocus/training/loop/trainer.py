"""The loop: samples, passes, steps, checkpoints, validation; on one process or many, started by `accelerate launch`."""

import math
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import GradientAccumulationPlugin, InitProcessGroupKwargs, gather_object

from refocus.core import RefocusError
from refocus.training.loop.checkpoints import (
    CONFIG_FILE,
    Checkpoint,
    RunProgress,
    check_run_folder,
    find_checkpoint,
    rotate,
    write_checkpoint,
)
from refocus.training.loop.model_card import upload_command, write_card
from refocus.training.loop.optimizer import learning_rate, make_optimizer
from refocus.training.loop.recipe import Batch, Examples, Recipe, Validated
from refocus.training.loop.run_config import LoopConfig, read_config
from refocus.training.loop.run_log import RunLog, say
from refocus.training.loop.sample_order import ProcessShare, example_random, noise_generator
from refocus.training.loop.training_state import RunState, save

_TIMEOUT = timedelta(hours=6)  # the other processes wait while the first one writes a checkpoint
_NUMBER = "sample"


def start_accelerator(config: LoopConfig) -> Accelerator:
    """This process among those that `accelerate launch` started. The loop adds up gradients itself."""
    return Accelerator(
        cpu=not torch.accelerator.is_available(),
        mixed_precision=config.mixed_precision,
        gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=1),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=_TIMEOUT)],
    )


def train(recipe: Recipe, config: LoopConfig, accelerator: Accelerator, *, resume: str | None = None) -> Checkpoint:
    """Train a recipe to the end.

    Args:
        recipe: on the accelerator's device.
        config: of the run.
        accelerator: from `start_accelerator`.
        resume: "latest", the name or path of a checkpoint, or None for a new run.

    Returns:
        The last checkpoint.

    Raises:
        BadInput: when the folder, the checkpoint or a sample cannot be used.
        RefocusError: when the loss is no longer finite, or the disk is full.
    """
    return _Run(recipe, config, accelerator, resume).run()


class _Run:
    def __init__(self, recipe: Recipe, config: LoopConfig, accelerator: Accelerator, resume: str | None) -> None:
        check_run_folder(config.out, resume=resume is not None)
        start = None if resume is None else find_checkpoint(config.out, resume)
        self._recipe, self._config, self._accelerator = recipe, config, accelerator
        trained = [parameter for parameter in recipe.network.parameters() if parameter.requires_grad]
        optimizer = make_optimizer(trained, config)
        self._network, self._optimizer = accelerator.prepare(recipe.network, optimizer)
        self._state = RunState(accelerator, self._network, self._optimizer)
        self._progress = RunProgress(0, 0)
        self._checkpoint = start
        if start is not None:
            config.check_resumable(read_config(start.state / CONFIG_FILE, type(config)))
            self._progress = start.progress()
            self._state.restore(start.state)
        self._log: RunLog | None = None
        if accelerator.is_main_process:
            self._log = RunLog(config.out, start=self._progress.step, tensorboard=config.tensorboard)
        self._validated: dict[str, float] = {}
        accelerator.wait_for_everyone()

    def run(self) -> Checkpoint:
        config = self._config
        self._announce()
        self._network.train()
        batches = self._batches()
        losses: list[float] = []
        try:
            while self._progress.step < config.steps:
                losses.append(self._step(batches))
                step = self._progress.step
                if self._log is not None and (step % config.log_every == 0 or step == config.steps):
                    rate = self._optimizer.param_groups[0]["lr"]
                    self._log.step(step, config.steps, {"loss": math.fsum(losses) / len(losses), "rate": rate})
                    losses.clear()
                if _is_due(step, config.validate_every, config.steps):
                    self._validate()
                if _is_due(step, config.checkpoint_every, config.steps):
                    self._save()
        finally:
            if self._log is not None:
                self._log.close()
        if self._checkpoint is None:
            raise ValueError("a run has at least one step")
        if self._accelerator.is_main_process:
            say(f"Trained to step {self._checkpoint.step}: {self._checkpoint.folder}")
            say(f"Publish it: {upload_command(self._checkpoint.folder)}")
        return self._checkpoint

    def _announce(self) -> None:
        if self._log is None:
            return
        parameters = sum(one.numel() for one in self._recipe.network.parameters() if one.requires_grad)
        begun = f"Continues from step {self._progress.step}. " if self._progress.step else ""
        say(f"{begun}Trains {parameters / 1e6:.1f} million parameters, {self._samples_per_step} samples a step.")
        if self._config.validate_every and not self._recipe.validation_count():
            say("The data has no validation set, so nothing is validated.")

    @property
    def _samples_per_step(self) -> int:
        return self._config.batch * self._config.accumulation * self._accelerator.num_processes

    def _batches(self) -> Iterator[Batch]:
        """Batches of this process, without end, on the device."""
        config, accelerator = self._config, self._accelerator
        share = ProcessShare(self._progress.samples, config.batch, accelerator.process_index, accelerator.num_processes)
        loader = torch.utils.data.DataLoader(
            _Numbered(self._recipe.examples, config.seed),
            batch_size=config.batch,
            sampler=share,
            num_workers=config.workers,
            pin_memory=accelerator.device.type == "cuda",
            multiprocessing_context="spawn" if config.workers else None,
        )
        for batch in loader:
            yield {name: value.to(accelerator.device, non_blocking=True) for name, value in batch.items()}

    def _step(self, batches: Iterator[Batch]) -> float:
        """One optimiser step; returns the mean loss over all processes."""
        config, accelerator = self._config, self._accelerator
        rate = learning_rate(config, self._progress.step, self._samples_per_step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        total = torch.zeros((), device=accelerator.device)
        for turn in range(config.accumulation):
            batch = dict(next(batches))
            noise = [noise_generator(config.seed, int(number)) for number in batch.pop(_NUMBER)]
            last = turn == config.accumulation - 1
            with nullcontext() if last else accelerator.no_sync(self._network):
                loss = self._recipe.loss(self._network, batch, noise) / config.accumulation
                accelerator.backward(loss)
            total += loss.detach()
        mean = float(accelerator.reduce(total, "mean"))
        if not math.isfinite(mean):
            raise RefocusError(
                f"The loss is {mean} at step {self._progress.step + 1}.",
                todo="Continue from the last checkpoint with bf16 or no mixed precision, or a smaller learning rate.",
            )
        if config.clip:
            accelerator.clip_grad_norm_(self._network.parameters(), config.clip)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._progress = RunProgress(self._progress.step + 1, self._progress.samples + self._samples_per_step)
        return mean

    @torch.no_grad()
    def _validate(self) -> None:
        """The processes share the items; all do equally many, as a sharded network needs all of them in each pass."""
        count = min(self._recipe.validation_count(), self._config.validation_items)
        if count == 0:
            return
        accelerator = self._accelerator
        network = accelerator.unwrap_model(self._network)
        network.eval()
        mine: list[tuple[int, Validated]] = []
        for turn in range(math.ceil(count / accelerator.num_processes)):
            item = turn * accelerator.num_processes + accelerator.process_index
            mine.append((item, self._recipe.validate(network, item % count)))
        network.train()
        everyone = sorted(gather_object(mine), key=lambda pair: pair[0])
        if self._log is not None:
            self._validated = self._log.validation(
                self._progress.step, [validated for item, validated in everyone if item < count]
            )

    def _save(self) -> None:
        weights = self._state.weights(frozen=self._recipe.export_frozen)
        state = self._state.gather(weights)
        if self._accelerator.is_main_process:

            def write(folder: Path) -> None:
                self._recipe.export(weights, folder)
                write_card(self._recipe.card(), self._config, self._progress, self._validated, folder)
                save(state, folder / "training")

            out = self._config.out
            self._checkpoint = write_checkpoint(out, self._progress, self._config.to_toml(), write)
            rotate(out, self._config.keep)
        else:
            self._checkpoint = Checkpoint(self._config.out / f"checkpoint-{self._progress.step}")
        self._accelerator.wait_for_everyone()


class _Numbered(torch.utils.data.Dataset[dict[str, Any]]):
    """Examples with their numbers, in the loader's processes."""

    def __init__(self, examples: Examples, seed: int) -> None:
        self._examples, self._seed = examples, seed

    def __getitem__(self, number: int) -> dict[str, Any]:
        return {**self._examples.load(number, example_random(self._seed, number)), _NUMBER: number}


def _is_due(step: int, every: int, last: int) -> bool:
    return every > 0 and (step % every == 0 or step == last)
