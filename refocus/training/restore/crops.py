"""Files of training crops, written once, since blurring takes as long as training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.training.restore.degradation import degrade
from refocus.training.restore.sharp_windows import PhotoSizes, sharp_window
from refocus.training.restore.synthetic_blur import blur_scene, random_lens

CROP_PX = 128
_MARGIN_PX = 16  # blurred too, then cropped, so that no crop shows reflections at the border
WINDOW_PX = CROP_PX + 2 * _MARGIN_PX
_LENSES = 40
_BLUR_STEPS_PER_PX = 10


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Degraded crops, the same crops sharp, and their blur.

    Attributes:
        seen, sharp: (crops, 128, 128, 3) uint8 sRGB.
        blur_tenths_px: (crops, 128, 128) uint8.
    """

    seen: NDArray[np.uint8]
    sharp: NDArray[np.uint8]
    blur_tenths_px: NDArray[np.uint8]

    def save(self, path: Path) -> None:
        """Write an uncompressed .npz file."""
        np.savez(path, seen=self.seen, sharp=self.sharp, blur_tenths_px=self.blur_tenths_px)

    @classmethod
    def load(cls, path: Path) -> "Crops":
        """Read a file written by `save`."""
        with np.load(path) as arrays:
            return cls(arrays["seen"], arrays["sharp"], arrays["blur_tenths_px"])

    @classmethod
    def joined(cls, parts: list["Crops"]) -> "Crops":
        """Concatenate crops."""
        return cls(
            np.concatenate([part.seen for part in parts]),
            np.concatenate([part.sharp for part in parts]),
            np.concatenate([part.blur_tenths_px for part in parts]),
        )


def make_crops(photographs: list[PhotoSizes], count: int, random: np.random.Generator) -> Crops:
    """Make crops of photographs that were read with sides of at least `WINDOW_PX`."""
    lenses = [random_lens(random) for _ in range(_LENSES)]
    seen = np.empty((count, CROP_PX, CROP_PX, 3), np.uint8)
    sharp = np.empty_like(seen)
    blur_tenths_px = np.empty(seen.shape[:3], np.uint8)
    core = slice(_MARGIN_PX, _MARGIN_PX + CROP_PX)
    for index in range(count):
        objects = int(random.choice(3, p=[0.3, 0.5, 0.2]))
        background, *rest = (sharp_window(photographs, WINDOW_PX, random) for _ in range(1 + objects))
        scene = blur_scene(background, rest, lenses[random.integers(_LENSES)], random)
        seen[index] = degrade(np.ascontiguousarray(scene.seen[core, core]), random)
        sharp[index] = scene.sharp[core, core]
        blur_tenths_px[index] = np.round(scene.blur_px[core, core] * _BLUR_STEPS_PER_PX)
    return Crops(seen, sharp, blur_tenths_px)
