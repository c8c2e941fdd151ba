"""Photo to finished stack, video included: seconds per stage and peak memory, on at most two cores.

python -m tests.benchmarks.stack [PHOTO ...]
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def measure(photo: Path) -> None:
    """In this process, so that the imports count as they do for a user's first photo."""
    began = time.perf_counter()
    from refocus import Photo, RefocusPipeline

    opened = Photo.open(photo)
    result = RefocusPipeline().refocus(opened)
    rendered = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result.save(folder)
    ended = time.perf_counter()
    height, width = result.stack.frames.shape[1:3]
    stages = "  ".join(f"{stage}: {seconds:.2f}" for stage, seconds in result.seconds.items())
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{photo.name:16} {width}x{height}  all {ended - began:5.2f} s  save with video {ended - rendered:4.2f} s  "
        f"peak {peak_gb:.2f} GB  ({stages})"
    )


def main() -> None:
    """One fresh process a photo."""
    if sys.argv[1:2] == ["--one"]:
        measure(Path(sys.argv[2]))
        return
    from refocus.ui.photo.examples import (
        bundled_examples,  # brings gradio, which must not count in the measured processes
    )

    for photo in map(Path, sys.argv[1:] or (example.path for example in bundled_examples(ASSETS))):
        subprocess.run([sys.executable, "-m", "tests.benchmarks.stack", "--one", str(photo)], check=True)


if __name__ == "__main__":
    main()
