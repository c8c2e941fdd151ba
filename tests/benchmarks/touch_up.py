"""Depth touch-up and maps recorded by phones: processor seconds at 1024 px, and how outlines lie on the photo's edges.

Run: python -m tests.benchmarks.touch_up [SHARED]
"""

import sys
import time
from pathlib import Path

from refocus.depth import Stroke, estimate_disparity, fit_disparity
from refocus.depth.apply_strokes import StrokeGuide, apply_stroke
from refocus.depth.resample import align_to_photo
from refocus.media import Photo
from tests.benchmarks.depth import edge_alignment

PROJECT = Path(__file__).resolve().parents[2]
LONG_SIDE_PX = 1024
STROKE = Stroke("nearer", ((0.45, 0.45), (0.55, 0.5), (0.5, 0.6)), 0.02, 0.3)


def main(shared: Path) -> None:
    """Print both tables."""
    print(f"{'touch-up':28} {'prepare, s':>10} {'stroke, s':>10}")
    for path in (PROJECT / "assets/raccoon.jpg", PROJECT / "assets/drum.jpg", PROJECT / "assets/mountain.jpg"):
        photo = Photo.open(path).resized(LONG_SIDE_PX)
        disparity = estimate_disparity(photo.rgb)
        began = time.process_time()
        ground = StrokeGuide.from_photo(photo.rgb)
        prepared = time.process_time()
        apply_stroke(disparity.values, ground, STROKE, span=(0.0, 1.0))
        print(f"{path.stem:28} {prepared - began:10.2f} {time.process_time() - prepared:10.2f}")
    print(f"{'recorded map':28} {'enlarged':>10} {'aligned':>10} {'align, s':>10}  steps within 2 px of clear edges")
    for path in sorted((shared / "photos/rgbd/embedded").glob("*.jpg")):
        photo = Photo.open(path).resized(LONG_SIDE_PX)
        if photo.disparity is None:
            continue
        picture = photo.rgb if photo.all_in_focus is None else photo.all_in_focus
        enlarged = fit_disparity(photo.disparity, picture.shape[:2])
        began = time.process_time()
        aligned = align_to_photo(photo.disparity, picture)
        seconds = time.process_time() - began
        shares = (edge_alignment(found.values, picture) for found in (enlarged, aligned))
        print(f"{path.stem:28} {next(shares):10.3f} {next(shares):10.3f} {seconds:10.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT.parent / "shared")
