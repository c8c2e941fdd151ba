"""Crops of blurred scenes, made once and kept in a file, since blurring takes as long as training."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.restore.spectrum import CELL_PX
from refocus.training.restore.rendered_scenes import render_scene
from refocus.training.restore.sharp_windows import PhotoSizes, sharp_window
from refocus.training.restore.synthetic_blur import BlurredScene, blur_scene, random_lens

CROP_PX = 192
_MARGIN_PX = 24  # blurred too, then cropped, so that no crop shows reflections at the border
WINDOW_PX = CROP_PX + 2 * _MARGIN_PX
_LENSES = 60
_CROPS_PER_SCENE = 6
_COC_STEPS_PER_PX = 4


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Blurred crops, the same crops sharp, and their circles of confusion.

    Attributes:
        seen, sharp: (crops, 192, 192, 3) uint8 sRGB.
        coc_quarters_px: (crops, 48, 48) int8: signed CoC diameter of each cell in quarters of a pixel.
    """

    seen: NDArray[np.uint8]
    sharp: NDArray[np.uint8]
    coc_quarters_px: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.seen)

    def coc_px(self, index: int) -> NDArray[np.float32]:
        """Signed CoC of a crop, (48, 48) px."""
        return self.coc_quarters_px[index].astype(np.float32) / _COC_STEPS_PER_PX

    def save(self, path: Path) -> None:
        """Write an uncompressed .npz file; it has its name only when it is whole."""
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, seen=self.seen, sharp=self.sharp, coc_quarters_px=self.coc_quarters_px)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Crops":
        """Read a file written by `save`."""
        with np.load(path) as arrays:
            return cls(arrays["seen"], arrays["sharp"], arrays["coc_quarters_px"])


def make_crops(photographs: list[PhotoSizes], layered: int, rendered: int, random: np.random.Generator) -> Crops:
    """Make crops of photographs that were read with sides of at least `WINDOW_PX`.

    Args:
        photographs: sharp photographs.
        layered: crops of composed scenes: layers of photographs, each on its own plane.
        rendered: crops of photographs that our renderer blurs.
        random: random generator.
    """
    parts = [*_layered(photographs, layered, random), *_rendered(photographs, rendered, random)]
    coc = [cv2.resize(part.coc_px, (CROP_PX // CELL_PX,) * 2, interpolation=cv2.INTER_AREA) for part in parts]
    return Crops(
        np.stack([part.seen for part in parts]),
        np.stack([part.sharp for part in parts]),
        np.round(np.stack(coc) * _COC_STEPS_PER_PX).astype(np.int8),
    )


def _layered(photographs: list[PhotoSizes], count: int, random: np.random.Generator) -> Iterator[BlurredScene]:
    lenses = [random_lens(random) for _ in range(_LENSES)]
    for _ in range(count):
        objects = int(random.choice(3, p=[0.4, 0.4, 0.2]))
        background, *rest = (sharp_window(photographs, WINDOW_PX, random) for _ in range(1 + objects))
        yield _cropped(blur_scene(background, rest, lenses[random.integers(_LENSES)], random), _MARGIN_PX, _MARGIN_PX)


def _rendered(photographs: list[PhotoSizes], count: int, random: np.random.Generator) -> Iterator[BlurredScene]:
    order: list[int] = []
    scene: BlurredScene | None = None
    for number in range(count):
        if scene is None or number % _CROPS_PER_SCENE == 0:
            order = order or random.permutation(len(photographs)).tolist()
            scene = render_scene(photographs[order.pop()], random)
        height, width = scene.seen.shape[:2]
        yield _cropped(scene, int(random.integers(height - CROP_PX + 1)), int(random.integers(width - CROP_PX + 1)))


def _cropped(scene: BlurredScene, top: int, left: int) -> BlurredScene:
    rows, columns = slice(top, top + CROP_PX), slice(left, left + CROP_PX)
    return BlurredScene(
        scene.sharp[rows, columns].copy(), scene.seen[rows, columns].copy(), scene.coc_px[rows, columns].copy()
    )
