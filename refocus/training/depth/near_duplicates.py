"""Print training photos that look like photos of an exam.

    python -m refocus.training.depth.near_duplicates TRAINING_FOLDER... --exam FOLDER...

Compares all pictures under the folders as 24 x 24 grey pictures, mirrored ones too, by their correlation. Exit status 1
when a pair is above --least.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE_PX = 24
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_LEAST_CONTRAST = 4.0  # grey levels; flat pictures, depth maps of planes among them, correlate with everything


def fingerprints(folders: list[Path]) -> tuple[list[Path], NDArray[np.float32]]:
    """The pictures under some folders and their normalised thumbnails, (pictures, 576) float32."""
    paths, rows = [], []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in _PICTURES):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            continue
        small = cv2.resize(grey, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
        if small.std() < _LEAST_CONTRAST:
            continue
        paths.append(path)
        rows.append((small - small.mean()) / (small.std() * _SIDE_PX))
    return paths, np.array(rows, np.float32).reshape(-1, _SIDE_PX * _SIDE_PX)


def main() -> int:
    """Print the pairs, most similar first; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("training", type=Path, nargs="+")
    parser.add_argument("--exam", type=Path, nargs="+", required=True)
    parser.add_argument("--least", type=float, default=0.9, help="correlation from which a pair is printed")
    args = parser.parse_args()
    (training, ours), (exam, theirs) = fingerprints(args.training), fingerprints(args.exam)
    mirrored = theirs.reshape(-1, _SIDE_PX, _SIDE_PX)[:, :, ::-1].reshape(theirs.shape)
    likeness = np.maximum(ours @ theirs.T, ours @ mirrored.T)
    pairs = [
        (float(likeness[i, j]), training[i], exam[j]) for i, j in zip(*np.where(likeness >= args.least), strict=True)
    ]
    for value, one, other in sorted(pairs, key=lambda pair: -pair[0]):
        sys.stdout.write(f"{value:.3f} {one} {other}\n")
    sys.stdout.write(f"{len(training)} training photos, {len(exam)} of the exam, {len(pairs)} near duplicates\n")
    return 1 if pairs else 0


if __name__ == "__main__":
    sys.exit(main())
