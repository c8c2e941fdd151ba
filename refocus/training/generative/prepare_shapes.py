"""`train prepare bokeh-shapes`: night scenes of lamps for the shape condition, composed when training reads them."""

import argparse
from pathlib import Path
from typing import Any

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.training.generative.photo_index import PhotoIndex, PhotoRow
from refocus.training.generative.prepare_photos import Item, Prepared, PreparedFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = (
        "Rows of seeds, from which night scenes are composed. With an index of `bokeh-synthetic`, its photos, "
        "darkened, are the backgrounds of half of the scenes."
    )
    parser.add_argument("--count", metavar="N", type=int, default=1000, help="scenes; default 1000")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the first scene; default 0")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder of the index: a new one, or that of the photos"
    )
    parser.add_argument("--photos", metavar="INDEX", type=Path, help="index of bokeh-synthetic for backgrounds")
    parser.add_argument("--val-percent", metavar="N", type=int, default=5, help="share of scenes held back; default 5")


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Write the rows.

    Raises:
        BadInput: when the count is below 1, or the index of photos cannot be used.
    """
    if args.count < 1 or args.seed < 0:
        raise BadInput(f"--count is {args.count}, --seed is {args.seed}.", todo="Choose 1 or more, and 0 or more.")
    photos = None if args.photos is None else PhotoIndex.read(args.photos)
    backgrounds = [] if photos is None else [row for row in photos.rows if row.route == "synthetic"]
    written = PreparedFolder(args.out, [] if photos is None else [photos.folder], val_percent=args.val_percent)
    items = []
    for number in range(args.count):
        background = backgrounds[number // 2 % len(backgrounds)] if backgrounds and number % 2 else None
        scene = f"night-{args.seed + number:06d}" if background is None else background.scene
        files = {} if photos is None or background is None else _files(photos.folder, background)
        items.append(Item(f"night-{args.seed + number:06d}", scene, files, settings={"seed": args.seed + number}))

    def make(item: Item) -> Prepared:
        copied: dict[str, Any] = {role: written.copy(role, path) for role, path in item.files.items()}
        split = written.split_of(item.scene)
        return Prepared([PhotoRow("shapes", item.name, item.scene, split, seed=item.settings["seed"], **copied)])

    written.prepare(items, make)


def _files(folder: Path, row: PhotoRow) -> dict[str, Path]:
    return {"sharp": folder / str(row.sharp), "disparity": folder / str(row.disparity)}
