"""`train prepare bokeh-synthetic`: sharp photos with disparity, which the renderer blurs while training reads them."""

import argparse
from pathlib import Path

from refocus.core.settings import Settings
from refocus.media import Photo
from refocus.training.generative.photo_facts import read_facts
from refocus.training.generative.photo_index import PhotoRow
from refocus.training.generative.prepare_photos import Item, Prepared, PreparedFolder, add_common_arguments, items_of
from refocus.training.generative.working_depth import WorkingDepth, add_depth_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = "Sharp photos for BokehNet's synthetic route, for DeblurNet and for night scenes."
    parser.add_argument("photos", metavar="PHOTOS", type=Path, help="folder of photos that are sharp everywhere")
    add_common_arguments(parser)
    add_depth_arguments(parser, may_assume=True)


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Prepare the photos.

    Raises:
        BadInput: when there are none, or some fail; the others are in the index.
    """
    items = items_of({"sharp": args.photos}, read_facts(args.facts))
    depth = WorkingDepth.from_arguments(args, settings)
    written = PreparedFolder(
        args.out,
        [args.photos, *filter(None, [args.depth_files])],
        val_percent=args.val_percent,
        settings={"long_side": args.long_side, **depth.settings()},
    )

    def make(item: Item) -> Prepared:
        photo = Photo.open(item.files["sharp"], max_pixels=settings.max_pixels).resized(args.long_side)
        sharp = photo.rgb if photo.all_in_focus is None else photo.all_in_focus
        diopters = depth.find(item.name, photo)
        row = PhotoRow(
            "synthetic",
            item.name,
            item.scene,
            written.split_of(item.scene),
            licence=item.facts.licence,
            sharp=written.save_picture("sharp", item.name, sharp),
            disparity=written.save_diopters(item.name, diopters.values),
            metric=diopters.metric,
        )
        return Prepared([row])

    written.prepare(items, make)
