"""How well the built-in disparity sets people apart: `python -m tests.benchmarks.depth_people PHOTOS`.

PHOTOS holds the photographs of refocus/training/depth/people.jsonl, made by `python -m
refocus.training.depth.fetch_photos refocus/training/depth/people.jsonl PHOTOS --long-side 1024`. None of them was used
in training. For each person outlined by hand: spread of disparity inside (5th to 95th percentile), distance from what
is beside the upper 60 % of the person, both as shares of the photo's range; recall and precision of strong disparity
edges along the drawn outlines.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.depth import estimate_disparity

LABELS = Path(__file__).resolve().parents[2] / "refocus/training/depth/people.jsonl"
LONG_SIDE_PX = 1024
EDGE_STEP = 0.08  # of the range, within 7 px: a strong disparity edge
NEAR_PX = 4
TIGHT_PX = 6  # hand-drawn outlines are this accurate: left out of the inside and of the background


@dataclass(frozen=True, slots=True)
class PersonScore:
    """Numbers of one person; shares of the photo's range, and of pixels."""

    spread: float
    contrast: float
    recall: float
    precision: float


def person_score(values: NDArray[np.float32], polygons: list[NDArray[np.float32]], index: int) -> PersonScore:
    """Numbers of one person.

    Args:
        values: (height, width) float32 disparity of the photo.
        polygons: of all people in the photo, (corners, 2) in shares of width and height.
        index: of the person.
    """
    height, width = values.shape
    low, high = np.percentile(values, (1, 99))
    scaled = (values - low) / max(float(high - low), 1e-6)
    masks = [_filled(polygon, (height, width)) for polygon in polygons]
    person, anybody = masks[index], np.any(masks, axis=0)
    inside = scaled[_eroded(person, TIGHT_PX)]
    rows = np.flatnonzero(person.any(axis=1))
    upper = int(rows[0] + 0.6 * (rows[-1] - rows[0]))
    around = _dilated(person, round(0.15 * max(height, width))) & ~_dilated(anybody, TIGHT_PX)
    around[upper:] = False
    contrast = float(np.median(inside) - np.median(scaled[around])) if around.any() else float("nan")
    window = np.ones((7, 7), np.uint8)
    edges = _thinned(cv2.morphologyEx(scaled.astype(np.float32), cv2.MORPH_GRADIENT, window)) > EDGE_STEP
    border = np.zeros_like(person)
    border[8:-8, 8:-8] = True
    outline = (person & ~_eroded(person, 1)) & border
    outline[upper:] = False
    zone = _dilated(outline, 40) & border
    zone[upper:] = False
    zone &= ~_dilated(np.any([m for i, m in enumerate(masks) if i != index] or [np.zeros_like(person)], axis=0), 12)
    found = edges & zone
    recall = float(_dilated(edges, NEAR_PX)[outline].mean()) if outline.any() else float("nan")
    precision = float(_dilated(outline, NEAR_PX)[found].mean()) if found.any() else float("nan")
    return PersonScore(float(np.ptp(np.percentile(inside, (5, 95)))), contrast, recall, precision)


def score_folder(folder: Path, estimate: Callable[[NDArray[np.uint8]], NDArray[np.float32]]) -> list[PersonScore]:
    """Numbers of every person in the labelled photos, with a line for each."""
    scores = []
    for row in _rows():
        bgr = cv2.imread(str(folder / f"{row['name']}.jpg"))
        if bgr is None:
            raise SystemExit(f"{folder / row['name']}.jpg is missing: see the first lines of this module.")
        values = estimate(np.ascontiguousarray(bgr[..., ::-1]))
        polygons = [np.array(person["polygon"], np.float32) for person in row["people"]]
        for index in range(len(polygons)):
            scores.append(person_score(values, polygons, index))
            print(f"{row['name']}.{index}" + "".join(f"{value:10.3f}" for value in astuple(scores[-1])))
    return scores


def main() -> None:
    """Print a line for each person, means, and how many are within the bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    print(f"{'':5}{'spread':>10}{'contrast':>10}{'recall':>10}{'precision':>10}")
    print_summary(score_folder(parser.parse_args().photos, lambda rgb: estimate_disparity(rgb).values))


def print_summary(scores: list[PersonScore]) -> None:
    """Means, and how many people are within the bounds."""
    table = np.array([astuple(score) for score in scores])
    print("mean " + "".join(f"{value:10.3f}" for value in np.nanmean(table, axis=0)))
    both = (table[:, 0] <= 0.15) & (table[:, 1] >= 0.25)
    print(f"spread at most 0.15 and contrast at least 0.25: {both.sum()} of {len(table)} people")


def _rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


def _filled(polygon: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon * [size[1], size[0]]).astype(np.int32)], 1)
    return mask > 0


def _disc(radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def _dilated(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0)


def _eroded(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    padded = np.pad(mask.astype(np.uint8), radius, mode="edge")  # people cut off by the frame end outside it
    return np.asarray(cv2.erode(padded, _disc(radius))[radius:-radius, radius:-radius] > 0)


def _thinned(gradient: Any) -> NDArray[np.float32]:
    """Keep the ridges of a gradient: pixels that are largest within 3 px."""
    ridge = gradient >= cv2.dilate(gradient, np.ones((5, 5), np.uint8)) - 1e-6
    return np.asarray(np.where(ridge, gradient, 0), np.float32)


if __name__ == "__main__":
    main()
