"""Samples of the restoration network: degraded crops with estimated circles of confusion, and what defocus took."""

from functools import partial
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from refocus.restore.network import BlurNetwork
from refocus.restore.spectrum import CELL_PX, detail_bands, local_spectrum
from refocus.training.restore.crops import CROP_PX, Crops
from refocus.training.restore.degradation import degrade
from refocus.training.restore.restoration_recipe import Recipe

_MOST_SHIFT_CELLS = 3


class Batch(NamedTuple):
    """Tensors of a step.

    Attributes:
        photos: (batch, 3, side, side) in [0, 1], sRGB.
        blur_px, side: (batch, side / 4, side / 4), estimated, see `coc_channels`.
        missing: (batch, 3, side, side), sharp minus blurred.
    """

    photos: Tensor
    blur_px: Tensor
    side: Tensor
    missing: Tensor


class RestorationBatches(Dataset[Batch]):
    """Batch n is a function of the recipe's seed and n alone, so that a resumed training sees the same ones.

    Args:
        crops: training crops.
        estimator: estimates the blur, as in use.
        recipe: of the training.
        first: number of the first batch.
    """

    def __init__(self, crops: Crops, estimator: BlurNetwork, recipe: Recipe, first: int = 0) -> None:
        self._crops, self._estimator, self._recipe, self._first = crops, estimator, recipe, first

    def __len__(self) -> int:
        return self._recipe.steps - self._first

    def __getitem__(self, step: int) -> Batch:
        random = np.random.default_rng((self._recipe.seed, self._first + step))
        samples = [self._sample(random) for _ in range(self._recipe.batch)]
        return Batch(*(torch.from_numpy(np.stack(parts)) for parts in zip(*samples, strict=True)))

    def _sample(self, random: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        recipe, index = self._recipe, int(random.integers(len(self._crops)))
        top, left = CELL_PX * random.integers((CROP_PX - recipe.crop_px) // CELL_PX + 1, size=2)
        turn = partial(_turned, quarters=int(random.integers(4)), mirrored=bool(random.random() < 0.5))
        rows, columns = slice(top, top + recipe.crop_px), slice(left, left + recipe.crop_px)
        cells = (
            slice(top // CELL_PX, (top + recipe.crop_px) // CELL_PX),
            slice(left // CELL_PX, (left + recipe.crop_px) // CELL_PX),
        )
        seen, sharp = (turn(part[index][rows, columns]) for part in (self._crops.seen, self._crops.sharp))
        pair = degrade(seen, sharp, random)
        photo = pair.seen.astype(np.float32) / np.float32(255)
        blur_px = self._estimator.estimate(local_spectrum(photo, detail_bands(photo)))
        side = self._side(turn(self._crops.coc_px(index)[cells]), random)
        return photo.transpose(2, 0, 1), blur_px, side, pair.missing.transpose(2, 0, 1)

    def _side(self, coc_px: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
        """Which side of the focus each cell is on, as well as it is known in use: softly, shifted, not, or wrongly."""
        chance = random.random()
        if chance < self._recipe.side_unknown:
            return np.zeros_like(coc_px)
        sign = np.float32(-1 if chance > 1 - self._recipe.side_wrong else 1)
        shift = random.integers(-_MOST_SHIFT_CELLS, _MOST_SHIFT_CELLS + 1, size=2)
        side = np.roll(np.clip(coc_px / 2, -1, 1), shift, (0, 1))
        return sign * np.asarray(cv2.blur(side, (3, 3)), np.float32)


def _turned(picture: NDArray[Any], quarters: int, mirrored: bool) -> NDArray[Any]:
    """Turned by quarters of a circle, then mirrored; (side, side, ...)."""
    turned = np.rot90(picture, quarters)
    return np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)
