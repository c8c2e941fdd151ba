"""`train prepare bokeh-apertures`: photos of one scene at several apertures; K is found by the best match."""

import argparse
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.batch.photo_folder import find_photos
from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.media import Photo
from refocus.training.generative.photo_facts import Facts, PhotoFacts, read_facts
from refocus.training.generative.photo_index import PhotoRow
from refocus.training.generative.picture_window import resized_disparity, resized_picture
from refocus.training.generative.prepare_photos import Item, Prepared, PreparedFolder, add_common_arguments
from refocus.training.generative.ssim_k import FoundK, find_k
from refocus.training.generative.working_depth import WorkingDepth, add_depth_arguments, focus_of

_F_NUMBER_IN_NAME = re.compile(r"(?P<scene>.*?)[_-]f(?P<f_number>\d+(?:\.\d+)?)", re.IGNORECASE)
_SEARCH_SIDE_PX = 512
_LARGEST_RADIUS_SHARE = 0.08  # of the long side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = (
        "Photos from a tripod, a folder for each scene, or named SCENE_fN (RealBokeh: 12_f2.0.JPG). The one with the "
        "largest f-number is taken as all in focus; each of the others is a target."
    )
    parser.add_argument("photos", metavar="PHOTOS", type=Path, help="folder of aperture series")
    parser.add_argument(
        "--min-ssim", metavar="S", type=float, default=0.7, help="leave photos out that match less; default 0.7"
    )
    add_common_arguments(parser)
    add_depth_arguments(parser, may_assume=False)


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Prepare the series.

    Raises:
        BadInput: when there is none, or some fail; the others are in the index.
    """
    facts = read_facts(args.facts)
    depth = WorkingDepth.from_arguments(args, settings)
    made_with = {"long_side": args.long_side, "min_ssim": args.min_ssim, **depth.settings()}
    inputs = [args.photos, *filter(None, [args.depth_files])]
    written = PreparedFolder(args.out, inputs, val_percent=args.val_percent, settings=made_with)

    def make(item: Item) -> Prepared:
        photos = {
            name: Photo.open(path, max_pixels=settings.max_pixels).resized(args.long_side)
            for name, path in item.files.items()
        }
        f_numbers = {name: _f_number(name, photo, facts) for name, photo in photos.items()}
        sharpest = max(f_numbers, key=lambda name: f_numbers[name])
        sharp = photos[sharpest].rgb
        diopters = depth.find(item.name, photos[sharpest], must_be_metric=True).values
        focus = focus_of(facts.get(sharpest, item.facts), sharp, diopters)
        rows, dropped = [], {}
        for name in sorted(photos.keys() - {sharpest}):
            if photos[name].rgb.shape != sharp.shape:
                dropped[name] = "it differs in size from the sharp photo of its series"
                continue
            found = search_k(sharp, diopters, photos[name].rgb, focus)
            if found.ssim < args.min_ssim:
                dropped[name] = f"SSIM {found.ssim:.2f} is below {args.min_ssim:g}"
                continue
            rows.append(
                PhotoRow(
                    "apertures",
                    name,
                    item.scene,
                    written.split_of(item.scene),
                    licence=facts.get(name, item.facts).licence,
                    sharp=f"sharp/{item.name}.png",
                    blurred=written.save_picture("blurred", name, photos[name].rgb),
                    disparity=f"disparity/{item.name}.npy",
                    k_per_long_side=found.k_radius_px_per_diopter / max(sharp.shape[:2]),
                    focus_diopters=float(np.clip(focus, diopters.min(), diopters.max())),
                    k_from="ssim",
                    ssim=round(found.ssim, 4),
                    f_number=f_numbers[name],
                )
            )
        if rows:
            written.save_picture("sharp", item.name, sharp)
            written.save_diopters(item.name, diopters)
        return Prepared(rows, dropped)

    written.prepare(_series(args.photos, facts), make)


def search_k(
    sharp_srgb: NDArray[np.uint8], diopters: NDArray[np.float32], photo_srgb: NDArray[np.uint8], focus_diopters: float
) -> FoundK:
    """K at the photo's size, searched at a long side of 512 px; see `find_k`."""
    height, width = sharp_srgb.shape[:2]
    scale = min(1.0, _SEARCH_SIDE_PX / max(height, width))
    size = round(height * scale), round(width * scale)
    found = find_k(
        resized_picture(sharp_srgb, size),
        resized_disparity(diopters, size),
        resized_picture(photo_srgb, size),
        focus_diopters,
        largest_radius_px=_LARGEST_RADIUS_SHARE * max(size),
        border_px=min(size) // 25,
    )
    return FoundK(found.k_radius_px_per_diopter * max(height, width) / max(size), found.ssim)


def _series(folder: Path, facts: Facts) -> list[Item]:
    """The series, each with at least two photos."""
    scenes: dict[str, dict[str, Path]] = defaultdict(dict)
    for name, path in find_photos(folder).items():
        parent, own = Path(name).parent.as_posix(), facts.get(name, PhotoFacts())
        named = _F_NUMBER_IN_NAME.match(Path(name).name)
        scenes[own.scene or (named["scene"] if named else parent)][name] = path
    items = [
        Item(_file_name(scene), scene, files, facts.get(min(files), PhotoFacts()), _facts_of(files, facts))
        for scene, files in scenes.items()
        if len(files) > 1
    ]
    if not items:
        raise BadInput(f"{folder} holds no series.", todo="Give two or more photos of a scene, named SCENE_fN.")
    return items


def _file_name(scene: str) -> str:
    return scene.strip("./") or "series"


def _facts_of(files: Mapping[str, Path], facts: Facts) -> dict[str, str]:
    """The facts of all photos of a series, so that a changed table is noticed."""
    return {name: repr(facts[name]) for name in files if name in facts}


def _f_number(name: str, photo: Photo, facts: Facts) -> float:
    """From the table, EXIF or the name."""
    known = facts.get(name, PhotoFacts()).completed(photo.camera).f_number
    named = _F_NUMBER_IN_NAME.match(Path(name).name)
    if known is None and named is None:
        raise BadInput(f"{name} tells no f-number.", todo="Name it like scene_f2.8.jpg, or give it in --facts.")
    return known if known is not None else float(named["f_number"]) if named else 0.0
