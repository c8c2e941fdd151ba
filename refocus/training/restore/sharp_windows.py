"""Sharp windows of sharp photographs."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput

PhotoSizes = tuple[NDArray[np.uint8], ...]
"""One photograph at several sizes, from large to small; each (height, width, 3) uint8 sRGB."""

_LONGEST_PX, _SHORTEST_PX, _STEP = 1800, 640, 0.7
_TRIES = 4
_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


def find_pictures(paths: list[Path]) -> list[Path]:
    """Files: those given, those in given folders, and those named in given .txt files, a path a line.

    Raises:
        BadInput: when there is none, or one does not exist.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix.lower() in _PICTURES)
        elif path.suffix == ".txt" and path.is_file():
            found += [path.parent / line for line in path.read_text().splitlines() if line]
        else:
            found.append(path)
    missing = [path for path in found if not path.is_file()]
    if missing or not found:
        what = f"{missing[0]} is not there." if missing else "No photograph was found."
        raise BadInput(what, todo="Give sharp photographs, folders of them, or .txt files with a path a line.")
    return found


def read_photographs(paths: list[Path], min_side_px: int) -> list[PhotoSizes]:
    """Read photographs, each at several sizes, as large photographs are sharper when they are shrunk.

    Raises:
        BadInput: when a file is not a photograph, or has a side under `min_side_px`.
    """
    photographs = []
    for path in paths:
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None or min(bgr.shape[:2]) < min_side_px:
            raise BadInput(f"{path} is not a photograph of at least {min_side_px} px a side.", todo="Leave it out.")
        photographs.append(_sizes(np.asarray(bgr[..., ::-1], np.uint8), min_side_px))
    return photographs


def _sizes(photograph: NDArray[np.uint8], min_side_px: int) -> PhotoSizes:
    sizes = [_shrunk(photograph, _LONGEST_PX)]
    while True:
        longest = round(max(sizes[-1].shape[:2]) * _STEP)
        smaller = _shrunk(sizes[-1], longest)
        if longest < _SHORTEST_PX or min(smaller.shape[:2]) < min_side_px:
            return tuple(sizes)
        sizes.append(smaller)


def sharp_window(photographs: list[PhotoSizes], side_px: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """The sharpest of a few random windows of one photograph, randomly scaled and rotated; (side, side, 3) uint8."""
    sizes = photographs[random.integers(len(photographs))]
    photograph = sizes[random.integers(len(sizes))]
    windows = [_window(photograph, side_px, random) for _ in range(_TRIES)]
    sharpest = max(windows, key=_sharpness)
    turned = np.rot90(sharpest, int(random.integers(4)))
    return np.ascontiguousarray(turned[:, ::-1] if random.random() < 0.5 else turned)


def _window(photograph: NDArray[np.uint8], side_px: int, random: np.random.Generator) -> NDArray[np.uint8]:
    height, width = photograph.shape[:2]
    top, left = random.integers(height - side_px + 1), random.integers(width - side_px + 1)
    return photograph[top : top + side_px, left : left + side_px]


def _sharpness(window: NDArray[np.uint8]) -> float:
    """Mean of the clipped fine detail: how much of the window is in focus, regardless of its contrast."""
    grey = cv2.cvtColor(window, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = cv2.blur(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), (15, 15))
    return float(np.minimum(detail, 20.0).mean())


def _shrunk(photograph: NDArray[np.uint8], long_side_px: int) -> NDArray[np.uint8]:
    height, width = photograph.shape[:2]
    scale = long_side_px / max(height, width)
    if scale >= 1:
        return photograph
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(photograph, size, interpolation=cv2.INTER_AREA), np.uint8)
