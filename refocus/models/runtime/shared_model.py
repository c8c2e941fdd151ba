"""A diffusion model that many users share: on its device, one job at a time, on a GPU of one's own or a lent one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from refocus.models.runtime.devices import find_device, free_bytes
from refocus.models.runtime.jobs import Event, ModelSlot, OnStep, as_events, on_zero_gpu, wait_for_result

if TYPE_CHECKING:
    import torch

Job = TypeVar("Job")
Result = TypeVar("Result")


class SharedModel(ABC, Generic[Job, Result]):
    """Holds a diffusers pipeline and runs jobs with it. Jobs and results are data of the CPU only.

    Args:
        device: "cpu", "cuda", ...; None takes a GPU when there is one.
        zero_gpu: whether GPUs are borrowed from ZeroGPU.
    """

    def __init__(self, *, device: str | None, zero_gpu: bool) -> None:
        self._asked_device = device
        self._zero_gpu = zero_gpu
        self._slot: ModelSlot[Any] = ModelSlot()
        self._borrowing: Callable[[Job], Generator[Event[Result]]] = self._events

    @abstractmethod
    def _generate(self, job: Job, on_step: OnStep) -> Result:
        """Run one job where the model lies."""

    @abstractmethod
    def _max_gpu_seconds(self, job: Job) -> int:
        """How long a job may take, at most, on a lent GPU."""

    def register_zero_gpu(self) -> None:
        """Register with ZeroGPU, in the main process before torch is imported."""
        self._borrowing = on_zero_gpu(self._events, self._max_gpu_seconds)

    def device(self) -> "torch.device":
        """See `find_device`."""
        return find_device(self._asked_device, zero_gpu=self._zero_gpu)

    @contextmanager
    def turn(self, waiting: Callable[[], None]) -> Iterator[None]:
        """See `ModelSlot.turn`; loading, placing and running belong in it."""
        with self._slot.turn(waiting):
            yield

    def run(self, job: Job, on_step: OnStep) -> Result:
        """Run one job; the model is placed."""
        if self._zero_gpu:
            return wait_for_result(self._borrowing(job), on_step)
        return self._generate(job, on_step)

    def _room_bytes(self, device: "torch.device") -> int:
        """Memory the model may take on a device: what is free, and what it has there already."""
        return free_bytes(device) + self._held_bytes(device)

    def _held_bytes(self, device: "torch.device") -> int:
        parts = [] if self._slot.model is None else self._slot.model.components.values()
        values = [value for part in parts if hasattr(part, "parameters") for value in part.parameters()]
        return sum(value.numel() * value.element_size() for value in values if value.device.type == device.type)

    def _events(self, job: Job) -> Generator[Event[Result]]:
        """`_generate` for another process; a generator function, as `on_zero_gpu` wants it."""
        yield from as_events(lambda on_step: self._generate(job, on_step))


AnySharedModel = SharedModel[Any, Any]
