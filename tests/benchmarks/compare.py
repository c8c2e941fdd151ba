"""What a comparison costs beside the runs alone: two variants, each by itself, and compared and drawn.

python -m tests.benchmarks.compare [PHOTO] [MODEL FOLDER of video-diffusion] [--rounds 3]

Without a model folder a tiny one with random weights is built; what a comparison adds does not depend on the weights.
The rounds of the three are interleaved, so that a busy machine slows all alike; of each the quickest counts. Models
are loaded anew each time, as a command does.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from refocus import Photo, RefocusPipeline, RefocusRequest
from refocus.compare import draw_comparison
from refocus.compare.variants import Variant
from refocus.media import save_png
from tests.tiny_video import save_tiny_video

ASSETS = Path(__file__).resolve().parents[2] / "assets"
Seconds = tuple[float, float]
"""CPU seconds of this process, and seconds on the clock."""


def main() -> None:
    """Thin lens twice, and thin lens with the video engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", nargs="?", type=Path, default=ASSETS / "drum.jpg")
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        model = args.model or save_tiny_video(Path(scratch) / "tiny")
        pairs = {
            "thin-lens, two strengths": [
                Variant(RefocusRequest(blur=blur, long_side=640), "thin-lens") for blur in (0.4, 0.8)
            ],
            "thin-lens and video-diffusion": [
                Variant(RefocusRequest(long_side=640), "thin-lens", model=model),
                Variant(RefocusRequest(steps=2), "video-diffusion", model=model),
            ],
        }
        print(f"{'':32}{'alone, CPU s':>14}{'compared':>10}{'more':>8}{'alone, wall s':>16}{'compared':>10}{'more':>8}")
        for name, variants in pairs.items():
            alone, together = measured(args.photo, variants, Path(scratch) / "grid.png", args.rounds)
            columns = [f"{a:14.2f}{t:10.2f}{t / a - 1:8.1%}" for a, t in zip(alone, together, strict=True)]
            print(f"{name:32}{'  '.join(columns)}")


def measured(path: Path, variants: list[Variant], grid: Path, rounds: int) -> tuple[Seconds, Seconds]:
    """Of all variants alone, one after the other, and of their comparison."""
    works: list[Callable[[], None]] = [partial(alone, path, variant) for variant in variants]
    works.append(partial(compared, path, variants, grid))
    for work in works:  # imports count for nobody
        work()
    taken = [[timed(work) for work in works] for _ in range(rounds)]
    best = [[min(one[work][kind] for one in taken) for kind in (0, 1)] for work in range(len(works))]
    *each, together = best
    return (sum(one[0] for one in each), sum(one[1] for one in each)), (together[0], together[1])


def alone(path: Path, variant: Variant) -> None:
    """One stack, from the file on."""
    RefocusPipeline().refocus(
        Photo.open(path),
        engine=variant.engine_name,
        blur=variant.request.blur,
        long_side=variant.request.long_side,
        steps=variant.request.steps,
        model=variant.model,
    )


def compared(path: Path, variants: list[Variant], grid: Path) -> None:
    """All stacks, from the file to the labelled picture."""
    found = RefocusPipeline().compare(Photo.open(path), variants)
    for entry in found.entries:
        assert entry.stack is not None, entry.why
    save_png(grid, draw_comparison([found]))


def timed(work: Callable[[], None]) -> Seconds:
    """What it takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main()
