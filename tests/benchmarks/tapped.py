"""How well the thing at a tap is outlined: `python -m tests.benchmarks.tapped --data DATA`.

DATA/ordered holds photos with people and animals outlined by hand (`refocus/training/depth/outlines.jsonl`), which
served to train the depth network. Each second one was used to choose the constants of `refocus.subjects.tapped`; the
others are measured. At the middle of each outline and at two more points inside: whether a region is found, and its
overlap (intersection over union) with the outline; beside it that of all connected pixels within a tenth of the depth
range, as a plain peer.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.depth import estimate_disparity
from refocus.subjects import find_tapped
from refocus.training.depth.photos import OUTLINES

Mask = NDArray[np.bool_]
FITS = 0.5
PEER_DEPTH = 0.1
MIN_SHARE = 0.005


def main() -> None:
    """Print the mean overlap by kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with ordered/")
    parser.add_argument("--photos", type=int, default=1000, help="at most so many")
    args = parser.parse_args()
    labels = [json.loads(line) for line in OUTLINES.read_text(encoding="utf-8").splitlines()]
    files = [(args.data / "ordered" / "rgb" / f"{label['name']}.jpg", label["subjects"]) for label in labels]
    held_out = [(file, subjects) for file, subjects in sorted(files, key=lambda one: one[0]) if file.is_file()][1::2]
    rng = np.random.default_rng(0)
    rows: list[tuple[str, float, float]] = []
    for file, subjects in held_out[: args.photos]:
        rgb = np.asarray(Image.open(file).convert("RGB"))
        disparity = estimate_disparity(rgb)
        for subject in subjects:
            mask = np.zeros(rgb.shape[:2], np.uint8)
            cv2.fillPoly(mask, [np.rint(np.asarray(subject["polygon"]) * rgb.shape[1::-1]).astype(np.int32)], 1)
            if mask.mean() < MIN_SHARE:
                continue
            for row, column in taps(mask > 0, rng):
                found = find_tapped(rgb, disparity, (column / rgb.shape[1], row / rgb.shape[0]))
                peer = overlap(same_depth(disparity.values, (row, column)), mask > 0)
                rows.append((subject["kind"], np.nan if found is None else overlap(found.mask, mask > 0), peer))
    for kind in sorted({row[0] for row in rows}):
        found_at = np.array([row[1:] for row in rows if row[0] == kind]).reshape(-1, 2)
        shown = ~np.isnan(found_at[:, 0])
        (ours, peer), (fits, peer_fits) = found_at[shown].mean(axis=0), (found_at[shown] >= FITS).mean(axis=0)
        print(
            f"{kind}: {len(shown)} taps, outlined {shown.mean():.0%}; overlap {ours:.2f} (same depth {peer:.2f}), "
            f"at least {FITS} in {fits:.0%} ({peer_fits:.0%})"
        )


def taps(mask: Mask, rng: np.random.Generator) -> list[tuple[int, int]]:
    """(row, column) of the middle of a mask and of two more points well inside it."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.nonzero(inside > 0.4 * inside.max())
    middle = np.unravel_index(int(inside.argmax()), inside.shape)
    more = rng.integers(0, len(rows), 2)
    return [(int(middle[0]), int(middle[1])), *((int(rows[i]), int(columns[i])) for i in more)]


def same_depth(disparity: NDArray[np.float32], point: tuple[int, int]) -> Mask:
    """The connected pixels around a point whose disparity is within a tenth of the range."""
    low, high = np.percentile(disparity, (1, 99))
    near = np.abs(disparity - disparity[point]) < PEER_DEPTH * max(high - low, 1e-9)
    _, labels = cv2.connectedComponents(near.astype(np.uint8))
    return np.asarray(labels == labels[point])


def overlap(first: Mask, second: Mask) -> float:
    """Intersection over union."""
    return float((first & second).sum() / max(int((first | second).sum()), 1))


if __name__ == "__main__":
    main()
