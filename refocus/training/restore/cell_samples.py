"""Random cells of crops, with the inputs and the target of the blur estimator."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from refocus.restore.spectrum import CELL_PX, FEATURES, detail_bands, local_spectrum
from refocus.training.restore.crops import CROP_PX, Crops
from refocus.training.restore.degradation import degrade

_SAMPLES_PER_CROP = 200


@dataclass(frozen=True, slots=True, eq=False)
class CellSamples:
    """Samples, along the first axis of both tensors.

    Attributes:
        features: (samples, features), see `local_spectrum`.
        blur_px: (samples,), diameter.
    """

    features: Tensor
    blur_px: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def shuffled(self, batch: int, random: np.random.Generator) -> Iterator["CellSamples"]:
        """All samples once, in random batches."""
        order = torch.from_numpy(random.permutation(len(self)))
        for chosen in order.split(batch):
            yield CellSamples(self.features[chosen], self.blur_px[chosen])


def sample_cells(crops: Crops, random: np.random.Generator) -> CellSamples:
    """Random cells of every crop, degraded at random."""
    features = np.empty((len(crops), _SAMPLES_PER_CROP, FEATURES), np.float32)
    blur_px = np.empty((len(crops), _SAMPLES_PER_CROP), np.float32)
    for index in range(len(crops)):
        rows, columns = random.integers(CROP_PX // CELL_PX, size=(2, _SAMPLES_PER_CROP))
        seen = degrade(crops.seen[index], crops.sharp[index], random).seen.astype(np.float32) / np.float32(255)
        features[index] = local_spectrum(seen, detail_bands(seen))[rows, columns]
        blur_px[index] = np.abs(crops.coc_px(index))[rows, columns]
    return CellSamples(torch.from_numpy(features.reshape(-1, FEATURES)), torch.from_numpy(blur_px.ravel()))
