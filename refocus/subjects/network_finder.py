"""Finds subjects with a segmentation network from the hub if its weights are present, else with the built-in finder."""

from dataclasses import replace
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, WeightsMissing
from refocus.models.clipseg.checkpoint import DEFAULT_WEIGHTS, check_folder, weights_of
from refocus.models.clipseg.network import PhraseMask
from refocus.models.runtime.shared_model import ModelSlot
from refocus.models.weights.components import hide_loading_messages
from refocus.models.weights.downloadable import DownloadableSpec, Readiness, checked_readiness
from refocus.models.weights.hub import Announce, cached, fetch, find_repo
from refocus.models.weights.spec import WeightsSpec, is_repo
from refocus.prompts.vocabulary import words_of
from refocus.subjects.grounding import find_subject
from refocus.subjects.people import names_eyes
from refocus.subjects.region import BUILT_IN, Region, components, outline, side_weight, view_of
from refocus.subjects.scenery import depth_weight

_MIN_PROBABILITY = 0.25
_SHARE_OF_PEAK = 0.5


class PhraseMasker(Protocol):
    """A referring segmentation network, such as `refocus.models.clipseg.network.PhraseMask`."""

    @property
    def name(self) -> str:
        """The name shown to the user."""

    def __call__(self, rgb: NDArray[np.uint8], phrase: str) -> NDArray[np.float32]:
        """(height, width) float32 in [0, 1] for (height, width, 3) uint8 sRGB."""


def suits_network(subject: str) -> bool:
    """Whether a network can find it: phrases with a noun, except eyes, which are too small at its 352 px."""
    return bool(words_of(subject)) and not names_eyes(words_of(subject))


def find_with_network(
    masker: PhraseMasker,
    rgb: NDArray[np.uint8],
    disparity: Disparity,
    subject: str,
    side: str | None,
    *,
    place: str | None = None,
) -> Region | None:
    """As `find_subject`, with a network; None when its mask is weak everywhere.

    Raises:
        BadInput: on pictures of another shape or type, or when the sizes differ.
    """
    view = view_of(rgb, disparity)
    height, width = view.size
    probability = cv2.resize(masker(view.rgb, subject), (width, height), interpolation=cv2.INTER_LINEAR)
    score = probability * side_weight(view.size, side) * depth_weight(view, place)
    peak = float(score.max())
    if float(probability[score >= _SHARE_OF_PEAK * peak].max(initial=0.0)) < _MIN_PROBABILITY:
        return None
    regions = components(score >= _SHARE_OF_PEAK * peak)
    if not regions:
        return None
    weights = [float(score[region].sum()) for region in regions]
    best = regions[int(np.argmax(weights))]
    mask = outline(view, best)
    share = 100 * mask.mean()
    several = len(components(probability >= _SHARE_OF_PEAK * probability.max())) > 1
    where = f", the one on the {side}" if side in ("left", "right") and several else ""
    note = f"{masker.name} marked the {subject}{where} ({share:.0f} % of the picture)."
    return view.region(mask, float(np.percentile(probability[best], 75)), note, finder=masker.name)


class NetworkSubjectFinder:
    """A `SubjectFinder` that tries a network first. It is loaded once, at its first use; safe to share between threads.

    The network runs on the CPU, where a phrase takes about a second, and leaves GPUs to the diffusion engines.

    Args:
        models: folder of weights in the hub's layout; None looks into the hub's cache.
        model: "owner/name" of a CLIPSeg on the hub, a folder that holds one, or "built-in" for no network. None takes
            the default one if its weights are present; without them the built-in finder is used without a note.
    """

    spec = DownloadableSpec(
        name="subjects",
        title="Subject network",
        summary="Helps every engine: finds what a prompt names, also what the built-in finder has no word for.",
        needs=f"Runs on any computer; a download of {DEFAULT_WEIGHTS.size_bytes / 1e9:.1f} GB under "
        f"{DEFAULT_WEIGHTS.licence}.",
    )

    def __init__(self, *, models: Path | None = None, model: str | None = None) -> None:
        self._models = models
        self._model = model
        self._slot: ModelSlot[PhraseMask] = ModelSlot()

    @property
    def weights(self) -> WeightsSpec:
        """The network's files on the hub."""
        return DEFAULT_WEIGHTS if self._model in (None, BUILT_IN) else weights_of(str(self._model))

    def readiness(self) -> Readiness:
        """Whether the network can run, judged by its config and the header of its weights, without torch."""
        if self._model == BUILT_IN:
            return Readiness(False, "it is switched off.", "Unset REFOCUS_SUBJECT_MODEL, or name a model with it.")
        return checked_readiness(lambda: check_folder(self._folder()))

    def download(self, announce: Announce) -> None:
        """See `Engine.download`."""
        fetch(self.weights, announce)

    def __call__(
        self, rgb: NDArray[np.uint8], disparity: Disparity, subject: str, side: str | None, *, place: str | None = None
    ) -> Region:
        """See `find_subject`. The explanation says why the network did not find the subject, if it was chosen."""
        reason = ""
        if self._model != BUILT_IN and suits_network(subject):
            try:
                with self._slot.exclusive(lambda: None):
                    network = self._loaded()
                    found = find_with_network(network, rgb, disparity, subject, side, place=place)
            except WeightsMissing as error:
                reason = "" if self._model is None else f"The network for subjects cannot be used: {error.message} "
            else:
                if found is not None:
                    return found
                reason = f"{network.name} saw no “{subject}”. "
        region = find_subject(rgb, disparity, subject, side, place=place)
        return replace(region, explanation=reason + region.explanation)

    def _loaded(self) -> PhraseMask:
        folder = self._folder()

        def load() -> PhraseMask:
            hide_loading_messages()
            return PhraseMask.load(folder)

        return self._slot.get_or_load(folder, load)

    def _folder(self) -> Path:
        """The folder of the network.

        Raises:
            WeightsMissing: when there is none; nothing is downloaded.
        """
        own = None if self._model is None else Path(self._model).expanduser()
        if own is not None and (own / "config.json").is_file():
            return own
        if own is not None and not is_repo(str(self._model)):
            raise WeightsMissing(
                f"there is no model in {own}.", todo="Choose the folder of a CLIPSeg in the hub's layout."
            )
        found = None if self._models is None else find_repo(self._models, self.weights)
        if found is None:
            found = cached(self.weights)
        if found is None:
            raise WeightsMissing(
                f"its weights ({self.weights.repo}) are not here.",
                todo=f"`python -m refocus engines --download {self.spec.name}`, or put them below REFOCUS_MODELS.",
            )
        return found
