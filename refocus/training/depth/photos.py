"""The training photos of the built-in depth network, decoded once: dense depth, ordered points, subject outlines."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput
from refocus.training.depth.depth_recipe import VALIDATION_SOURCES_DENSE, VALIDATION_SOURCES_ORDERED

Split = Literal["train", "val"]
LABELS = Path(__file__).with_name("ordered_photos.jsonl")
OUTLINES = Path(__file__).with_name("outlines.jsonl")
_LONG_SIDE_PX = 448


@dataclass(frozen=True, slots=True, eq=False)
class DensePhoto:
    """A photo with dense relative depth.

    Attributes:
        rgb: (height, width, 3) uint8 sRGB.
        disparity: (height, width) float32, larger is nearer, of any scale; 0 where it is unknown.
        source: where the photo comes from.
        kind: "sensor", "render", "network" or "stereo".
    """

    rgb: NDArray[np.uint8]
    disparity: NDArray[np.float32]
    source: str
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class OrderedPhoto:
    """A photo with points ordered from near to far, and outlines of subjects that stand at one distance.

    Attributes:
        name: of the photo.
        rgb: (height, width, 3) uint8 sRGB.
        points: (points, 2) float32, x and y as shares of width and height.
        ranks: (points,) int64; a smaller rank is nearer, equal ranks could not be told apart.
        outlines: of each subject, (corners, 2) float32, x and y as shares of width and height.
        kinds: of each subject, "person" or "animal".
        own: whether it is one of the project's own labelled photos.
    """

    name: str
    rgb: NDArray[np.uint8]
    points: NDArray[np.float32]
    ranks: NDArray[np.int64]
    outlines: tuple[NDArray[np.float32], ...]
    kinds: tuple[str, ...]
    own: bool


def read_dense(folder: Path, split: Split) -> list[DensePhoto]:
    """Photos with dense depth.

    Args:
        folder: with index.csv, rgb/NAME.jpg and disparity/NAME.png (larger is nearer, 0 is missing).
        split: by source.

    Raises:
        BadInput: when the index or a file is missing, or a map has another size than its photo.
    """
    index = folder / "index.csv"
    if not index.is_file():
        raise BadInput(f"{index} is missing.", todo="Name the folder of the depth training data with --data.")
    photos = []
    with index.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if (row["source"] in VALIDATION_SOURCES_DENSE) != (split == "val"):
                continue
            rgb = _read_rgb(folder / "rgb" / f"{row['name']}.jpg")
            disparity = cv2.imread(str(folder / "disparity" / f"{row['name']}.png"), cv2.IMREAD_UNCHANGED)
            if disparity is None or disparity.shape[:2] != rgb.shape[:2]:
                raise BadInput(f"The depth map of {row['name']} is missing or of another size than its photo.")
            values = disparity.astype(np.float32)
            known = values > 0
            if known.mean() < 0.3 or np.ptp(values[known]) < 1e-3 * values.max():
                continue
            photos.append(DensePhoto(rgb, values / values.max(), row["source"], row["kind"]))
    return photos


def read_ordered(shared: Path | None, own: Path, split: Split, outlines: Path = OUTLINES) -> list[OrderedPhoto]:
    """Photos with ordered points.

    Args:
        shared: folder with labels.jsonl and rgb/NAME.jpg, or None.
        own: folder of the photos named in ordered_photos.jsonl, made by `fetch_photos`.
        split: by source for the shared ones, by their `split` for the own ones.
        outlines: JSON Lines with outlines of subjects; may be missing.

    Raises:
        BadInput: when a photo is missing.
    """
    subjects = _read_outlines(outlines)
    photos = []
    if shared is not None:
        for row in _rows(shared / "labels.jsonl"):
            if (row["source"] in VALIDATION_SOURCES_ORDERED) == (split == "val"):
                photos.append(_ordered(row, shared / "rgb", subjects.get(("shared", row["name"]), ()), own=False))
    for row in _rows(LABELS):
        if row["split"] == split:
            photos.append(_ordered(row, own, subjects.get(("own", row["name"]), ()), own=True))
    return photos


def _ordered(row: dict[str, Any], folder: Path, outlines: tuple[Any, ...], *, own: bool) -> OrderedPhoto:
    rank_of = {point: rank for rank, group in enumerate(row["groups"]) for point in group}
    return OrderedPhoto(
        name=row["name"],
        rgb=_read_rgb(folder / f"{row['name']}.jpg"),
        points=np.array([row["points"][point] for point in rank_of], np.float32).reshape(-1, 2),
        ranks=np.array(list(rank_of.values()), np.int64),
        outlines=tuple(np.array(subject["polygon"], np.float32) for subject in outlines),
        kinds=tuple(subject["kind"] for subject in outlines),
        own=own,
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise BadInput(f"{path} is missing.", todo="Name the folder of the depth training data with --data.")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _read_outlines(path: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    if not path.is_file():
        return {}
    return {(row["set"], row["name"]): tuple(row["subjects"]) for row in _rows(path)}


def _read_rgb(path: Path) -> NDArray[np.uint8]:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise BadInput(
            f"{path} is missing or cannot be read as a picture.",
            todo="Make the photos with `python -m refocus.training.depth.fetch_photos`.",
        )
    scale = _LONG_SIDE_PX / max(bgr.shape[:2])
    if scale < 1:
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)
