"""Pairs of points marked by hand, the first nearer than the second, on photographs that anyone has."""

import json
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

_HERE = Path(__file__).resolve().parent
_FOLDERS = (_HERE.parents[1] / "assets", _HERE.parent / "data", Path(skimage.data.__file__).parent)
_CLEARLY = 0.02  # of the map's range
_AROUND_PX = 7  # side of the square that is averaged at 1024 px


def marked_photos() -> dict[str, list[list[list[float]]]]:
    """For each photo, pairs of [near, far] points, each [x, y] in shares of width and height."""
    marked: dict[str, list[list[list[float]]]] = json.loads((_HERE / "nearer_points.json").read_text())
    return marked


def open_marked(name: str) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 sRGB: an example of the app, a photo of the tests, or one of scikit-image's data."""
    path = next(folder / name for folder in _FOLDERS if (folder / name).exists())
    photo = np.asarray(Image.open(path).convert("RGB"))
    scale = 1024 / max(photo.shape[:2])
    return np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def share_in_order(values: NDArray[np.floating], pairs: list[list[list[float]]]) -> float:
    """Share of the pairs whose near point is clearly nearer in the map."""
    smooth = cv2.blur(values.astype(np.float32), (_AROUND_PX, _AROUND_PX))
    height, width = smooth.shape

    def at(point: list[float]) -> float:
        return float(smooth[int(point[1] * height), int(point[0] * width)])

    step = _CLEARLY * float(np.ptp(smooth))
    return float(np.mean([at(near) - at(far) > step for near, far in pairs]))
