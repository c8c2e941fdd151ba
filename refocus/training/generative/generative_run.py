"""Runs `train deblur` and `train bokeh`: data, FLUX.1-dev, the loop; or only what they would need."""

import argparse
import sys
from collections.abc import Callable, Sequence

from refocus.core.settings import Settings
from refocus.models.generative_refocus.checkpoint import find_flux, find_lora
from refocus.models.generative_refocus.loras import add_adapter
from refocus.models.generative_refocus.network_specs import BOKEH_NET, NetworkSpec
from refocus.training.generative.flux_parts import load_parts, log_download, training_dtype
from refocus.training.generative.generative_config import GenerativeConfig
from refocus.training.generative.generative_recipe import GenerativeRecipe
from refocus.training.generative.generative_work import describe_run
from refocus.training.generative.mixed_rows import MixedRows, parse_shares, read_rows
from refocus.training.generative.photo_index import Route
from refocus.training.loop.recipe import Examples
from refocus.training.loop.trainer import start_accelerator, train
from refocus.training.picture_numbers import PictureNumbers


def run_generative(
    args: argparse.Namespace,
    settings: Settings,
    config: GenerativeConfig,
    recipe_class: type[GenerativeRecipe],
    spec: NetworkSpec,
    routes: Sequence[Route],
    examples: Callable[[MixedRows], Examples],
    *,
    conditions: int,
    base_lora: str | None = None,
) -> None:
    """Train a LoRA to the end, or print what that needs.

    Args:
        args: with `resume` and `dry_run`.
        settings: of the surroundings.
        config: of the run.
        recipe_class: makes the conditions.
        spec: of the network.
        routes: that it can be trained on.
        examples: makes the training data of the rows.
        conditions: pictures beside the image and of its size, for the estimate.
        base_lora: BokehNet's LoRA, which stays as it is, for the shape condition; None otherwise.

    Raises:
        RefocusError: for what the user can correct.
    """
    rows, held_back = read_rows(config.data, routes, parse_shares(config.shares, routes), config.seed)
    if args.dry_run:
        flux = find_flux(config.flux, log_download)
        sys.stdout.write(describe_run(flux, config, spec, rows, len(held_back), conditions=conditions) + "\n")
        return
    accelerator = start_accelerator(config)
    dtype = training_dtype(config.dtype, accelerator.device)
    parts = load_parts(config.flux, spec.prompt, dtype=dtype, device=accelerator.device)
    if base_lora is not None:
        file = find_lora(base_lora, BOKEH_NET.lora_file, log_download)
        add_adapter(parts.flux.adapted(), file, BOKEH_NET.adapter, dtype=dtype, device=accelerator.device)
    numbers = PictureNumbers.of_run(settings.models, config, accelerator)
    recipe = recipe_class(config, parts, spec, examples(rows), held_back, numbers)
    train(recipe, config, accelerator, resume=args.resume)
