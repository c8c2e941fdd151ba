"""Models that all users share: loaded once, and used by one run at a time."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from refocus.models.runtime.devices import find_device, free_bytes
from refocus.models.runtime.jobs import Event, OnStep, as_events, on_zero_gpu, wait_for_result

if TYPE_CHECKING:
    import torch

Model = TypeVar("Model")
Job = TypeVar("Job")
Result = TypeVar("Result")

_WAIT_INTERVAL_S = 0.2


class ModelSlot(Generic[Model]):
    """Holds at most one loaded model. One run uses it at a time, since a diffusion scheduler keeps state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Hashable = None
        self._model: Model | None = None

    @property
    def model(self) -> Model | None:
        """The loaded model, or None."""
        return self._model

    @contextmanager
    def exclusive(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Hold the model for the duration of the block, once no other run holds it.

        Args:
            on_wait: called repeatedly while another run holds the model; may raise `Cancelled`.
        """
        while not self._lock.acquire(timeout=_WAIT_INTERVAL_S):
            on_wait()
        try:
            yield
        finally:
            self._lock.release()

    def get_or_load(self, key: Hashable, load: Callable[[], Model]) -> Model:
        """The model with this key; another model is unloaded first. To be called within `exclusive`."""
        if self._model is None or key != self._key:
            self._model = None  # two models at once may exceed the memory
            self._model = load()
            self._key = key
        return self._model


class SharedModel(ABC, Generic[Job, Result]):
    """A model on its device that runs jobs, on this computer or on ZeroGPU. Jobs and results hold CPU data only.

    Args:
        device: "cpu", "cuda", ...; None uses a GPU if there is one.
        zero_gpu: whether this is a Space on ZeroGPU.
        memory: name of the memory mode; None chooses the best mode that fits.
    """

    def __init__(self, *, device: str | None, zero_gpu: bool, memory: str | None = None) -> None:
        self._asked_device = device
        self._zero_gpu = zero_gpu
        self._memory = memory
        self._slot: ModelSlot[Any] = ModelSlot()
        self._events_of: Callable[[Job], Generator[Event[Result]]] = self._job_events

    @abstractmethod
    def _run_job(self, job: Job, on_step: OnStep) -> Result:
        """Run one job with the loaded model."""

    def _max_gpu_seconds(self, job: Job) -> int:
        """Longest duration of a job on ZeroGPU."""
        return 60  # ZeroGPU's own default

    def register_zero_gpu(self) -> None:
        """Register with ZeroGPU; in the main process, before torch is imported."""
        self._events_of = on_zero_gpu(self._job_events, self._max_gpu_seconds)

    @property
    def is_loaded(self) -> bool:
        """Whether a model is loaded."""
        return self._slot.model is not None

    def device(self) -> "torch.device":
        """See `find_device`."""
        return find_device(self._asked_device, zero_gpu=self._zero_gpu)

    @contextmanager
    def exclusive(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """See `ModelSlot.exclusive`; a model is loaded, placed and run within this block."""
        with self._slot.exclusive(on_wait):
            yield

    def run(self, job: Job, on_step: OnStep) -> Result:
        """Run one job; the model must be loaded and placed."""
        if self._zero_gpu:
            return wait_for_result(self._events_of(job), on_step)
        return self._run_job(job, on_step)

    def _available_bytes(self, device: "torch.device") -> int:
        """Memory the model may use on a device: the free memory and what the model already occupies there."""
        parts = [] if self._slot.model is None else self._slot.model.components.values()
        values = [value for part in parts if hasattr(part, "parameters") for value in part.parameters()]
        loaded = sum(value.numel() * value.element_size() for value in values if value.device.type == device.type)
        return free_bytes(device) + loaded

    def _job_events(self, job: Job) -> Generator[Event[Result]]:
        """The job's events; a generator function, as `on_zero_gpu` needs it."""
        yield from as_events(lambda on_step: self._run_job(job, on_step))
