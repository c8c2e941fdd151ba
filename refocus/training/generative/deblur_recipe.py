"""`train deblur`: DeblurNet, from pairs of a blurred and a sharp photo, or sharp photos that the renderer blurs."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from refocus.core.settings import Settings
from refocus.models.generative_refocus.checkpoint import NETWORK_FACT
from refocus.models.generative_refocus.conditions import PRE_DEBLURRED_OFFSET, ImageInput
from refocus.models.generative_refocus.network_specs import DEBLUR_NET, PRE_DEBLUR_NET
from refocus.training.generative.generative_config import DeblurConfig
from refocus.training.generative.generative_recipe import GenerativeRecipe, photo_tensor
from refocus.training.generative.generative_run import run_generative
from refocus.training.generative.mixed_rows import MixedRows, PlacedRow
from refocus.training.generative.photo_index import Route
from refocus.training.generative.samples import SampleSettings, deblur_sample
from refocus.training.loop.recipe import ModelCard
from refocus.training.loop.run_config import add_run_arguments, config_from_arguments

ROUTES: tuple[Route, ...] = ("pairs", "synthetic")


@dataclass(frozen=True, slots=True)
class DeblurExamples:
    """Training data for DeblurNet: `photo`, `target` and with two conditions `pre_deblurred`, each uint8 sRGB."""

    rows: MixedRows
    settings: SampleSettings
    pre_deblurred: bool

    def load(self, number: int, random: np.random.Generator) -> dict[str, Tensor]:
        """See `Examples.load`."""
        return self.sample(self.rows.draw(number, random), random)

    def sample(self, placed: PlacedRow, random: np.random.Generator) -> dict[str, Tensor]:
        """The sample of a row. Without a pre-deblurred picture it is black, as the published demo's is."""
        made = deblur_sample(placed.row, placed.folder, self.settings, random)
        sample = {"photo": torch.from_numpy(made.photo_srgb), "target": torch.from_numpy(made.target_srgb)}
        if self.pre_deblurred:
            black = np.zeros_like(made.photo_srgb)
            sharper = black if made.pre_deblurred_srgb is None else made.pre_deblurred_srgb
            sample["pre_deblurred"] = torch.from_numpy(sharper)
        return sample


class DeblurRecipe(GenerativeRecipe):
    """DeblurNet with one condition, the photo, or two: a pre-deblurred picture at column offset 32, then the photo."""

    examples: DeblurExamples

    def conditions(self, sample: Mapping[str, Tensor]) -> list[ImageInput]:
        """See `GenerativeRecipe.conditions`."""
        photo = ImageInput(photo_tensor(sample["photo"]), 0, self.spec.adapter)
        if "pre_deblurred" not in sample:
            return [photo]
        sharper = photo_tensor(sample["pre_deblurred"])
        return [ImageInput(sharper, PRE_DEBLURRED_OFFSET, self.spec.adapter), photo]

    def validation_sample(self, placed: PlacedRow, random: np.random.Generator) -> dict[str, Tensor]:
        """See `GenerativeRecipe.validation_sample`."""
        return self.examples.sample(placed, random)

    def facts(self) -> dict[str, str]:
        """See `GenerativeRecipe.facts`."""
        return {NETWORK_FACT: "DeblurNet", "conditions": "2" if self.examples.pre_deblurred else "1"}

    def card(self) -> ModelCard:
        """See `Recipe.card`."""
        conditions = "a pre-deblurred picture and the photo" if self.examples.pre_deblurred else "the photo"
        return ModelCard(
            title="DeblurNet",
            summary="Makes a photo with defocus blur sharp everywhere: a LoRA on the condition branches of FLUX.1-dev "
            f"(Generative Refocusing, arXiv 2512.16923). Condition: {conditions}.",
            licence="other",
            base_model=self.parts.name,
            usage=f"Put `{self.spec.lora_file}` beside FLUX.1-dev in the folder that REFOCUS_MODELS names, and choose "
            "the engine `generative`.",
            tags=("lora", "image-to-image", "defocus-deblurring"),
            data=data_lines(self.examples.rows),
        )


def data_lines(rows: MixedRows) -> tuple[str, ...]:
    """A line for each route and licence."""
    lines = []
    for route, placed in rows.rows.items():
        licences = sorted({one.row.licence or "not stated" for one in placed})
        shown = ", ".join(licences[:8]) + (", ..." if len(licences) > 8 else "")
        lines.append(f"{route}: {len(placed)} rows, {rows.shares[route]:.0%} of the samples; licences: {shown}")
    return tuple(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = "Train DeblurNet. See refocus/training/README.md."
    add_run_arguments(parser, DeblurConfig)


def main(args: argparse.Namespace, settings: Settings) -> None:
    """Train it, or print what that needs. Raises RefocusError for what the user can correct."""
    config = config_from_arguments(args, DeblurConfig)

    def examples(rows: MixedRows) -> DeblurExamples:
        sampled = SampleSettings(config.window_px, config.max_k, config.highlights)
        return DeblurExamples(rows, sampled, config.pre_deblurred)

    run_generative(
        args,
        settings,
        config,
        DeblurRecipe,
        PRE_DEBLUR_NET if config.pre_deblurred else DEBLUR_NET,
        ROUTES,
        examples,
        conditions=1 + config.pre_deblurred,
    )
