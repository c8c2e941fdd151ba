"""Prints what came of 20 prompts on 6 real photos, one line each, and writes a picture of each for the eye to judge.

python -m tests.benchmarks.prompted FOLDER [--photos SHARED/photos] [--long-side 1024] [--only WORD]

Each picture holds the photo with the outline of what was found, and the rendering; a focus pull is shown by its two
ends. Nothing here can tell whether a picture is right: look at them.
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus import Photo, RefocusPipeline, parse_prompt
from refocus.media import save_png
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture
from refocus.results.focus_pull import focus_pull
from refocus.subjects import Region

PROJECT = Path(__file__).resolve().parents[2]
SHARED_PHOTOS = Path(os.environ.get("REFOCUS_SHARED", PROJECT.parent / "shared")) / "photos"

PROMPTS: dict[str, tuple[str, ...]] = {
    "coffee.jpg": (
        "focus on the cup, f/1.4",
        "focus on the spoon on the right, strong blur",
        "sharp background, blurred foreground",
    ),
    "raccoon.jpg": (
        "the raccoon's eyes, f/1.4",
        "focus on the nearest leaves, swirly Helios bokeh, f/2",
        "blur the background slightly",
        "everything sharp",
    ),
    "drum.jpg": (
        "focus on the cushion in front, strong blur",
        "focus on the bottle at the top, f/2, hexagonal bokeh",
        "rack focus from the foreground to the background",
    ),
    "mountain.jpg": (
        "focus on the mountains, f/1.4",
        "keep the path sharp and blur everything else",
        "focus on the sky, anamorphic bokeh",
    ),
    "rgbd/motorcycle.png": (
        "focus on the red motorcycle, f/1.4",
        "blur the background strongly, octagonal bokeh",
        "focus on the shelf in the background, f/1.4",
    ),
    "rgbd/mpib_new_11.jpg": (
        "focus on the man on the right, f/1.4",
        "sharpen the man on the left and melt everything else",
        "focus on the eyes, heart-shaped bokeh, f/2",
        "rack focus from the man in the red jacket to the mountains",
    ),
}


def outlined(picture_srgb: NDArray[np.uint8], regions: Sequence[Region | None]) -> NDArray[np.uint8]:
    """The picture with a yellow line round each region."""
    drawn = picture_srgb.copy()
    for region in filter(None, regions):
        lines, _ = cv2.findContours(region.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, lines, -1, (255, 214, 0), max(2, max(drawn.shape) // 300))
    return drawn


def show(result: Refocused, prompt: str, path: Path) -> str:
    """Do what a prompt says, write the picture, and say in a line what was found."""
    bokeh_request = BokehRequest(parse_prompt(prompt))
    began = time.perf_counter()
    if bokeh_request.pulls_focus:
        pull = focus_pull(result, bokeh_request)
        first = pull.stack.at(float(pull.positions[0]))
        regions, pictures = (pull.start.region, pull.end.region), [first, pull.last()]
        found = " ".join(note for note in pull.notes if note.startswith(("From:", "To:")))
    else:
        made = bokeh_picture(result, bokeh_request)
        regions, pictures = (made.region, None), [made.picture]
        found = " ".join(made.notes)
    seconds = time.perf_counter() - began
    save_png(path, np.concatenate([outlined(result.scene.all_in_focus, regions), *pictures], axis=1))
    confidences = ", ".join(f"{region.confidence:.2f} {region.finder}" for region in regions if region is not None)
    spec = bokeh_request.spec.describe() if bokeh_request.spec is not None else ""
    return f"{prompt} | {spec} | {found} | {confidences or '-'} | {seconds:.1f} s"


def main() -> None:
    """Read the command line and go through the photos."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--photos", type=Path, default=SHARED_PHOTOS, help="where the photos that are not assets lie")
    parser.add_argument("--long-side", type=int, default=1024)
    parser.add_argument("--only", default="", help="photos whose name holds this")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    pipeline = RefocusPipeline()
    print("photo | asked | understood | found | confidence and finder | rendered in")
    for name, prompts in PROMPTS.items():
        if arguments.only not in name:
            continue
        own = PROJECT / "assets" / name
        photo = Photo.open(own if own.is_file() else arguments.photos / name)
        result = pipeline.refocus(photo, engine="thin-lens", frames=3, long_side=arguments.long_side)
        save_png(arguments.folder / f"{Path(name).stem}_disparity.png", _grey(result.scene.disparity.values))
        for number, prompt in enumerate(prompts, 1):
            path = arguments.folder / f"{Path(name).stem}_{number}.png"
            print(f"{Path(name).stem} | {show(result, prompt, path)}", flush=True)


def _grey(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    grey = np.round(255 * (values - low) / max(high - low, 1e-9)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


if __name__ == "__main__":
    main()
