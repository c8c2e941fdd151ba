"""Training samples of the video model: nine frames of a scene, resized, or their stored encodings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.training.focal_stack.denoising_step import known_frames
from refocus.training.focal_stack.focal_stack_config import FocalStackConfig
from refocus.training.focal_stack.stack_index import StackRow
from refocus.training.focal_stack.stored_encodings import StoredEncodings
from refocus.training.loop.sample_order import ShuffledRows


@dataclass(frozen=True)
class StackSamples:
    """Samples in a new order each epoch; see `Examples` of the loop.

    Attributes:
        rows: scenes, at least one.
        folder: of the index.
        config: of the run.
        stored: encodings of all scenes, or None.
    """

    rows: tuple[StackRow, ...]
    folder: Path
    config: FocalStackConfig
    stored: StoredEncodings | None = None

    def load(self, number: int, random: np.random.Generator) -> dict[str, torch.Tensor]:
        """One scene.

        Returns:
            "frames": (9, height, width, 3) uint8 sRGB, only the known ones when encodings are stored; "known":
            (frames,) bool; with stored encodings also "moments": (9, 8, h, w) and "embeddings": (9, width), float32.
        """
        config = self.config
        row = self.rows[ShuffledRows(len(self.rows), config.seed).row(number)]
        uniform = torch.from_numpy(random.random(1 + DEFAULT_FRAMES))
        known = known_frames(config.inputs, config.frames, DEFAULT_FRAMES, uniform)
        photos = [self.folder / photo for photo in row.photos]
        if self.stored is None:
            frames = read_frames(photos, config.width, config.height)
            return {"frames": torch.from_numpy(frames), "known": known}
        frames = np.zeros((DEFAULT_FRAMES, config.height, config.width, 3), np.uint8)
        for index in np.flatnonzero(known.numpy()):
            frames[index] = read_frames([photos[index]], config.width, config.height)[0]
        return {"frames": torch.from_numpy(frames), "known": known, **self.stored.load(row.scene)}


def read_frames(photos: Sequence[Path], width: int, height: int) -> NDArray[np.uint8]:
    """Read photos and resize them (bicubic, as for inference): (photos, height, width, 3) uint8 sRGB.

    Raises:
        BadInput: when one cannot be read.
    """
    frames = np.empty((len(photos), height, width, 3), np.uint8)
    for index, path in enumerate(photos):
        try:
            with Image.open(path) as image:
                resized = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
        except (OSError, ValueError) as error:
            raise BadInput(f"{path} cannot be read: {error}.", todo="Prepare the index again.") from error
        frames[index] = np.asarray(resized)
    return frames


def as_pixels(frames: torch.Tensor) -> torch.Tensor:
    """(..., height, width, 3) uint8 as (..., 3, height, width) float32 in [-1, 1]."""
    return frames.movedim(-1, -3).float() / 127.5 - 1.0
