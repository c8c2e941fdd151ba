"""The depth network of this installation: named by the settings, found or downloaded, loaded once for everybody."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from refocus.core import Disparity, Progress, WeightsMissing
from refocus.depth.align_to_photo import align_to_photo
from refocus.models.memory import explain_out_of_memory
from refocus.models.monocular_depth.checkpoint import (
    DEFAULT,
    KNOWN,
    DepthFolder,
    DepthNetworkSpec,
    check_folder,
    find_folder,
    is_repo,
    spec_of,
    title_of,
)
from refocus.models.monocular_depth.network import DepthNetwork, Prediction
from refocus.models.runtime.devices import missing_package
from refocus.models.runtime.jobs import OnStep, quiet_loading
from refocus.models.runtime.shared_model import SharedModel
from refocus.models.weights.downloadable import DownloadableSpec, Readiness
from refocus.models.weights.hub import Announce, Download, cached, fetch

logger = logging.getLogger(__name__)
_ZERO_GPU_SECONDS = 30
_LESS_MEMORY = "Choose Depth Anything V2 Small, or the built-in depth."
_DOWNLOAD = "`python -m refocus engines --download depth`"


@dataclass(frozen=True, slots=True, eq=False)
class DepthJob:
    """One photo to look at; data of the CPU only.

    Attributes:
        photo_srgb: (height, width, 3) uint8.
        focal_length_35mm: of its lens when known.
    """

    photo_srgb: NDArray[np.uint8]
    focal_length_35mm: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PredictedDepth:
    """What the network answered for a photo.

    Attributes:
        disparity: of the photo's size.
        focal_length_35mm: the lens it thinks the photo was taken with; None when it does not tell.
    """

    disparity: Disparity
    focal_length_35mm: float | None


class DepthModel(SharedModel[DepthJob, Prediction]):
    """Finds, downloads, holds and runs one depth network.

    Args:
        name: hub name, folder, or folder inside `models`; None for the default, which is used only once it is here.
        models: folder of weights, looked into before the hub's cache.
        device: "cpu", "cuda", ...; None takes a GPU when there is one.
        zero_gpu: whether GPUs are borrowed from ZeroGPU.
        cache_dir, endpoint: huggingface_hub's own when None.
    """

    spec = DownloadableSpec(
        name="depth",
        title="Depth network",
        summary="Helps thin-lens and generative: sees how near things are, far better than the built-in estimate.",
        needs=f"Runs on any computer. {' or '.join(map(str, KNOWN))}; REFOCUS_DEPTH_MODEL names one.",
    )

    def __init__(
        self,
        name: str | None = None,
        *,
        models: Path | None = None,
        device: str | None = None,
        zero_gpu: bool = False,
        cache_dir: Path | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(device=device, zero_gpu=zero_gpu)
        self._name = name or DEFAULT.weights.repo
        self._models = models
        self._cache_dir, self._endpoint = cache_dir, endpoint
        self.configured = name is not None

    @property
    def title(self) -> str:
        """How it is called in sentences."""
        return title_of(self._name)

    def find(self) -> DepthFolder | None:
        """The whole network on this computer; None when it is to be downloaded.

        Raises:
            WeightsMissing: when its folder does not exist, or holds a damaged model or another one.
        """
        folder = find_folder(self._name, self._models)
        if folder is None:
            folder = cached(spec_of(self._name).weights, cache_dir=self._cache_dir)
        return None if folder is None else check_folder(folder)

    def readiness(self) -> Readiness:
        """Looks at configs and headers of the weights; no torch, no network."""
        package = missing_package()
        if package is not None:
            return Readiness(False, f"the package {package} is not installed.", "Run: pip install -r requirements.txt.")
        try:
            if self.find() is not None:
                return Readiness(True)
        except WeightsMissing as error:
            return Readiness(False, error.message, error.todo)
        return Readiness(False, f"{self._spec()} is not here yet.", f"Run {_DOWNLOAD}, or choose it once.")

    def prepare(self) -> None:
        """On ZeroGPU: ask for GPUs, then load the network and place it, before the app starts."""
        if not self._zero_gpu:
            return
        self.register_zero_gpu()
        if self.readiness().ready:
            with self.turn(lambda: None):
                self._place()

    def download(self, announce: Announce, report: Callable[[float], None] | None = None) -> None:
        """Get it from the hub unless it is here; size and licence are told first.

        Raises:
            WeightsMissing: when the hub does not answer in time or refuses, or what is here is damaged.
            Cancelled: from `announce` or `report`, passed on.
        """
        if self.find() is None:
            fetch(self._spec().weights, announce, cache_dir=self._cache_dir, endpoint=self._endpoint, report=report)

    def download_reporting(self, progress: Progress) -> tuple[str, ...]:
        """As `download`, told as a stage with size and licence; returns a note when something was downloaded."""
        told: list[str] = []

        def announce(download: Download) -> None:
            size = f"{download.size_bytes / 1e6:.0f} MB"
            told.append(f"{self.title} was downloaded ({size}, licence: {download.licence}).")
            logger.info("downloading %s", download)
            progress(f"Downloading {self.title}: {size}, licence {download.licence}", 0.0)

        def report(done: float) -> None:
            progress(f"Downloading {self.title}", done)

        self.download(announce, report)
        return tuple(told)

    def predict(
        self, photo_srgb: NDArray[np.uint8], focal_length_35mm: float | None, waiting: Callable[[], None]
    ) -> PredictedDepth:
        """Look at a photo, in a turn of its own.

        Args:
            photo_srgb: (height, width, 3) uint8 sRGB.
            focal_length_35mm: of its lens when known.
            waiting: called now and then while others have the network; may raise `Cancelled`.

        Raises:
            WeightsMissing: when the network is not here, damaged or of another class.
            EngineNotReady: when the memory does not suffice.
        """
        with self.turn(waiting), explain_out_of_memory(_LESS_MEMORY):
            self._place()
            seen = self.run(DepthJob(photo_srgb, focal_length_35mm), lambda step: None)
        values = seen.disparity
        if not seen.metric:
            low, high = float(values.min()), float(values.max())
            values = (values - low) / max(high - low, 1e-12)
        metric = ", in metres" if seen.metric else ""
        found = Disparity(values, metric=seen.metric, source=f"seen by {self.title}{metric}", origin="model")
        return PredictedDepth(align_to_photo(_of_proportions(found, photo_srgb), photo_srgb), seen.focal_length_35mm)

    def _spec(self) -> DepthNetworkSpec:
        return spec_of(self._name) if is_repo(self._name) else DEFAULT

    def _place(self) -> None:
        folder = self.find()
        if folder is None:
            raise WeightsMissing(f"{self._spec()} is not here yet.", todo=f"Run {_DOWNLOAD}.")
        self._slot.get(folder, lambda: self._load(folder))

    def _load(self, folder: DepthFolder) -> Any:
        import torch

        device = self.device()
        with quiet_loading():
            # bfloat16 would show its 256 steps as bands in the map.
            dtype = torch.float32 if device.type == "cpu" else torch.float16
            return DepthNetwork.load(folder, device=device, dtype=dtype)

    def _generate(self, job: DepthJob, on_step: OnStep) -> Prediction:
        network = cast(DepthNetwork, self._slot.model)
        return network.predict(job.photo_srgb, focal_length_35mm=job.focal_length_35mm)

    def _max_gpu_seconds(self, job: DepthJob) -> int:
        return _ZERO_GPU_SECONDS


def _of_proportions(disparity: Disparity, photo_srgb: NDArray[np.uint8]) -> Disparity:
    """The map without the stretch that the network's own size gave it."""
    import cv2

    height, width = photo_srgb.shape[:2]
    rows, columns = disparity.values.shape
    scale = min(1.0, max(rows / height, columns / width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    values = cv2.resize(disparity.values, size, interpolation=cv2.INTER_LINEAR)
    return replace(disparity, values=np.asarray(values, np.float32))
