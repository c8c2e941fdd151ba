"""`train bokeh`: BokehNet from synthetic pairs, photos with EXIF and aperture series; and its shape condition."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from refocus.core.settings import Settings
from refocus.models.generative_refocus.checkpoint import NETWORK_FACT
from refocus.models.generative_refocus.conditions import OPENING_OFFSET, ImageInput, map_pixels, opening_pixels
from refocus.models.generative_refocus.network_specs import BOKEH_NET, SHAPE_NET
from refocus.training.generative.deblur_recipe import data_lines
from refocus.training.generative.generative_config import BokehConfig
from refocus.training.generative.generative_recipe import GenerativeRecipe, photo_tensor
from refocus.training.generative.generative_run import run_generative
from refocus.training.generative.mixed_rows import MixedRows, PlacedRow
from refocus.training.generative.photo_index import Route
from refocus.training.generative.samples import SampleSettings, bokeh_sample
from refocus.training.loop.recipe import ModelCard
from refocus.training.loop.run_config import add_run_arguments, config_from_arguments

ROUTES: tuple[Route, ...] = ("synthetic", "exif", "apertures")
SHAPE_ROUTES: tuple[Route, ...] = ("shapes", "synthetic")


@dataclass(frozen=True, slots=True)
class BokehExamples:
    """Training data for BokehNet: `sharp` and `target` uint8 sRGB, `defocus` in [0, 1], with shapes also `opening`."""

    rows: MixedRows
    settings: SampleSettings

    def load(self, number: int, random: np.random.Generator) -> dict[str, Tensor]:
        """See `Examples.load`."""
        return self.sample(self.rows.draw(number, random), random)

    def sample(
        self, placed: PlacedRow, random: np.random.Generator, k_radius_px_per_diopter: float | None = None
    ) -> dict[str, Tensor]:
        """The sample of a row, with a random K or this one."""
        made = bokeh_sample(
            placed.row, placed.folder, self.settings, random, k_radius_px_per_diopter=k_radius_px_per_diopter
        )
        sample = {"sharp": made.sharp_srgb, "defocus": made.defocus, "target": made.target_srgb}
        if made.opening is not None:
            sample["opening"] = np.array(made.opening)
        return {name: torch.from_numpy(value) for name, value in sample.items()}


class BokehRecipe(GenerativeRecipe):
    """BokehNet: conditions are the sharp photo and the defocus map, and for its shape condition the aperture."""

    examples: BokehExamples

    def conditions(self, sample: Mapping[str, Tensor]) -> list[ImageInput]:
        """See `GenerativeRecipe.conditions`. The shape condition has a LoRA of its own, the others that of BokehNet."""
        defocus = map_pixels(sample["defocus"].cpu().numpy())
        conditions = [
            ImageInput(photo_tensor(sample["sharp"]), 0, BOKEH_NET.adapter),
            ImageInput(defocus, 0, BOKEH_NET.adapter),
        ]
        if "opening" in sample:
            opening = opening_pixels(sample["opening"].cpu().numpy())
            conditions.append(ImageInput(opening, OPENING_OFFSET, SHAPE_NET.adapter, beside=True))
        return conditions

    def validation_sample(self, placed: PlacedRow, random: np.random.Generator) -> dict[str, Tensor]:
        """See `GenerativeRecipe.validation_sample`."""
        return self.examples.sample(placed, random)

    @property
    def _shapes(self) -> bool:
        return self.spec is SHAPE_NET

    def facts(self) -> dict[str, str]:
        """See `GenerativeRecipe.facts`."""
        return {NETWORK_FACT: "shape condition of BokehNet" if self._shapes else "BokehNet"}

    def card(self) -> ModelCard:
        """See `Recipe.card`."""
        what = "The shape of the aperture, as a third condition of BokehNet" if self._shapes else "BokehNet: bokeh"
        return ModelCard(
            title="BokehNet's shape condition" if self._shapes else "BokehNet",
            summary=f"{what} for a sharp photo and a defocus map clamp(K |D - D_focus| / 100, 0, 1), D in diopters: a "
            "LoRA on the condition branches of FLUX.1-dev (Generative Refocusing, arXiv 2512.16923).",
            licence="other",
            base_model=self.parts.name,
            usage=f"Put `{self.spec.lora_file}` beside FLUX.1-dev in the folder that REFOCUS_MODELS names, and choose "
            "the engine `generative`." + (" It needs the BokehNet that it was trained with." if self._shapes else ""),
            tags=("lora", "image-to-image", "bokeh"),
            data=data_lines(self.examples.rows),
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = "Train BokehNet, or with --shape-of its shape condition. See refocus/training/README.md."
    add_run_arguments(parser, BokehConfig)


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Train it, or print what that needs. Raises RefocusError for what the user can correct."""
    config = config_from_arguments(args, BokehConfig)
    shapes = config.shape_of is not None
    sampled = SampleSettings(config.window_px, config.max_k, config.highlights, shapes=shapes)
    run_generative(
        args,
        settings,
        config,
        BokehRecipe,
        SHAPE_NET if shapes else BOKEH_NET,
        SHAPE_ROUTES if shapes else ROUTES,
        partial(BokehExamples, settings=sampled),
        conditions=2,
        base_lora=config.shape_of,
    )
