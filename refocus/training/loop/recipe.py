"""What a recipe gives to the loop: a network, samples, a loss, a validation and a file format."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

Batch = Mapping[str, torch.Tensor]
"""Samples, along the first axis of every tensor."""


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """One item of the validation set.

    Attributes:
        name: of the item, for file names.
        numbers: metric by name, such as {"psnr": 31.2}.
        picture: (height, width, 3) uint8 sRGB, prediction beside truth; None for none.
    """

    name: str
    numbers: Mapping[str, float]
    picture: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model's page says about a recipe, beside settings and numbers.

    Attributes:
        title: of the page.
        summary: a paragraph: what the model does, and by which method.
        licence: the hub's identifier of the weights' licence.
        base_model: hub repository of the model that was fine-tuned.
        usage: Markdown: how to run the weights.
        tags: of the hub.
        data: a line for each data set, with its licence.
    """

    title: str
    summary: str
    licence: str
    base_model: str
    usage: str
    tags: tuple[str, ...] = ()
    data: tuple[str, ...] = field(default=())


class Examples(Protocol):
    """The training data. It is sent to the loader's processes, so it holds paths and settings but no network."""

    def load(self, number: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        """Load one sample, on the CPU.

        Args:
            number: of the sample; `ShuffledRows` turns it into a row.
            random: for what is drawn; the same for the same number.

        Raises:
            BadInput: when its files cannot be used.
        """


class Recipe(ABC):
    """One system to be trained.

    Attributes:
        examples: the training data.
        network: its parameters with `requires_grad` are trained, and kept in float32; the others stay as they are.
        export_frozen: whether `export` needs the frozen weights too.
    """

    examples: Examples
    network: torch.nn.Module
    export_frozen: bool = False

    @abstractmethod
    def loss(self, network: torch.nn.Module, batch: Batch, noise: Sequence[torch.Generator]) -> torch.Tensor:
        """The mean loss of a batch.

        Args:
            network: `self.network`, perhaps wrapped for several processes; call this one.
            batch: of `examples`, on the device.
            noise: a CPU generator for each sample; all noise must come from it.
        """

    @abstractmethod
    def export(self, weights: Mapping[str, torch.Tensor], folder: Path) -> None:
        """Write the weights into an empty folder, in the layout that our engine loads.

        Args:
            weights: by parameter name, on the CPU; without the frozen ones unless `export_frozen`.
            folder: of the checkpoint.
        """

    @abstractmethod
    def card(self) -> ModelCard:
        """What the page of the model says."""

    def validation_count(self) -> int:
        """Items in the validation set; 0 for no validation."""
        return 0

    def validate(self, network: torch.nn.Module, item: int) -> Validated:
        """Measure one item of the validation set, always with the same noise."""
        raise NotImplementedError
