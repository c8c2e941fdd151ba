"""Small pictures and folders of them, laid out as data sets are."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def textured(seed: int, height: int = 60, width: int = 80) -> NDArray[np.uint8]:
    """Blotches and grain of several sizes."""
    random = np.random.default_rng(seed)
    coarse = cv2.resize(random.random((6, 8, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip((0.6 * coarse + 0.4 * random.random((height, width, 3))) * 255, 0, 255).astype(np.uint8)


def blurred_stack(seed: int, frames: int = 9, height: int = 60, width: int = 80) -> NDArray[np.uint8]:
    """A stack whose left is sharp in the first frame and whose right is sharp in the last."""
    sharp = textured(seed, height, width)
    soft = cv2.GaussianBlur(sharp, (0, 0), 3)
    ramp = np.linspace(0, 1, width)[None, :, None]
    near = (sharp * (1 - ramp) + soft * ramp).round()
    far = (soft * (1 - ramp) + sharp * ramp).round()
    shares = np.linspace(0, 1, frames)
    return np.stack([(near * (1 - s) + far * s).round() for s in shares]).astype(np.uint8)


def write_stack(folder: Path, frames: NDArray[np.uint8], ending: str = "png") -> Path:
    """One picture a frame, 000 and on."""
    folder.mkdir(parents=True)
    for index, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{index:03d}.{ending}", quality=95)
    return folder
