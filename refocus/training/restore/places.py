"""Random pixels of crops with all that the network's error there depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from refocus.restore.spectrum import BANDS, CELL_PX, FEATURES, detail_bands, local_spectrum
from refocus.training.restore.crops import CROP_PX, Crops

_PER_CROP = 300


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Pixels, the first axis of every tensor.

    Attributes:
        features: (places, features), of the cell around, see `local_spectrum`.
        lightness: (places, bands), the bands' mean over colours.
        colour: (places, bands, 3), the bands less that.
        missing: (places, 3), sharp less seen, sRGB in [-1, 1].
        blur_px: (places,).
    """

    features: Tensor
    lightness: Tensor
    colour: Tensor
    missing: Tensor
    blur_px: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def shuffled(self, batch: int, random: np.random.Generator) -> Iterator["Places"]:
        """All places once, in random batches."""
        order = torch.from_numpy(random.permutation(len(self)))
        for chosen in order.split(batch):
            yield Places(*(getattr(self, field.name)[chosen] for field in fields(self)))


def places_of(crops: Crops, random: np.random.Generator) -> Places:
    """Some places of every crop."""
    count = len(crops.seen)
    features = np.empty((count, _PER_CROP, FEATURES), np.float32)
    bands = np.empty((count, _PER_CROP, BANDS, 3), np.float32)
    missing = np.empty((count, _PER_CROP, 3), np.float32)
    blur_px = np.empty((count, _PER_CROP), np.float32)
    for index in range(count):
        rows, columns = random.integers(CROP_PX, size=(2, _PER_CROP))
        seen = crops.seen[index].astype(np.float32) / 255
        seen_bands = detail_bands(seen)
        features[index] = local_spectrum(seen, seen_bands)[rows // CELL_PX, columns // CELL_PX]
        bands[index] = seen_bands[:, rows, columns].transpose(1, 0, 2)
        missing[index] = crops.sharp[index][rows, columns] / 255 - seen[rows, columns]
        blur_px[index] = crops.blur_tenths_px[index][rows, columns] / 10
    lightness = bands.mean(-1)
    flat = (part.reshape(-1, *part.shape[2:]) for part in (features, lightness, bands - lightness[..., None], missing))
    return Places(*map(torch.from_numpy, (*flat, blur_px.ravel())))
