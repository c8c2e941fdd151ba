"""Random square windows of pictures that are brought to the training size, the same for all pictures of a row."""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.media.linear16 import downscale

Pixels = TypeVar("Pixels", NDArray[np.uint8], NDArray[np.float32])


@dataclass(frozen=True, slots=True)
class Window:
    """A square window of a picture whose short side is as long as the window's.

    Attributes:
        size: (height, width) of the resized picture.
        top, left: of the window.
        side_px: of the window.
        flipped: whether it is mirrored.
    """

    size: tuple[int, int]
    top: int
    left: int
    side_px: int
    flipped: bool

    @classmethod
    def random(cls, size: tuple[int, int], side_px: int, random: np.random.Generator, *, flip: bool = True) -> "Window":
        """A random window.

        Args:
            size: (height, width) of the picture as stored.
            side_px: of the window.
            random: determines it.
            flip: whether half of the windows are mirrored.
        """
        scale = side_px / min(size)
        height, width = (max(side_px, round(side * scale)) for side in size)
        top, left = (int(random.integers(length - side_px + 1)) for length in (height, width))
        return cls((height, width), top, left, side_px, flip and bool(random.random() < 0.5))

    @property
    def long_side_px(self) -> int:
        """Of the resized picture, which K refers to."""
        return max(self.size)

    def cut(self, picture: Pixels) -> Pixels:
        """A copy of the window of a picture of `size`, (height, width) or (height, width, channels)."""
        part = picture[self.top : self.top + self.side_px, self.left : self.left + self.side_px]
        return np.array(part[:, ::-1] if self.flipped else part, order="C")


def resized_picture(picture_srgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 sRGB at another (height, width)."""
    if picture_srgb.shape[:2] == size:
        return picture_srgb
    height, width = size
    if height <= picture_srgb.shape[0] and width <= picture_srgb.shape[1]:
        return downscale(picture_srgb, (width, height))
    return np.asarray(Image.fromarray(picture_srgb).resize((width, height), Image.Resampling.LANCZOS))


def resized_disparity(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """(height, width) float32 at another size; the values keep their unit."""
    if values.shape == size:
        return values
    shrinks = size[0] < values.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, size[::-1], interpolation=how), np.float32)
