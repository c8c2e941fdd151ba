"""Pairs of photographs for validation: blurred by our renderer, as a camera and a file leave them, and sharp."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.training.restore.degradation import as_filed
from refocus.training.restore.rendered_scenes import render_scene
from refocus.training.restore.sharp_windows import PhotoSizes

_LEAST_MEAN_COC_PX = 2.0  # sharp photos are an exam of their own
Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Blurred and sharp, (height, width, 3) uint8 sRGB."""


def write_pairs(photographs: list[PhotoSizes], folder: Path, seed: int) -> None:
    """Write one pair for each photograph, NUMBER_blur.png and NUMBER_sharp.png, clearly out of focus in the mean.

    Args:
        photographs: sharp photographs.
        folder: made when it is not there.
        seed: of lens, focus, noise and compression.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, photograph in enumerate(photographs):
        random = np.random.default_rng((seed, number))
        scene = render_scene(photograph, random)
        while np.abs(scene.coc_px).mean() < _LEAST_MEAN_COC_PX:
            scene = render_scene(photograph, random)
        for name, picture in (("sharp", scene.sharp), ("blur", as_filed(scene.seen, random))):
            cv2.imwrite(str(folder / f"{number:02d}_{name}.png"), picture[..., ::-1])


def read_pairs(folder: Path) -> list[Pair]:
    """Read the pairs of a folder, in order."""
    blurred = sorted(folder.glob("*_blur.png"))
    return [(_read(path), _read(path.with_name(path.name.replace("_blur", "_sharp")))) for path in blurred]


def _read(path: Path) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
