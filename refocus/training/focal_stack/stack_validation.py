"""Validation of the video model: the frames it makes of fixed scenes, beside the photographed ones."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.training.focal_stack.focal_stack_config import FocalStackConfig
from refocus.training.focal_stack.stack_index import rows_of
from refocus.training.focal_stack.stack_samples import read_frames
from refocus.training.loop.recipe import Validated
from refocus.training.picture_numbers import PictureNumbers

_SEED = 0
_SHEET_WIDTH_PX = 2048


class StackValidation:
    """Scenes of the split "val"; scene i is given at position i mod 9, always with the same noise.

    Args:
        pipeline: a `FocalStackPipeline`; its UNet is replaced for the measurement.
        config: of the run.
        numbers: that are measured; their means over the frames are given.
    """

    def __init__(self, pipeline: Any, config: FocalStackConfig, numbers: PictureNumbers) -> None:
        self._pipeline, self._config, self._numbers = pipeline, config, numbers
        self._rows = rows_of(config.data, "val")

    def __len__(self) -> int:
        return len(self._rows)

    def measure(self, network: torch.nn.Module, item: int) -> Validated:
        """Make the stack of a scene and compare its frames; the known frame counts too."""
        config, row = self._config, self._rows[item]
        truth = read_frames([config.data.parent / photo for photo in row.photos], config.width, config.height)
        position = 0 if config.inputs == "zero" else item % DEFAULT_FRAMES
        self._pipeline.unet = network
        made = self._pipeline(
            truth[position],
            input_position=position,
            num_frames=config.frames,
            num_inference_steps=config.validation_steps,
            width=config.width,
            height=config.height,
            generator=torch.Generator("cpu").manual_seed(_SEED + item),
            output_type="np",
        ).frames[:DEFAULT_FRAMES]
        predicted = np.round(np.asarray(made) * 255).astype(np.uint8)
        measured = [self._numbers.measure(ours, theirs) for ours, theirs in zip(predicted, truth, strict=True)]
        means = {name: float(np.mean([numbers[name] for numbers in measured])) for name in measured[0]}
        return Validated(row.scene.replace("/", "-"), means, sheet(predicted, truth))


def sheet(predicted: NDArray[np.uint8], truth: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The predicted frames in a row above the true ones, reduced to at most 2048 px.

    Args:
        predicted, truth: (frames, height, width, 3) uint8 sRGB.
    """
    step = -(-predicted.shape[0] * predicted.shape[2] // _SHEET_WIDTH_PX)
    rows = [np.concatenate(list(frames[:, ::step, ::step]), axis=1) for frames in (predicted, truth)]
    return np.concatenate(rows)
