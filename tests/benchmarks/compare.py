"""What a comparison costs beside the runs alone: CPU seconds of two variants, each by itself and compared.

python -m tests.benchmarks.compare [PHOTO] [MODEL FOLDER of video-diffusion]
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from refocus import Photo, RefocusPipeline, RefocusRequest
from refocus.engines.comparison import Variant

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def main() -> None:
    """Thin lens twice, and thin lens with the video engine when its weights are given."""
    path = Path(sys.argv[1]) if sys.argv[1:] else ASSETS / "drum.jpg"
    pairs = {
        "thin-lens, two strengths": [
            Variant(RefocusRequest(blur=blur, long_side=640), "thin-lens") for blur in (0.4, 0.8)
        ]
    }
    if sys.argv[2:]:
        model = Path(sys.argv[2])
        pairs["thin-lens and video-diffusion"] = [
            Variant(RefocusRequest(long_side=640), "thin-lens", model=model),
            Variant(RefocusRequest(long_side=640, steps=2), "video-diffusion", model=model),
        ]
    print(f"{'':32}{'alone, CPU s':>14}{'compared':>10}{'more':>8}")
    for name, variants in pairs.items():
        compared(path, variants)  # imports and weights count for nobody
        alone = sum(cpu_seconds(lambda variant=variant: compared(path, [variant])) for variant in variants)
        together = cpu_seconds(lambda variants=variants: compared(path, variants))
        print(f"{name:32}{alone:14.2f}{together:10.2f}{together / alone - 1:8.0%}")


def compared(path: Path, variants: list[Variant]) -> None:
    """From the file on."""
    pipeline = RefocusPipeline()
    result = pipeline.compare(Photo.open(path), variants)
    for entry in result.entries:
        assert entry.stack is not None, entry.why


def cpu_seconds(work: Callable[[], None]) -> float:
    """Of this process, the better of two runs."""
    seconds = []
    for _ in range(2):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


if __name__ == "__main__":
    main()
