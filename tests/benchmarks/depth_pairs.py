"""Ordered pairs of the built-in disparity: `python -m tests.benchmarks.depth_pairs --data DATA --own OWN`.

DATA is the folder of the depth training data (`dense/`, `ordered/`), OWN the one made by `python -m
refocus.training.depth.fetch_photos refocus/training/depth/ordered_photos.jsonl OWN`. Of the validation photos, whose
sources are never trained on: the share of ordered pairs that is right for the built-in source as the app uses it, for
its network before the refinement, and for a ramp that is near at the bottom; the rank correlation with dense depth;
seconds for a photo.
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
