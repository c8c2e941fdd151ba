"""Faces and eyes of a photo: the network on several sizes of it, turned too, and one face of overlapping finds.

The network finds faces of about 10 to 150 px, so each pass looks for faces of another size. It misses heads that lie
on their side, which the turned passes find.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core.sizes import fitted_size

Point = tuple[float, float]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A face.

    Attributes:
        box: left, top, right, bottom in pixels of the photo, from the forehead to the chin; inside the photo.
        score: 0 to 1, how sure the network is.
        left_eye, right_eye: x, y in pixels of the photo; the left one as seen in the picture. An eye that is hidden,
            such as the far one of a profile, is a guess.
    """

    box: Box
    score: float
    left_eye: Point
    right_eye: Point

    @property
    def width(self) -> int:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Height of the box in pixels."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class _Pass:
    """A run of the network: long side of the picture, and how often it is turned by 90 degrees counter-clockwise."""

    long_side_px: int
    quarter_turns: int = 0


_PASSES = (_Pass(512), _Pass(256), _Pass(256, 1), _Pass(256, 3), _Pass(128))  # largest first
_LEAST_SCORE, _LEAST_SCORE_TURNED = 0.6, 0.75  # 0.6 as in MediaPipe; heads on their side are rare
_SAME_FACE_OVERLAP = 0.3  # intersection over union, as in MediaPipe
_VALUES = 9  # of a find: score, centre x, y, width, height, then x, y of both eyes; in pixels of the photo


def detect_faces(photo_srgb: NDArray[np.uint8]) -> list[Face]:
    """Find the faces of people, largest first. May run in several threads at once.

    Args:
        photo_srgb: (height, width, 3) uint8 sRGB.
    """
    height, width = photo_srgb.shape[:2]
    picture, finds = photo_srgb, []
    for run in _PASSES:
        size = fitted_size((width, height), run.long_side_px)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        finds.append(_finds(picture, run) * _scales(width / size[0], height / size[1]))
    faces = [_face(find, width, height) for find in _merged(np.concatenate(finds))]
    return sorted((face for face in faces if face.width > 0 and face.height > 0), key=lambda face: -face.width)


def _scales(across: float, down: float) -> NDArray[np.float64]:
    return np.array([1.0] + [across, down] * (_VALUES // 2))


def _finds(picture: NDArray[np.uint8], run: _Pass) -> NDArray[np.float64]:
    """Finds of one pass, (n, 9) in pixels of the picture, of cells above the least score."""
    import torch

    from refocus.models.faces.network import CELL_PX, STRIDE_PX, trained_network

    turned = np.rot90(picture, run.quarter_turns)
    height, width = turned.shape[:2]
    padded = np.zeros((-(-height // STRIDE_PX) * STRIDE_PX, -(-width // STRIDE_PX) * STRIDE_PX, 3), np.float32)
    padded[:height, :width] = turned
    with torch.inference_mode():
        pixels = torch.from_numpy(padded / 127.5 - 1).permute(2, 0, 1)[None]  # (1, 3, height, width), channels last
        logits, geometry = trained_network()(pixels)
    scores = torch.sigmoid(logits[0]).numpy()
    rows, columns = np.nonzero(scores > (_LEAST_SCORE_TURNED if run.quarter_turns else _LEAST_SCORE))
    values = geometry[0].numpy()[:, rows, columns].T.astype(np.float64)  # (n, 16)
    cells = CELL_PX * (np.stack([columns, rows], axis=-1) + 0.5)
    places = values.reshape(-1, 8, 2)[:, [0, 2, 3]] + cells[:, None]  # centre and both eyes
    for _ in range(run.quarter_turns):  # back to the upright picture, a quarter turn clockwise each
        places = np.stack([height - places[..., 1], places[..., 0]], axis=-1)
        height, width = width, height
    sizes = values[:, 2:4] if run.quarter_turns % 2 == 0 else values[:, 3:1:-1]
    return np.column_stack([scores[rows, columns], places[:, 0], sizes, places[:, 1], places[:, 2]])


def _merged(finds: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """One find for each face: the mean of those that overlap the surest one, weighted by their scores.

    As section 4 of the BlazeFace paper instead of suppression, which makes positions steadier.
    """
    merged = []
    left = finds[np.argsort(-finds[:, 0])]
    while len(left):
        same = _overlap(left[0], left) > _SAME_FACE_OVERLAP
        same[0] = True
        mean = np.average(left[same], axis=0, weights=left[same, 0])
        mean[0] = left[0, 0]
        merged.append(mean)
        left = left[~same]
    return merged


def _overlap(find: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of the boxes."""
    inside = np.minimum(find[1:3] + find[3:5] / 2, others[:, 1:3] + others[:, 3:5] / 2)
    inside -= np.maximum(find[1:3] - find[3:5] / 2, others[:, 1:3] - others[:, 3:5] / 2)
    area = np.prod(np.clip(inside, 0, None), axis=-1)
    return np.asarray(area / np.maximum(np.prod(find[3:5]) + np.prod(others[:, 3:5], axis=-1) - area, 1e-9))


def _face(find: NDArray[np.float64], width: int, height: int) -> Face:
    score, x, y, across, down, *eyes = (float(value) for value in find)
    left, right = (int(np.clip(round(edge), 0, width)) for edge in (x - across / 2, x + across / 2))
    top, bottom = (int(np.clip(round(edge), 0, height)) for edge in (y - down / 2, y + down / 2))
    first, second = sorted([(eyes[0], eyes[1]), (eyes[2], eyes[3])])
    return Face((left, top, right, bottom), score, first, second)
