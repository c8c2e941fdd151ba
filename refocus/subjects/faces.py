"""Faces and eyes with OpenCV's bundled cascades (Viola and Jones, CVPR 2001; trained by Lienhart)."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_CASCADES = Path(cv2.__file__).parent / "data"
_LONG_SIDE_PX = 720
_FULL_CONFIDENCE_WEIGHT = 4.0

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A face: box (left, top, right, bottom) in pixels of the photo, boxes of its eyes, and confidence in [0, 1]."""

    box: Box
    eyes: tuple[Box, ...]
    confidence: float

    @property
    def width(self) -> int:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]


def find_faces(rgb: NDArray[np.uint8], *, cats: bool = False) -> list[Face]:
    """Faces in a photo, by confidence and size, highest first.

    Args:
        rgb: (height, width, 3) uint8 sRGB.
        cats: look for the faces of cats instead of people.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _LONG_SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    grey = cv2.equalizeHist(cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY))
    found = _detect(grey, "frontalcatface" if cats else "frontalface_alt2")
    if not found and not cats:
        found = _detect(grey, "profileface") + _mirrored(grey, "profileface")
    faces = [Face(_scaled(box, 1 / scale), () if cats else _eyes(grey, box, scale), sure) for box, sure in found]
    trusted = [face for face in faces if face.confidence > 0.3 or face.eyes]
    return sorted(trusted, key=lambda face: -(face.confidence + 0.3 * bool(face.eyes)) * face.width)


def _detect(grey: NDArray, name: str) -> list[tuple[Box, float]]:
    cascade = _cascade(name)
    least = max(24, max(grey.shape) // 24)
    boxes, _, weights = cascade.detectMultiScale3(
        grey, scaleFactor=1.12, minNeighbors=5, minSize=(least, least), outputRejectLevels=True
    )
    sure = np.clip(np.asarray(weights, dtype=float).ravel() / _FULL_CONFIDENCE_WEIGHT, 0, 1)
    return [((int(x), int(y), int(x + w), int(y + h)), float(s)) for (x, y, w, h), s in zip(boxes, sure, strict=True)]


def _cascade(name: str) -> cv2.CascadeClassifier:
    """A new classifier for each call, because classifiers must not be shared between threads."""
    return cv2.CascadeClassifier(str(_CASCADES / f"haarcascade_{name}.xml"))


def _mirrored(grey: NDArray, name: str) -> list[tuple[Box, float]]:
    width = grey.shape[1]
    found = _detect(np.ascontiguousarray(grey[:, ::-1]), name)
    return [((width - right, top, width - left, bottom), sure) for (left, top, right, bottom), sure in found]


def _eyes(grey: NDArray, face: Box, scale: float) -> tuple[Box, ...]:
    """At most one eye in each half of the upper face, in pixels of the photo, left to right."""
    left, top, right, bottom = face
    upper = grey[top : top + (bottom - top) * 6 // 10, left:right]
    enlarge = max(1.0, 160 / max(1, right - left))
    upper = cv2.resize(upper, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC)
    cascade = _cascade("eye_tree_eyeglasses")
    least = max(12, upper.shape[1] // 8)
    boxes = cascade.detectMultiScale(upper, scaleFactor=1.08, minNeighbors=3, minSize=(least, least))
    found: list[Box] = []
    for half in (0, 1):
        inside = [b for b in boxes if (b[0] + b[2] / 2 > upper.shape[1] / 2) == bool(half)]
        if inside:
            x, y, w, h = (v / enlarge for v in max(inside, key=lambda b: b[2]))
            found.append(_scaled((left + x, top + y, left + x + w, top + y + h), 1 / scale))
    return tuple(found)


def _scaled(box: tuple[float, float, float, float], scale: float) -> Box:
    left, top, right, bottom = (round(value * scale) for value in box)
    return left, top, right, bottom
