"""What `python -m refocus train` can train and prepare. A recipe is added by a line here."""

import argparse
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from refocus.core.settings import Settings


class Command(Protocol):
    """A module that trains a system or prepares its data."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of the command."""

    def main(self, args: argparse.Namespace, settings: Settings) -> None:
        """Run it. Raises RefocusError for what the user can correct."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of the command line.

    Attributes:
        module: with the two functions of `Command`; imported only when the word is given.
        help: a line.
    """

    module: str
    help: str

    def load(self) -> Command:
        """Import the module."""
        return import_module(self.module)


_GENERATIVE = "refocus.training.generative"

SYSTEMS: dict[str, Entry] = {
    "focal-stack": Entry(
        "refocus.training.focal_stack.train_focal_stack",
        "the video model: one photo to nine frames (Learning to Refocus)",
    ),
    "depth": Entry("refocus.training.depth.train", "the built-in depth network"),
    "restore": Entry("refocus.training.restore.train", "the built-in restoration network and its blur estimator"),
    "deblur": Entry(f"{_GENERATIVE}.deblur_recipe", "DeblurNet of Generative Refocusing"),
    "bokeh": Entry(f"{_GENERATIVE}.bokeh_recipe", "BokehNet of Generative Refocusing, or its shape condition"),
}
"""What can be trained: `train SYSTEM`."""

PREPARATIONS: dict[str, Entry] = {
    "focal-stack": Entry("refocus.training.focal_stack.prepare_stacks", "an index of folders of focal stacks"),
    "deblur-pairs": Entry(f"{_GENERATIVE}.prepare_pairs", "pairs of a blurred and a sharp photo, for DeblurNet"),
    "bokeh-synthetic": Entry(f"{_GENERATIVE}.prepare_synthetic", "sharp photos with depth, blurred by the renderer"),
    "bokeh-exif": Entry(f"{_GENERATIVE}.prepare_exif", "real photos whose EXIF gives K"),
    "bokeh-apertures": Entry(f"{_GENERATIVE}.prepare_apertures", "series of apertures; the best match gives K"),
    "bokeh-shapes": Entry(f"{_GENERATIVE}.prepare_shapes", "night scenes, for the shape condition"),
}
"""Which data can be prepared: `train prepare ROUTE`."""
