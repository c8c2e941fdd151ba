"""`train prepare deblur-pairs`: pairs of a blurred and a sharp photo for DeblurNet."""

import argparse
from pathlib import Path
from typing import Any

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.media import Photo
from refocus.training.generative.photo_facts import read_facts
from refocus.training.generative.photo_index import PhotoRow
from refocus.training.generative.prepare_photos import Item, Prepared, PreparedFolder, add_common_arguments, items_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = "Photos of one name in both folders are a pair (DPDD: train_c/source and train_c/target)."
    parser.add_argument("blurred", metavar="BLURRED", type=Path, help="folder of photos with blur")
    parser.add_argument("sharp", metavar="SHARP", type=Path, help="folder of the same photos, sharp")
    parser.add_argument("--pre-deblurred", metavar="DIR", type=Path, help="the blurred photos as sharpened elsewhere")
    add_common_arguments(parser)


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Prepare the pairs.

    Raises:
        BadInput: when folders do not match, or some pairs fail; the others are in the index.
    """
    folders = {"blurred": args.blurred, "sharp": args.sharp}
    if args.pre_deblurred is not None:
        folders["pre_deblurred"] = args.pre_deblurred
    items = items_of(folders, read_facts(args.facts))
    written = PreparedFolder(
        args.out, folders.values(), val_percent=args.val_percent, settings={"long_side": args.long_side}
    )

    def make(item: Item) -> Prepared:
        pictures = {role: Photo.open(path, max_pixels=settings.max_pixels) for role, path in item.files.items()}
        sizes = {role: (photo.width, photo.height) for role, photo in pictures.items()}
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{role} {width}x{height} px" for role, (width, height) in sizes.items())
            raise BadInput(f"The pictures differ in size: {listed}.", todo="Bring them to one size.")
        files: dict[str, Any] = {
            role: written.save_picture(role, item.name, photo.resized(args.long_side).rgb)
            for role, photo in pictures.items()
        }
        split = written.split_of(item.scene)
        return Prepared([PhotoRow("pairs", item.name, item.scene, split, licence=item.facts.licence, **files)])

    written.prepare(items, make)
