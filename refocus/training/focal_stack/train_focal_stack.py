"""`train focal-stack`: fine-tune Stable Video Diffusion to turn one photo into a focal stack."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.core.settings import Settings
from refocus.models.focal_stack.checkpoint import BASE_WEIGHTS, FocalStackFolders
from refocus.models.weights.hub import cached, find_repo
from refocus.training.focal_stack.focal_stack_config import FocalStackConfig
from refocus.training.loop.run_config import add_run_arguments, config_from_arguments

_UNET_FILES = ("unet/config.json", "unet/diffusion_pytorch_model*.safetensors")
STARTING_WEIGHTS = replace(BASE_WEIGHTS, files=(*BASE_WEIGHTS.files, *_UNET_FILES), size_bytes=4_500_000_000)
"""Stable Video Diffusion with its own UNet, from which the training starts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the settings."""
    parser.description = __doc__
    add_run_arguments(parser, FocalStackConfig)


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Train, or say what the training would need."""
    config = config_from_arguments(args, FocalStackConfig)
    folders = starting_folders(config)
    if args.dry_run:
        from refocus.training.focal_stack.video_work import describe_run

        sys.stdout.write(describe_run(config, folders) + "\n")
        return
    from refocus.training.focal_stack.video_recipe import VideoRecipe
    from refocus.training.loop.trainer import start_accelerator, train
    from refocus.training.picture_numbers import PictureNumbers

    accelerator = start_accelerator(config)
    numbers = PictureNumbers.of_run(settings.models, config, accelerator)
    recipe = VideoRecipe(config, folders, accelerator.device, numbers)
    recipe.store_encodings(accelerator)
    train(recipe, config, accelerator, resume=args.resume)


def starting_folders(config: FocalStackConfig) -> FocalStackFolders:
    """The model to start from.

    Raises:
        WeightsMissing: when Stable Video Diffusion is not there.
    """
    base = _base_folder(config.base)
    return FocalStackFolders(base=base, unet=config.unet or base / "unet")


def _base_folder(folder: Path | None) -> Path:
    found = cached(STARTING_WEIGHTS) if folder is None else find_repo(folder, STARTING_WEIGHTS)
    if folder is not None and (folder / "model_index.json").is_file():
        found = folder
    if found is None:
        raise WeightsMissing(
            f"Stable Video Diffusion is not in {folder or 'the hub cache'}.",
            todo=f"Read its licence at {STARTING_WEIGHTS.page}, run `hf download {STARTING_WEIGHTS.repo} --revision "
            f"{STARTING_WEIGHTS.revision}`, or give its folder with --base.",
        )
    return found
