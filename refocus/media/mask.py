"""Read masks from PNG files: lens openings, and regions to focus on."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from refocus.core import BadInput
from refocus.core.sizes import DEFAULT_MAX_PIXELS
from refocus.media.decode import turned_upright
from refocus.media.odd_files import DECODING_ERRORS

_MAX_SIDE_PX = 1024
_MAX_16_BIT = 65535
_APERTURE_TODO = "Give a PNG: white where light passes, black elsewhere."
_FOCUS_TODO = "Give a PNG of the photo's proportions: white what is to be sharp, black the rest."


def read_mask(path: str | Path) -> NDArray[np.float32]:
    """Read an aperture mask from a PNG.

    Args:
        path: a PNG whose brightness is the transmittance; transparent is closed. Pictures above 1024 px are downscaled.

    Returns:
        (rows, columns) float32 in [0, 1].

    Raises:
        BadInput: when the file is missing or not a PNG.
    """
    return _read(Path(path), "aperture", _APERTURE_TODO)


def read_focus_mask(path: str | Path) -> NDArray[np.bool_]:
    """Read a mask of what is to be sharp from a PNG: (rows, columns) bool, True where it is neither black nor clear.

    Pictures above 1024 px are downscaled.

    Raises:
        BadInput: when the file is missing or not a PNG.
    """
    return _read(Path(path), "mask", _FOCUS_TODO) > 0


def _read(path: Path, noun: str, todo: str) -> NDArray[np.float32]:
    try:
        with path.open("rb") as file, Image.open(file, formats=("PNG",)) as picture:
            if picture.width * picture.height > DEFAULT_MAX_PIXELS:
                raise BadInput(f"The {noun} {path.name} is too large: {picture.width}x{picture.height} px.", todo=todo)
            turned = turned_upright(picture)
            if turned.mode.startswith("I"):  # 16 bits, which Pillow's conversion would clip
                return np.clip(np.asarray(turned, np.float32) / _MAX_16_BIT, 0.0, 1.0, dtype=np.float32)
            turned.thumbnail((_MAX_SIDE_PX, _MAX_SIDE_PX))
            grey_alpha: NDArray[np.float32] = np.asarray(turned.convert("LA"), dtype=np.float32)
    except BadInput:
        raise
    except (*DECODING_ERRORS, Image.DecompressionBombError) as error:
        if isinstance(error, OSError) and not isinstance(error, UnidentifiedImageError):
            why = (error.strerror or "it is damaged").lower()
            raise BadInput(f"The {noun} {path.name} cannot be read: {why}.", todo=todo) from error
        raise BadInput(f"{path.name} is not a PNG that can be read.", todo=todo) from error
    return grey_alpha[..., 0] * grey_alpha[..., 1] / np.float32(255**2)
