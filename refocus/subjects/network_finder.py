"""Finds subjects with a segmentation network from the hub if its weights are present, else with the built-in finder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, WeightsMissing
from refocus.models.clipseg.checkpoint import DEFAULT_WEIGHTS, check_folder, weights_of
from refocus.models.clipseg.network import PhraseMask
from refocus.models.runtime.shared_model import ModelSlot
from refocus.models.weights.components import hide_loading_messages
from refocus.models.weights.downloadable import DownloadableSpec, Readiness, checked_readiness
from refocus.models.weights.hub import Announce, cached, fetch, find_repo
from refocus.models.weights.spec import WeightsSpec
from refocus.subjects import Region, find_subject, find_with_network, suits_network
from refocus.subjects.region import BUILT_IN


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
        if own is not None and not _is_repo(str(self._model)):
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


def _is_repo(name: str) -> bool:
    """Whether a name can be one on the hub, "owner/name"."""
    owner, _, rest = name.partition("/")
    return bool(owner.strip(".~") and rest) and "/" not in rest
