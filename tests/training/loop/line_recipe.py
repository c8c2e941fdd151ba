"""A recipe small enough for unit tests of the loop: learn a linear map from noisy points, behind a frozen layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from refocus.training.loop.recipe import Batch, ModelCard, Recipe, Validated
from refocus.training.loop.run_config import LoopConfig, setting
from refocus.training.loop.sample_order import ShuffledRows


@dataclass(frozen=True, kw_only=True)
class LineConfig(LoopConfig):
    """Settings of the tests: nothing but steps and checkpoints, unless asked for."""

    steps: int = setting(6, "steps", may_change=True)
    learning_rate: float = setting(0.05, "rate")
    workers: int = setting(0, "none", may_change=True)
    validate_every: int = setting(0, "none", may_change=True)
    validation_items: int = setting(3, "items", may_change=True)
    log_every: int = setting(1, "each", may_change=True)
    noise: float = setting(0.1, "of the targets")


@dataclass(frozen=True)
class Points:
    """Ten points, drawn anew each time."""

    seed: int

    def load(self, number: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        row = ShuffledRows(10, self.seed).row(number)
        place = np.full(4, row / 10) + random.normal(0, 0.01, 4)
        return {"x": torch.from_numpy(place.astype(np.float32))}


class LineRecipe(Recipe):
    def __init__(self, config: LineConfig) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.network = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
        self.network[0].requires_grad_(False)
        self.examples = Points(config.seed)
        self._noise = config.noise

    def loss(self, network: torch.nn.Module, batch: Batch, noise: Sequence[torch.Generator]) -> torch.Tensor:
        x = batch["x"]
        added = torch.stack([torch.randn(2, generator=generator) for generator in noise])
        target = torch.stack([x.sum(1), -x.sum(1)], 1) + self._noise * added
        return ((network(x) - target) ** 2).mean()

    def export(self, weights: Mapping[str, torch.Tensor], folder: Path) -> None:
        save_file(dict(weights), folder / "line.safetensors")

    def card(self) -> ModelCard:
        return ModelCard("Line", "A line.", "apache-2.0", "owner/base", "None.")

    def validation_count(self) -> int:
        return 5

    def validate(self, network: torch.nn.Module, item: int) -> Validated:
        error = network(torch.full((1, 4), item / 5)).abs().sum()
        return Validated(f"item-{item}", {"error": float(error)}, np.full((8, 8, 3), item, np.uint8))
