"""`train prepare bokeh-exif`: real photos with EXIF; DeblurNet makes the all-in-focus picture, the lens gives K.

The paper's semi-supervised route: the photo itself is the target, so BokehNet learns real blur (arXiv 2512.16923).
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput
from refocus.core.settings import Settings
from refocus.media import Photo
from refocus.training.generative.exif_k import exif_k_per_long_side, lens_of
from refocus.training.generative.photo_facts import read_facts
from refocus.training.generative.photo_index import PhotoRow
from refocus.training.generative.prepare_photos import Item, Prepared, PreparedFolder, add_common_arguments, items_of
from refocus.training.generative.working_depth import WorkingDepth, add_depth_arguments, focus_of

Sharpen = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = "Real photos with blur, whose EXIF names focal length, f-number and sensor."
    parser.add_argument("photos", metavar="PHOTOS", type=Path, help="folder of photos as taken")
    sharp = parser.add_mutually_exclusive_group(required=True)
    sharp.add_argument("--sharp", metavar="DIR", type=Path, help="the same photos, all in focus, made elsewhere")
    sharp.add_argument("--flux", metavar="DIR", help="FLUX.1-dev, for DeblurNet to make them: a folder, or on the hub")
    parser.add_argument("--deblur-lora", metavar="FILE", help="DeblurNet's LoRA, by default that of the hub")
    parser.add_argument("--steps", metavar="N", type=int, default=28, help="of DeblurNet; default 28")
    parser.add_argument("--sensor-width-mm", metavar="MM", type=float, help="where EXIF names no 35 mm equivalent")
    add_common_arguments(parser)
    add_depth_arguments(parser, may_assume=False)


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Prepare the photos.

    Raises:
        BadInput: when some lack EXIF or metric depth, or fail otherwise; the others are in the index.
    """
    folders = {"blurred": args.photos} | ({} if args.sharp is None else {"sharp": args.sharp})
    items = items_of(folders, read_facts(args.facts), optional="sharp")
    depth = WorkingDepth.from_arguments(args, settings)
    made_with = {"long_side": args.long_side, "sensor_width_mm": args.sensor_width_mm, **depth.settings()}
    if args.flux is not None:
        made_with |= {"flux": args.flux, "deblur_lora": args.deblur_lora, "steps": args.steps}
    inputs = [*folders.values(), *filter(None, [args.depth_files])]
    written = PreparedFolder(args.out, inputs, val_percent=args.val_percent, settings=made_with)
    loaded: list[Sharpen] = []

    def sharpened(item: Item, photo: Photo) -> NDArray[np.uint8]:
        if args.flux is not None:
            if not loaded:
                loaded.append(_deblur_net(args, settings))
            return loaded[0](photo.rgb)
        if "sharp" not in item.files:
            raise BadInput(f"{args.sharp} has no photo named {item.name}.", todo="Make it, or leave the photo out.")
        sharp = Photo.open(item.files["sharp"], max_pixels=settings.max_pixels).rgb
        if abs(sharp.shape[1] * photo.height / (sharp.shape[0] * photo.width) - 1) > 0.01:
            raise BadInput("The sharp picture has other proportions than the photo.", todo="Give one of all of it.")
        return _at_size(sharp, photo)

    def make(item: Item) -> Prepared:
        photo = Photo.open(item.files["blurred"], max_pixels=settings.max_pixels).resized(args.long_side)
        camera = item.facts.completed(photo.camera)
        lens = lens_of(camera, item.facts.sensor_width_mm or args.sensor_width_mm)  # refused before minutes of work
        sharp = sharpened(item, photo)
        diopters = depth.find(item.name, photo, sharp, must_be_metric=True).values
        focus = focus_of(item.facts, sharp, diopters)
        row = PhotoRow(
            "exif",
            item.name,
            item.scene,
            written.split_of(item.scene),
            licence=item.facts.licence,
            sharp=written.save_picture("sharp", item.name, sharp),
            blurred=written.save_picture("blurred", item.name, photo.rgb),
            disparity=written.save_diopters(item.name, diopters),
            k_per_long_side=exif_k_per_long_side(lens, focus),
            focus_diopters=focus,
            k_from="exif",
            f_number=lens.f_number,
        )
        return Prepared([row])

    written.prepare(items, make)


def _deblur_net(args: argparse.Namespace, settings: Settings) -> Sharpen:
    """DeblurNet on the best device, always from the same noise."""
    import torch

    from refocus.models import GenerativeRefocusPipeline
    from refocus.models.generative_refocus.checkpoint import LORA_WEIGHTS

    device = torch.device(settings.device or (torch.accelerator.current_accelerator() or "cpu"))
    pipeline = GenerativeRefocusPipeline.from_pretrained(
        args.flux,
        deblur_lora=args.deblur_lora or LORA_WEIGHTS.repo,
        dtype=torch.float32 if device.type == "cpu" else torch.bfloat16,
    ).place(device)
    pipeline.set_progress_bar_config(disable=True)

    def sharpen(photo_srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        noise = torch.Generator("cpu").manual_seed(0)
        picture = pipeline.deblur(photo_srgb, num_inference_steps=args.steps, generator=noise)
        return _at_size(np.asarray(picture), Photo(photo_srgb))

    return sharpen


def _at_size(picture_srgb: NDArray[np.uint8], photo: Photo) -> NDArray[np.uint8]:
    """A picture of the photo at the photo's size."""
    size = photo.width, photo.height
    if picture_srgb.shape[1::-1] == size:
        return picture_srgb
    return np.asarray(Image.fromarray(picture_srgb).resize(size, Image.Resampling.LANCZOS))
