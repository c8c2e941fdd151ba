"""How good the built-in disparity is: `python -m tests.benchmarks.depth` (needs the shared photos).

Rank correlation with trusted depth, beside a vertical ramp and a border-distance map; edge alignment; seconds by the
clock and of the processor (best of three at 1024 px long side) and peak memory of the process. Then, on photos that
everyone has, the share of hand-marked pairs of points that are in order.
"""

import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import spearmanr

from refocus.depth import estimate_disparity
from tests.depth.nearer import marked_photos, open_marked, share_in_order

SHARED = Path(os.environ.get("REFOCUS_SHARED", Path(__file__).resolve().parents[3] / "shared"))
STRONG_STEP = 0.03  # of the range, from one pixel to the next
NEAR_PX = 2
CLEAR_EDGE = 80, 200  # Canny thresholds; by chance 0.27 of the pixels lie that near such an edge
TRUTHS = {  # photo: (file of its depth, does a larger value mean nearer, is 0 a hole)
    "lensblur_flowers.jpg": ("lensblur_flowers_depth.jpg", False, False),
    "lensblur_mango.jpg": ("lensblur_mango_depth.jpg", False, False),
    "lensblur_hut.jpg": ("lensblur_hut_depth.jpg", False, False),
    "redwood_00.jpg": ("redwood_00_depth.png", False, True),
    "tum.png": ("tum_depth.png", False, True),
    "nyu_000.jpg": ("nyu_000_depth.png", False, True),
    "mpib_new_11.jpg": ("mpib_new_11_disparity.jpg", True, False),
    "motorcycle.png": ("motorcycle_disp.png", True, True),
}


def main() -> None:
    """Print the table."""
    folder = SHARED / "photos/rgbd"
    print(f"{'photo':22}{'ours':>7}{'ramp':>7}{'border':>8}{'edges':>7}{'s':>7}{'cpu s':>7}")
    table = []
    for name, (depth_name, nearer_is_larger, zero_is_hole) in TRUTHS.items():
        photo = at_1024(np.asarray(Image.open(folder / name).convert("RGB")))
        truth = read_truth(folder / depth_name, zero_is_hole) * (1 if nearer_is_larger else -1)
        seconds, cpu_seconds, values = best_of_three(photo)
        row = [rank_correlation(m, truth) for m in (values, *simple_maps(photo.shape[:2]))]
        row += [edge_alignment(values, photo), seconds, cpu_seconds]
        table.append(row)
        print_row(name, row)
    mean, least = np.nanmean(table, axis=0), np.nanmin(table, axis=0)
    print_row("mean", mean)
    above = sum(row[0] > row[1] for row in table)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"lowest {least[0]:.3f}; above the ramp on {above} of {len(table)}; peak memory {memory_mb:.0f} MB")
    print_marked_pairs()


def print_row(name: str, row: Sequence[float]) -> None:
    """One line of the table."""
    print(f"{name:22}{row[0]:7.3f}{row[1]:7.3f}{row[2]:8.3f}" + "".join(f"{value:7.2f}" for value in row[3:]))


def print_marked_pairs() -> None:
    """Share of marked pairs in order: ours, a ramp, a border-distance map."""
    print(f"\n{'marked pairs in order':22}{'ours':>7}{'ramp':>7}{'border':>8}")
    table = []
    for name, pairs in marked_photos().items():
        photo = open_marked(name)
        maps = (estimate_disparity(photo).values, *simple_maps(photo.shape[:2]))
        table.append([share_in_order(values, pairs) for values in maps])
        print_row(name, table[-1])
    print_row("mean", np.mean(table, axis=0))


def at_1024(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The photo with a long side of 1024 px."""
    height, width = photo.shape[:2]
    scale = 1024 / max(height, width)
    size = round(width * scale), round(height * scale)
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))


def read_truth(path: Path, zero_is_hole: bool) -> NDArray[np.float64]:
    """The file's values, NaN in holes."""
    image = Image.open(path)
    values = np.asarray(image if image.mode.startswith("I") else image.convert("L"), dtype=np.float64)
    return np.where((values == 0) & zero_is_hole, np.nan, values)


def best_of_three(photo: NDArray[np.uint8]) -> tuple[float, float, NDArray[np.float32]]:
    """Seconds of the fastest run by the clock and by the processor, and the map."""
    seconds, cpu_seconds = [], []
    for _ in range(3):
        began, cpu_began = time.perf_counter(), time.process_time()
        values = estimate_disparity(photo).values
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)
    return min(seconds), min(cpu_seconds), values


def simple_maps(size: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What any estimator must beat: the row, and the distance to the border."""
    rows, columns = (np.arange(side) / (side - 1) for side in size)
    border = np.minimum(np.minimum(rows, 1 - rows)[:, None], np.minimum(columns, 1 - columns)[None])
    return np.broadcast_to(rows[:, None], size).copy(), border


def rank_correlation(values: NDArray[np.floating], truth: NDArray[np.float64]) -> float:
    """Spearman's, over the pixels with known depth."""
    height, width = truth.shape
    fitted = cv2.resize(values.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    known = np.isfinite(truth)
    return float(spearmanr(fitted[known], truth[known]).statistic)


def edge_alignment(values: NDArray[np.float32], photo: NDArray[np.uint8]) -> float:
    """Share of strong disparity edges within 2 px of an edge of the photo; NaN when there are none."""
    strong = np.hypot(*np.gradient(values)) > STRONG_STEP
    grey = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (0, 0), 1)
    square = np.ones((2 * NEAR_PX + 1, 2 * NEAR_PX + 1), np.uint8)
    near = cv2.dilate(cv2.Canny(grey, *CLEAR_EDGE), square) > 0
    return float(near[strong].mean()) if strong.any() else float("nan")


if __name__ == "__main__":
    main()
