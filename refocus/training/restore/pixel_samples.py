"""Random pixels of crops, with all inputs of the training loss."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from refocus.restore.spectrum import BANDS, CELL_PX, FEATURES, detail_bands, local_spectrum
from refocus.training.restore.crops import CROP_PX, Crops

_SAMPLES_PER_CROP = 300


@dataclass(frozen=True, slots=True, eq=False)
class PixelSamples:
    """Samples, along the first axis of every tensor.

    Attributes:
        features: (samples, features), of the pixel's cell, see `local_spectrum`.
        lightness: (samples, bands), mean of each band over the channels.
        colour: (samples, bands, 3), bands minus their lightness.
        missing: (samples, 3), sharp minus degraded, sRGB in [-1, 1].
        blur_px: (samples,).
    """

    features: Tensor
    lightness: Tensor
    colour: Tensor
    missing: Tensor
    blur_px: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def shuffled(self, batch: int, random: np.random.Generator) -> Iterator["PixelSamples"]:
        """All samples once, in random batches."""
        order = torch.from_numpy(random.permutation(len(self)))
        for chosen in order.split(batch):
            yield PixelSamples(*(getattr(self, field.name)[chosen] for field in fields(self)))


def sample_pixels(crops: Crops, random: np.random.Generator) -> PixelSamples:
    """Random samples of every crop."""
    count = len(crops.seen)
    features = np.empty((count, _SAMPLES_PER_CROP, FEATURES), np.float32)
    bands = np.empty((count, _SAMPLES_PER_CROP, BANDS, 3), np.float32)
    missing = np.empty((count, _SAMPLES_PER_CROP, 3), np.float32)
    blur_px = np.empty((count, _SAMPLES_PER_CROP), np.float32)
    for index in range(count):
        rows, columns = random.integers(CROP_PX, size=(2, _SAMPLES_PER_CROP))
        seen = crops.seen[index].astype(np.float32) / 255
        seen_bands = detail_bands(seen)
        features[index] = local_spectrum(seen, seen_bands)[rows // CELL_PX, columns // CELL_PX]
        bands[index] = seen_bands[:, rows, columns].transpose(1, 0, 2)
        missing[index] = crops.sharp[index][rows, columns] / 255 - seen[rows, columns]
        blur_px[index] = crops.blur_tenths_px[index][rows, columns] / 10
    lightness = bands.mean(-1)
    flat = (part.reshape(-1, *part.shape[2:]) for part in (features, lightness, bands - lightness[..., None], missing))
    return PixelSamples(*map(torch.from_numpy, (*flat, blur_px.ravel())))
