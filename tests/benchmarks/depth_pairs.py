"""Ordered pairs of the built-in disparity: `python -m tests.benchmarks.depth_pairs --data DATA --own OWN`.

DATA is the folder of the depth training data (`dense/`, `ordered/`), OWN the one made by `python -m
refocus.training.depth.fetch_photos refocus/training/depth/ordered_photos.jsonl OWN`. Of the validation photos, whose
sources are never trained on: the share of ordered pairs that is right for the built-in source as the app uses it, for
its network before the refinement, and for a ramp that is near at the bottom; the rank correlation with dense depth;
seconds for a photo. Then how much the disparity changes inside flat textured things that face the camera, outlined by
hand: from the 5th to the 95th percentile, as a share of the photo's range.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.depth import estimate_disparity
from refocus.models.monocular_depth.built_in import predict_relative_depth
from refocus.training.depth.photos import read_dense, read_ordered
from refocus.training.depth.validate import Predict, ramp, validate

Corners = tuple[tuple[float, float], ...]
FLAT: tuple[tuple[str, Corners], ...] = (
    ("r240", ((0.05, 0.03), (0.95, 0.03), (0.95, 0.42), (0.05, 0.28))),  # a painted wall
    ("o271", ((0.02, 0.25), (0.25, 0.25), (0.25, 0.75), (0.02, 0.75))),  # an iron door
    ("r259", ((0.06, 0.46), (0.35, 0.32), (0.56, 0.5), (0.2, 0.8))),  # a notebook
    ("r254", ((0.13, 0.35), (0.45, 0.42), (0.43, 0.95), (0.1, 0.9))),  # the screen of a phone
    ("o272", ((0.5, 0.03), (0.97, 0.03), (0.97, 0.45), (0.75, 0.22), (0.55, 0.25))),  # a wall with letters
    ("r166", ((0.4, 0.4), (0.58, 0.4), (0.58, 0.62), (0.4, 0.62))),  # a table from above
    ("r252", ((0.28, 0.6), (0.62, 0.6), (0.62, 0.95), (0.28, 0.95))),  # a table from above
    ("r105", ((0.15, 0.8), (0.35, 0.74), (0.7, 0.74), (0.8, 0.95), (0.12, 0.95))),  # a checked shirt
)


def main() -> None:
    """Print a line for each estimator."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with dense/ and ordered/")
    parser.add_argument("--own", type=Path, required=True, help="photos made by refocus.training.depth.fetch_photos")
    args = parser.parse_args()
    ordered = read_ordered(args.data / "ordered", args.own, "val")
    dense = read_dense(args.data / "dense", "val")
    count = sum(photo.own for photo in ordered)
    titles = f"{count} own", f"{len(ordered) - count} shared", "all", "Spearman", "worst", "s a photo"
    print(f"{'':22}" + "".join(f"{title:>11}" for title in titles))
    for name, estimate in ESTIMATORS.items():
        began = time.perf_counter()
        scores = validate(estimate, ordered, dense)
        seconds = (time.perf_counter() - began) / (len(ordered) + len(dense))
        shares = scores.pairs_own, scores.pairs_shared, scores.pairs, scores.spearman, scores.worst_spearman
        print(f"{name:22}" + "".join(f"{value:11.3f}" for value in (*shares, seconds)))

    print(f"\n{'flat things':22}" + "".join(f"{name:>24}" for name in ESTIMATORS))
    photos = {photo.name: photo.rgb for photo in ordered}
    rows = []
    for name, corners in FLAT:
        rows.append([change_inside(estimate(photos[name]), corners) for estimate in ESTIMATORS.values()])
        print(f"{name:22}" + "".join(f"{value:24.3f}" for value in rows[-1]))
    print(f"{'mean':22}" + "".join(f"{value:24.3f}" for value in np.mean(rows, axis=0)))


def change_inside(values: NDArray[np.float32], corners: Corners) -> float:
    """Change of disparity inside a polygon of corners in shares of width and height, as a share of the range."""
    height, width = values.shape
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(np.array(corners) * [width, height]).astype(np.int32)], 1)
    low, high = np.percentile(values, (1, 99))
    return float(np.ptp(np.percentile(values[mask > 0], (5, 95))) / max(high - low, 1e-6))


def as_used(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The built-in source of the app."""
    return estimate_disparity(rgb).values


def before_refinement(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The network's prediction, enlarged."""
    height, width = rgb.shape[:2]
    values = predict_relative_depth(rgb).values
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


ESTIMATORS: dict[str, Predict] = {"as used": as_used, "before the refinement": before_refinement, "ramp": ramp}

if __name__ == "__main__":
    main()
