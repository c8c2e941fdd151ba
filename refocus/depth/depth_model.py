"""The depth network named in the settings: found or downloaded, loaded once, and shared by all users."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, Progress, WeightsMissing
from refocus.depth.resample import align_to_photo
from refocus.models.memory import explain_out_of_memory
from refocus.models.monocular_depth.checkpoint import (
    DEFAULT,
    KNOWN,
    DepthFolder,
    DepthNetworkSpec,
    check_folder,
    find_folder,
    spec_of,
    title_of,
)
from refocus.models.monocular_depth.network import DepthNetwork, Prediction
from refocus.models.runtime.jobs import OnStep
from refocus.models.runtime.shared_model import SharedModel
from refocus.models.weights.components import hide_loading_messages
from refocus.models.weights.downloadable import DownloadableSpec, Readiness, checked_readiness
from refocus.models.weights.hub import Announce, Download, cached, fetch
from refocus.models.weights.spec import is_repo

logger = logging.getLogger(__name__)
_LESS_MEMORY = "Choose Depth Anything V2 Small, or the built-in depth."
_HOW_TO_GET = "Run `python -m refocus engines --download depth`, or choose it once."


@dataclass(frozen=True, slots=True, eq=False)
class DepthJob:
    """One photo to predict the disparity of; data on the CPU only.

    Attributes:
        photo_srgb: (height, width, 3) uint8.
        focal_length_35mm: of the lens, when known.
    """

    photo_srgb: NDArray[np.uint8]
    focal_length_35mm: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PredictedDepth:
    """The network's prediction for a photo.

    Attributes:
        disparity: of the photo's size.
        focal_length_35mm: the focal length it predicts; None for a network that predicts none.
    """

    disparity: Disparity
    focal_length_35mm: float | None


class DepthModel(SharedModel[DepthJob, Prediction]):
    """A depth network that all users share.

    Args:
        name: hub name, folder, or folder inside `models`; None for the default network.
        models: folder of weights, searched before the hub's cache.
        device: "cpu", "cuda", ...; None uses a GPU if there is one.
        may_download: whether it may be downloaded, see `Settings.downloads`.
        cache_dir, endpoint: defaults of huggingface_hub when None.
    """

    spec = DownloadableSpec(
        name="depth",
        title="Depth network",
        summary="Helps thin-lens and generative: sees how near things are, better than the built-in network.",
        needs=f"Runs on any computer. {' or '.join(map(str, KNOWN))}; REFOCUS_DEPTH_MODEL names one.",
    )

    def __init__(
        self,
        name: str | None = None,
        *,
        models: Path | None = None,
        device: str | None = None,
        may_download: bool = True,
        cache_dir: Path | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(device=device, zero_gpu=False)
        self._may_download = may_download
        self._name = name or DEFAULT.weights.repo
        self._models = models
        self._cache_dir, self._endpoint = cache_dir, endpoint
        self.configured = name is not None

    @property
    def title(self) -> str:
        """Name for display."""
        return title_of(self._name)

    @property
    def offer(self) -> str:
        """Its label where users choose the depth, with size and licence when a download is needed; empty when it can
        neither be used nor downloaded."""
        if self.readiness().ready:
            return self.title
        return str(self._spec()) if self._may_download and is_repo(self._name) else ""

    def find(self) -> DepthFolder | None:
        """The folder of the complete network; None when it must be downloaded.

        Raises:
            WeightsMissing: when its folder does not exist, or holds a damaged or another model.
        """
        folder = find_folder(self._name, self._models)
        if folder is None:
            folder = cached(spec_of(self._name).weights, cache_dir=self._cache_dir)
        return None if folder is None else check_folder(folder)

    def readiness(self) -> Readiness:
        """Checks configs and headers of the weights; without torch and network."""
        return checked_readiness(self._found)

    def download(self, announce: Announce, report: Callable[[float], None] | None = None) -> None:
        """Download it from the hub unless it is there; size and licence are announced first.

        Raises:
            WeightsMissing: when the hub does not answer in time or refuses, when downloads are switched off, or when
                the weights found are damaged.
            Cancelled: from `announce` or `report`, passed on.
        """
        if self.find() is not None:
            return
        weights = self._spec().weights
        if not self._may_download:
            raise WeightsMissing(
                f"This Space has no {self.title}.", todo="Choose another depth; its owner can add it to the Space."
            )
        try:
            fetch(weights, announce, cache_dir=self._cache_dir, endpoint=self._endpoint, report=report)
        except WeightsMissing as error:
            raise WeightsMissing(
                error.message,
                todo=f"Choose another depth, or fetch {', '.join(weights.files)} from {weights.page} into a folder and "
                "set REFOCUS_DEPTH_MODEL to it.",
            ) from error

    def download_reporting(self, progress: Progress) -> tuple[str, ...]:
        """As `download`, with size and licence in the progress messages.

        Returns:
            A note for the user when something was downloaded.
        """
        notes: list[str] = []

        def announce(download: Download) -> None:
            size = f"{download.size_bytes / 1e6:.0f} MB"
            notes.append(f"{self.title} was downloaded ({size}, licence: {download.licence}).")
            logger.info("downloading %s", download)
            progress(f"Downloading {self.title}: {size}, licence {download.licence}", 0.0)

        def report(done: float) -> None:
            progress(f"Downloading {self.title}", done)

        self.download(announce, report)
        return tuple(notes)

    def predict(
        self, photo_srgb: NDArray[np.uint8], focal_length_35mm: float | None, on_wait: Callable[[], None]
    ) -> PredictedDepth:
        """Predict the disparity of a photo, aligned to its edges.

        Args:
            photo_srgb: (height, width, 3) uint8 sRGB.
            focal_length_35mm: of the lens, when known.
            on_wait: called repeatedly while another run holds the network; may raise `Cancelled`.

        Raises:
            WeightsMissing: when the network is missing, damaged or of another class.
            EngineNotReady: when memory is short.
        """
        with self.exclusive(on_wait), explain_out_of_memory(_LESS_MEMORY):
            self._place()
            prediction = self.run(DepthJob(photo_srgb, focal_length_35mm), lambda step: None)
        values = prediction.disparity
        if not prediction.metric:
            low, high = float(values.min()), float(values.max())
            values = (values - low) / max(high - low, 1e-12)
        unit = ", in metres" if prediction.metric else ""
        disparity = Disparity(
            _with_photo_proportions(values, photo_srgb),
            metric=prediction.metric,
            source=f"seen by {self.title}{unit}",
            origin="model",
        )
        return PredictedDepth(align_to_photo(disparity, photo_srgb), prediction.focal_length_35mm)

    def _spec(self) -> DepthNetworkSpec:
        return spec_of(self._name) if is_repo(self._name) else DEFAULT

    def _found(self) -> DepthFolder:
        folder = self.find()
        if folder is None:
            raise WeightsMissing(f"{self._spec()} is not here yet.", todo=_HOW_TO_GET)
        return folder

    def _place(self) -> None:
        folder = self._found()
        self._slot.get_or_load(folder, lambda: self._load(folder))

    def _load(self, folder: DepthFolder) -> DepthNetwork:
        hide_loading_messages()
        import torch

        device = self.device()
        # The steps of bfloat16, 256 per octave, would be visible as bands.
        dtype = torch.float32 if device.type == "cpu" else torch.float16
        return DepthNetwork.load(folder, device=device, dtype=dtype)

    def _run_job(self, job: DepthJob, on_step: OnStep) -> Prediction:
        network = cast(DepthNetwork, self._slot.model)
        return network.predict(job.photo_srgb, focal_length_35mm=job.focal_length_35mm)


def _with_photo_proportions(values: NDArray[np.float32], photo_srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Undo the stretching to the network's input size; the result is not larger than the photo."""
    import cv2

    height, width = photo_srgb.shape[:2]
    rows, columns = values.shape
    scale = min(1.0, max(rows / height, columns / width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)
