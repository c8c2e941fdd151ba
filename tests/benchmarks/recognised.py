"""How well the built-in recogniser finds animals: `python -m tests.benchmarks.recognised --data DATA --own OWN`.

DATA/ordered and OWN are the photos with outlines by hand (see `tests.benchmarks.depth_pairs`). They served to train the
depth network, but not the recogniser. For each photo with outlined animals: how sure the recogniser is, the overlap
(intersection over union) of what it found with the animal that fits best, and by how much the focus would be off, as a
share of the disparity range; the salient object beside it. Then the photos with outlined people only that it takes for
animals.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.depth import estimate_disparity
from refocus.models.recognition.recogniser import recognise
from refocus.models.recognition.words import animals
from refocus.subjects import find_subject
from refocus.training.depth.photos import OrderedPhoto, read_ordered

SURE, FITS, SHARP = 0.8, 0.5, 0.1


def main() -> None:
    """Print a line for each photo, and means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with ordered/")
    parser.add_argument("--own", type=Path, required=True, help="photos made by refocus.training.depth.fetch_photos")
    args = parser.parse_args()
    photos = [photo for photo in read_ordered(args.data / "ordered", args.own, "train") if photo.outlines]
    print(f"{'':8}{'sure':>8}{'overlap':>9}{'off':>7}{'salient':>9}{'off':>7}")
    rows = []
    for photo in photos:
        if "animal" in photo.kinds:
            rows.append(row_of(photo))
            print(
                f"{photo.name:8}{rows[-1][0]:8.2f}{rows[-1][1]:9.2f}{rows[-1][2]:7.2f}{rows[-1][3]:9.2f}{rows[-1][4]:7.2f}"
            )
    table = np.array(rows)
    people = [photo for photo in photos if "animal" not in photo.kinds]
    taken = [photo.name for photo in people if recognise(photo.rgb).probability(animals()) >= SURE]
    print(f"{len(table)} photos of animals, recognised in {(table[:, 0] >= SURE).sum()}")
    for name, overlap, off in (("recogniser", 1, 2), ("saliency", 3, 4)):
        print(
            f"{name}: overlap {table[:, overlap].mean():.2f}, at least {FITS} in {(table[:, overlap] >= FITS).sum()}, "
            f"focus within {SHARP} in {(table[:, off] <= SHARP).sum()}"
        )
    print(f"{len(people)} photos of people, taken for animals: {len(taken)} {taken}")


def row_of(photo: OrderedPhoto) -> tuple[float, float, float, float, float]:
    """(sure, overlap, off) of the recogniser and (overlap, off) of saliency for a photo with animals."""
    disparity = estimate_disparity(photo.rgb)
    outlined = masks_of(photo)
    sure = recognise(photo.rgb).probability(animals())
    row = [sure]
    for subject in ("animal", ""):
        found = find_subject(photo.rgb, disparity, subject, None)
        overlap = max((found.mask & mask).sum() / (found.mask | mask).sum() for mask in outlined)
        depth = found.median_disparity(disparity)
        off = min(abs(depth - float(np.median(disparity.values[mask]))) for mask in outlined[:-1])
        row += [float(overlap), off]
    return row[0], row[1], row[2], row[3], row[4]


def masks_of(photo: OrderedPhoto) -> list[NDArray[np.bool_]]:
    """(height, width) bool of each outlined animal, and of all of them together at the end."""
    height, width = photo.rgb.shape[:2]
    masks = []
    for outline, kind in zip(photo.outlines, photo.kinds, strict=True):
        if kind == "animal":
            mask = np.zeros((height, width), np.uint8)
            cv2.fillPoly(mask, [np.round(outline * [width, height]).astype(np.int32)], 1)
            masks.append(mask > 0)
    return [*masks, np.any(masks, axis=0)]


if __name__ == "__main__":
    main()
