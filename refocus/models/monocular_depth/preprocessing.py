"""Convert a photo to the input of a depth network, by its preprocessor_config.json.

transformers' image processor of Depth Pro needs torchvision, which is not a dependency of this project.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import WeightsMissing

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Preprocessor:
    """Resizes and normalizes photos.

    Attributes:
        height_px, width_px: input size of the network; only one side has it when proportions are kept.
        keep_proportions: whether to keep the photo's proportions, with the scale of the side that changes less.
        multiple_px: both sides become multiples of it.
        resampling: Pillow's number of the filter.
        mean, std: one value per channel, for values in [0, 1].
        normalize_first: normalize, then resize without antialiasing, as Depth Pro does.
    """

    height_px: int
    width_px: int
    keep_proportions: bool
    multiple_px: int
    resampling: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    normalize_first: bool

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """From preprocessor_config.json. Raises WeightsMissing when it belongs to another kind of model."""
        try:
            size = config["size"]
            return cls(
                height_px=int(size["height"]),
                width_px=int(size["width"]),
                keep_proportions=bool(config.get("keep_aspect_ratio", False)),
                multiple_px=int(config.get("ensure_multiple_of", 1)),
                resampling=int(config.get("resample", 3)),
                mean=_three(config["image_mean"]),
                std=_three(config["image_std"]),
                normalize_first="DepthPro" in str(config.get("image_processor_type", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsMissing(
                "The depth model's preprocessor_config.json is not that of a depth model.", todo="Download it again."
            ) from error

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the network's input for a photo."""
        scale_y, scale_x = self.height_px / height, self.width_px / width
        if self.keep_proportions:
            scale_x = scale_y = scale_x if abs(1 - scale_x) < abs(1 - scale_y) else scale_y
        return self._multiple(scale_x * width), self._multiple(scale_y * height)

    def tensor(self, photo_srgb: NDArray[np.uint8]) -> "torch.Tensor":
        """(1, 3, height, width) float32 of a (height, width, 3) photo."""
        import torch

        mean, std = (np.asarray(values, np.float32) for values in (self.mean, self.std))
        width, height = self.size(photo_srgb.shape[1], photo_srgb.shape[0])
        if not self.normalize_first:
            resized = Image.fromarray(photo_srgb).resize((width, height), Image.Resampling(self.resampling))
            scaled = (np.asarray(resized, np.float32) / 255 - mean) / std
            return torch.from_numpy(scaled.transpose(2, 0, 1).copy())[None]
        scaled = (photo_srgb.astype(np.float32) / 255 - mean) / std
        planes = torch.from_numpy(scaled.transpose(2, 0, 1).copy())[None]
        return torch.nn.functional.interpolate(planes, (height, width), mode="bilinear", align_corners=False)

    def _multiple(self, pixels: float) -> int:
        return (
            max(1, round(pixels / self.multiple_px)) * self.multiple_px
            if self.multiple_px > 1
            else math.floor(pixels + 0.5)
        )


def _three(values: Sequence[float]) -> tuple[float, ...]:
    if len(values) != 3:
        raise ValueError("three channels are needed")
    return tuple(float(value) for value in values)
