"""A file of training crops: made once, since blurring costs as much as learning."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.training.restore.blurring import blur_scene, random_lens
from refocus.training.restore.degrading import degrade
from refocus.training.restore.photographs import Sizes, sharp_window

CROP_PX = 128
_MARGIN_PX = 16  # blurred with, then cut away, so that no crop shows a border's reflection
WINDOW_PX = CROP_PX + 2 * _MARGIN_PX
_LENSES = 40
_BLUR_STEPS_PER_PX = 10


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Crops as the lens and file left them, sharp, and how blurred they are.

    Attributes:
        seen, sharp: (crops, 128, 128, 3) uint8 sRGB.
        blur_tenths_px: (crops, 128, 128) uint8.
    """

    seen: NDArray[np.uint8]
    sharp: NDArray[np.uint8]
    blur_tenths_px: NDArray[np.uint8]

    def save(self, path: Path) -> None:
        """Write an uncompressed .npz."""
        np.savez(path, seen=self.seen, sharp=self.sharp, blur_tenths_px=self.blur_tenths_px)

    @classmethod
    def load(cls, path: Path) -> "Crops":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(arrays["seen"], arrays["sharp"], arrays["blur_tenths_px"])

    @classmethod
    def joined(cls, parts: list["Crops"]) -> "Crops":
        """All crops of all parts."""
        return cls(
            np.concatenate([part.seen for part in parts]),
            np.concatenate([part.sharp for part in parts]),
            np.concatenate([part.blur_tenths_px for part in parts]),
        )


def make_crops(photographs: list[Sizes], count: int, random: np.random.Generator) -> Crops:
    """Make crops of photographs read with `WINDOW_PX` as their least side."""
    lenses = [random_lens(random) for _ in range(_LENSES)]
    seen = np.empty((count, CROP_PX, CROP_PX, 3), np.uint8)
    sharp = np.empty_like(seen)
    blur_tenths_px = np.empty(seen.shape[:3], np.uint8)
    core = slice(_MARGIN_PX, _MARGIN_PX + CROP_PX)
    for index in range(count):
        things = int(random.choice(3, p=[0.3, 0.5, 0.2]))
        background, *rest = (sharp_window(photographs, WINDOW_PX, random) for _ in range(1 + things))
        scene = blur_scene(background, rest, lenses[random.integers(_LENSES)], random)
        seen[index] = degrade(np.ascontiguousarray(scene.seen[core, core]), random)
        sharp[index] = scene.sharp[core, core]
        blur_tenths_px[index] = np.round(scene.blur_px[core, core] * _BLUR_STEPS_PER_PX)
    return Crops(seen, sharp, blur_tenths_px)
