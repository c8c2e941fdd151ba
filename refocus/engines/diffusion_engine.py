"""What the diffusion engines have in common: readiness, preparation for ZeroGPU, and the announced duration."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from refocus.models.runtime.devices import cpu_seconds, format_duration, likely_device
from refocus.models.runtime.shared_model import SharedModel
from refocus.models.weights.downloadable import Readiness, checked_readiness
from refocus.models.weights.spec import NO_REVISIONS

Model = TypeVar("Model", bound=SharedModel[Any, Any])


class DiffusionEngine(ABC, Generic[Model]):
    """An engine with a diffusion model that all users share.

    Args:
        models: folder of weights; None looks into the hub's cache.
        device: "cpu", "cuda", ...; None uses a GPU if there is one.
        zero_gpu: whether this is a Space on ZeroGPU.
        memory: name of the memory mode; None chooses the best mode that fits.
        revisions: revision of each repository of weights; the default revision for those not named.
    """

    model_class: ClassVar[type[SharedModel[Any, Any]]]

    def __init__(
        self,
        *,
        models: Path | None = None,
        device: str | None = None,
        zero_gpu: bool = False,
        memory: str | None = None,
        revisions: Mapping[str, str] = NO_REVISIONS,
    ) -> None:
        self._models = models
        self._revisions = revisions
        self._device = device
        self._zero_gpu = zero_gpu
        self._prepared = False
        self._model: Model = self.model_class(device=device, zero_gpu=zero_gpu, memory=memory)  # type: ignore[assignment]

    @abstractmethod
    def _typical_flops(self) -> float:
        """Operations of a typical run, once configs and headers of the weights are checked; without torch.

        Raises:
            WeightsMissing: when a part is missing, damaged or of another model.
        """

    @abstractmethod
    def _cpu_warning(self, duration: str) -> str:
        """A clause on how long a typical run takes on a processor."""

    @abstractmethod
    def _place_typical(self) -> None:
        """Load the model and place it for a picture of the usual size; called while the model is held."""

    def readiness(self) -> Readiness:
        """Checks configs and headers of the weights; without torch and network."""
        flops: list[float] = []
        state = checked_readiness(lambda: flops.append(self._typical_flops()))
        if state.ready and self._prepared and not self._model.is_loaded:
            # ZeroGPU takes a model to a GPU only when it was placed before the app started.
            return Readiness(False, "its weights came after this Space had started.", "Restart the Space.")
        if not state.ready or likely_device(self._device, zero_gpu=self._zero_gpu) != "cpu":
            return state
        return Readiness(True, only_by_name=self._cpu_warning(format_duration(cpu_seconds(flops[0]))))

    def prepare(self) -> None:
        """On ZeroGPU: register, then load and place the model in this process, before the app starts."""
        if not self._zero_gpu:
            return
        self._model.register_zero_gpu()
        if self.readiness().ready:
            with self._model.exclusive(lambda: None):
                self._place_typical()
        self._prepared = True

    def _cpu_duration(self, flops: float) -> str:
        """How long that many operations take, when they run on a processor; else empty."""
        return format_duration(cpu_seconds(flops)) if self._model.device().type == "cpu" else ""


def format_steps(steps: int) -> str:
    """A number of steps in words: "1 step", "28 steps"."""
    return f"{steps} step{'' if steps == 1 else 's'}"
