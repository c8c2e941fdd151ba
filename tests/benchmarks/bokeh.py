"""A prompt to a finished picture of a prepared scene, and to a focus pull: best seconds of several, on two cores.

python -m tests.benchmarks.bokeh [PHOTO ...]
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from refocus import Photo, RefocusPipeline, parse_prompt
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture, choose_focus
from refocus.results.focus_pull import focus_pull

ASSETS = Path(__file__).resolve().parents[2] / "assets"
PROMPTS = ("focus on the nearest thing, f/1.4", "blur the background", "what stands out, f/2, heart-shaped bokeh")
PULL = "rack focus from the foreground to the background"
ROUNDS = 3


def best(work: Callable[[], object]) -> float:
    """Seconds of the quickest of several rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def measure(photo: Path) -> None:
    """One line a prompt."""
    result = RefocusPipeline().refocus(Photo.open(photo), frames=3, engine="thin-lens")
    height, width = result.stack.frames.shape[1:3]
    for prompt in PROMPTS:
        bokeh_request = BokehRequest(parse_prompt(prompt))
        finding = best(partial(choose_focus, result, bokeh_request))
        whole = best(partial(bokeh_picture, result, bokeh_request))
        print(f"{photo.name:14} {width}x{height}  {whole:5.2f} s, finding {finding:4.2f} s of it  {prompt}")
    with tempfile.TemporaryDirectory() as folder:
        pull = best(lambda: focus_pull(result, BokehRequest(parse_prompt(PULL))).write(Path(folder) / "pull.mp4"))
    print(f"{photo.name:14} {width}x{height}  {pull:5.2f} s  {PULL}")


def main() -> None:
    """Measure the photos of the command line, or the examples."""
    torch.set_num_threads(2)
    for photo in [Path(name) for name in sys.argv[1:]] or sorted(ASSETS.glob("*.jpg")):
        measure(photo)


if __name__ == "__main__":
    main()
