"""Which sample comes when, and its random numbers: functions of the seed and the sample's number alone.

A run numbers its samples 0, 1, 2, ... over all processes. Sample n has the same row, augmentation and noise whatever
process computes it, so a resumed run continues exactly, and two processes draw what one process would have drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

_ORDER, _EXAMPLE, _NOISE = range(3)  # independent streams of random numbers


@dataclass(frozen=True, slots=True)
class ShuffledRows:
    """Rows in a new random order each epoch.

    Attributes:
        count: rows, at least 1.
        seed: of the run.
    """

    count: int
    seed: int

    def row(self, number: int) -> int:
        """The row of a sample."""
        epoch, place = divmod(number, self.count)
        return int(_permutation(self.count, self.seed, epoch)[place])


@lru_cache(maxsize=4)
def _permutation(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    return np.random.default_rng((_ORDER, seed, epoch)).permutation(count)


def example_random(seed: int, number: int) -> np.random.Generator:
    """For what is drawn while a sample is loaded: crops, focus, aperture."""
    return np.random.default_rng((_EXAMPLE, seed, number))


def noise_generator(seed: int, number: int) -> torch.Generator:
    """For what is drawn in the training step: noise levels and noise. On the CPU, so every device draws the same."""
    state = np.random.SeedSequence((_NOISE, seed, number)).generate_state(1, np.uint64)[0]
    return torch.Generator("cpu").manual_seed(int(state >> np.uint64(1)))


@dataclass(frozen=True)
class ProcessShare(torch.utils.data.Sampler[int]):
    """The samples of one process.

    The processes take turns, so the samples of one optimiser step are consecutive numbers; their mean gradient does
    not depend on how they are divided between processes, passes and batches.

    Attributes:
        start: samples that the run has used before.
        batch: samples of one process in one pass.
        index, count: this process among all.
    """

    start: int
    batch: int
    index: int
    count: int

    def __iter__(self) -> Iterator[int]:
        """Their numbers, without end."""
        first = self.start + self.index * self.batch
        while True:
            yield from range(first, first + self.batch)
            first += self.batch * self.count
