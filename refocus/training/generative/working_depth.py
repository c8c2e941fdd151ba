"""Disparity of training photos in absolute diopters, from a depth source of the product or from files."""

import argparse
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refocus.core import BadInput, Disparity, silent
from refocus.core.settings import Settings
from refocus.depth.depth_model import DepthModel
from refocus.depth.file import Meaning, read_disparity
from refocus.depth.sources import DepthChoice, DepthSources
from refocus.media import Photo
from refocus.models.monocular_depth.checkpoint import DEPTH_PRO
from refocus.training.generative.photo_facts import PhotoFacts

_ENDINGS = (".npy", ".npz", ".png")
_CHOICES: tuple[DepthChoice, ...] = ("auto", "embedded", "model")


class Diopters(NamedTuple):
    """(height, width) float32 in 1/m, and whether they were measured or predicted as such, not assumed."""

    values: NDArray[np.float32]
    metric: bool


@dataclass(frozen=True, slots=True)
class WorkingDepth:
    """Finds the diopters of photos.

    Attributes:
        sources: of the product.
        choice: which of them.
        files: folder of depth maps named like the photos; None for the sources.
        meaning: of the files' values.
        assumed: diopters of the farthest and nearest point of every relative map; None refuses such maps.
    """

    sources: DepthSources
    choice: DepthChoice = "auto"
    files: Path | None = None
    meaning: Meaning = "metres"
    assumed: tuple[float, float] | None = None

    @classmethod
    def from_arguments(cls, args: argparse.Namespace, settings: Settings) -> "WorkingDepth":
        """From the arguments of `add_depth_arguments`. Raises BadInput on an impossible assumed range."""
        assumed = None if args.assume_diopters is None else tuple(args.assume_diopters)
        if assumed is not None and not 0 <= assumed[0] < assumed[1] < np.inf:
            raise BadInput(f"--assume-diopters is {assumed[0]:g} {assumed[1]:g}.", todo="Give the far end, then more.")
        model = DepthModel(args.depth_model or settings.depth_model, models=settings.models, device=settings.device)
        return cls(DepthSources(model), args.depth, args.depth_files, args.depth_is, assumed)

    def settings(self) -> dict[str, Any]:
        """What a prepared photo depends on, as plain values."""
        model = None if self.sources.model is None else self.sources.model.title
        own = {"depth": self.choice, "depth_model": model, "depth_is": self.meaning, "assumed": self.assumed}
        return {**own, "depth_files": None if self.files is None else str(self.files)}

    def find(
        self, name: str, photo: Photo, network_input: NDArray[np.uint8] | None = None, *, must_be_metric: bool = False
    ) -> Diopters:
        """The diopters of a photo.

        Args:
            name: of the photo, which the file of its map has.
            photo: at working size.
            network_input: sharp picture of the same size, for a network.
            must_be_metric: refuse an assumed range, which K would be wrong in.

        Raises:
            BadInput: when the map is relative and no range is assumed, or may not be; or there is no map.
        """
        if self.files is not None:
            size = photo.height, photo.width
            photo = photo.with_disparity(read_disparity(self._file(name), size=size, meaning=self.meaning))
        plan = self.sources.plan(photo, self.choice, silent)
        if plan.origin == "built-in":
            raise BadInput("No depth network is here.", todo="Run `python -m refocus engines --download depth`.")
        found = self.sources.find(plan, photo, on_wait=partial(lambda: None), network_input=network_input)
        return self._diopters(found.disparity, must_be_metric=must_be_metric)

    def _file(self, name: str) -> Path:
        candidates = [Path(f"{self.files}/{name}{ending}") for ending in _ENDINGS]
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            raise BadInput(f"{candidates[0]} is missing.", todo=f"Give one of {', '.join(_ENDINGS)} for each photo.")
        return found

    def _diopters(self, disparity: Disparity, *, must_be_metric: bool) -> Diopters:
        if disparity.metric:
            return Diopters(np.maximum(disparity.values, 0), True)
        if must_be_metric or self.assumed is None:
            raise BadInput(
                f"The depth ({disparity.source}) is relative, and K counts per diopter.",
                todo=f"Choose a metric network (--depth-model {DEPTH_PRO.weights.repo}), or --depth-files with "
                "--depth-is metres" + ("." if must_be_metric else ", or assume a range (--assume-diopters 0.1 1.5)."),
            )
        span = disparity.nearest - disparity.farthest
        share = (disparity.values - disparity.farthest) / span if span > 0 else np.zeros_like(disparity.values)
        far, near = self.assumed
        return Diopters((far + (near - far) * share).astype(np.float32), False)


def focus_of(facts: PhotoFacts, sharp_srgb: NDArray[np.uint8], diopters: NDArray[np.float32]) -> float:
    """The diopters in focus: of the distance in the facts, else the subject's median (arXiv 2512.16923, equation 4)."""
    from refocus.subjects import find_subject

    if facts.focus_distance_m is not None:
        return 1 / facts.focus_distance_m
    disparity = Disparity(diopters, metric=True, source="prepared")
    return find_subject(sharp_srgb, disparity, "", None).median_disparity(disparity)


def add_depth_arguments(parser: argparse.ArgumentParser, *, may_assume: bool) -> None:
    """Add where the depth comes from, and with `may_assume` also a range for relative maps."""
    parser.add_argument("--depth", choices=_CHOICES, default="auto", help="source of the depth; default %(default)s")
    parser.add_argument("--depth-model", metavar="NAME", help="depth network, in place of REFOCUS_DEPTH_MODEL")
    parser.add_argument("--depth-files", metavar="DIR", type=Path, help="depth maps named like the photos instead")
    parser.add_argument(
        "--depth-is", choices=("metres", "disparity"), default="metres", help="of these files; default %(default)s"
    )
    if may_assume:
        parser.add_argument(
            "--assume-diopters",
            nargs=2,
            type=float,
            metavar=("FAR", "NEAR"),
            help="lay every relative map over this range, such as 0.1 1.5; without it relative maps are refused",
        )
    else:
        parser.set_defaults(assume_diopters=None)
