"""What the diffusion engines do alike: tell whether they can run here, and make ready for lent GPUs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.models.runtime.devices import likely_device, missing_package
from refocus.models.runtime.shared_model import AnySharedModel
from refocus.models.weights.downloadable import Readiness
from refocus.models.weights.spec import NO_REVISIONS


class DiffusionEngine(ABC):
    """An engine around a diffusion model that all users share.

    Args:
        models: folder of weights; None looks into the hub's cache.
        device: "cpu", "cuda", ...; None takes a GPU when there is one.
        zero_gpu: whether GPUs are borrowed from ZeroGPU.
        revisions: of the weights, by repository; those not named are as in their table.
    """

    def __init__(
        self,
        *,
        models: Path | None = None,
        device: str | None = None,
        zero_gpu: bool = False,
        revisions: Mapping[str, str] = NO_REVISIONS,
    ) -> None:
        self._models = models
        self._revisions = revisions
        self._device = device
        self._zero_gpu = zero_gpu

    @property
    @abstractmethod
    def _shared_model(self) -> AnySharedModel:
        """The model."""

    @abstractmethod
    def _slow_here(self) -> str:
        """How long a processor takes, as a clause, once configs and headers of the weights are checked; no torch.

        Raises:
            WeightsMissing: when a part is missing, damaged or of another model.
        """

    @abstractmethod
    def _place_typical(self) -> None:
        """Load the model and place it for a picture of the usual size; called in its turn."""

    def readiness(self) -> Readiness:
        """Looks at configs and headers of the weights; no torch, no network."""
        package = missing_package()
        if package is not None:
            return Readiness(False, f"the package {package} is not installed.", "Run: pip install -r requirements.txt.")
        try:
            slow = self._slow_here()
        except WeightsMissing as error:
            return Readiness(False, error.message, error.todo)
        on_processor = likely_device(self._device, zero_gpu=self._zero_gpu) == "cpu"
        return Readiness(True, only_by_name=slow if on_processor else "")

    def prepare(self) -> None:
        """On ZeroGPU: ask for GPUs, then load the model and place it, in this process, before the app starts."""
        if not self._zero_gpu:
            return
        self._shared_model.register_zero_gpu()
        if self.readiness().ready:
            with self._shared_model.turn(lambda: None):
                self._place_typical()
