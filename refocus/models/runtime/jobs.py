"""Runs of a model as jobs: seeds, steps that report and can be stopped, and runs in another process on ZeroGPU."""

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from refocus.core import Cancelled, EngineNotReady, RefocusError

if TYPE_CHECKING:
    import torch

Job = TypeVar("Job")
Result = TypeVar("Result")

OnStep = Callable[[int], None]
"""Called with the number of steps done; raises to stop the run."""


def seeded(seed: int) -> "torch.Generator":
    """A generator on the CPU, so that a seed gives the same noise on every device."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def step_callback(on_step: OnStep) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """`on_step` as a diffusers `callback_on_step_end`."""

    def callback(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        on_step(step + 1)
        return tensors

    return callback


@dataclass(frozen=True, slots=True)
class Step:
    """Event: this many steps are done."""

    done: int


@dataclass(frozen=True, slots=True, eq=False)
class Finished(Generic[Result]):
    """Event: the job is finished."""

    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    """Event: the job failed with an error the user can fix.

    It is sent as data, because the process of a ZeroGPU function passes on only the names of exceptions.
    """

    error: RefocusError


Event = Step | Finished[Result] | Failed


def on_zero_gpu(
    work: Callable[[Job], Generator[Event[Result]]], duration_s: Callable[[Job], int]
) -> Callable[[Job], Generator[Event[Result]]]:
    """Run a generator function on a GPU of ZeroGPU; elsewhere it is returned unchanged.

    Must be called before torch is imported, and models must be placed afterwards. The function runs in another
    process, so its argument and its events must hold data on the CPU only.

    Args:
        work: a generator function, see `as_events`.
        duration_s: longest duration of a job in seconds.
    """
    import spaces

    return spaces.GPU(work, duration=duration_s)


def as_events(work: Callable[[OnStep], Result]) -> Generator[Event[Result]]:
    """Run `work(on_step)` in a thread and yield its events; closing the generator stops it at the next step."""
    stopped = threading.Event()
    events: queue.SimpleQueue[Event[Result] | BaseException] = queue.SimpleQueue()

    def on_step(done: int) -> None:
        if stopped.is_set():
            raise Cancelled
        events.put(Step(done))

    def run() -> None:
        try:
            events.put(Finished(work(on_step)))
        except RefocusError as error:
            events.put(Failed(error))
        except BaseException as error:  # noqa: BLE001 - raised by the consumer
            events.put(error)

    worker = threading.Thread(target=run, daemon=True, name="model run")
    worker.start()
    try:
        while True:
            event = events.get()
            if isinstance(event, BaseException):
                raise event
            yield event
            if not isinstance(event, Step):
                return
    finally:
        stopped.set()
        worker.join()


def wait_for_result(events: Generator[Event[Result]], on_step: OnStep) -> Result:
    """Consume the events of `as_events`: report the steps and return the result.

    Raises:
        RefocusError: raised by the job, or by `on_step`.
        EngineNotReady: when the events end without a result.
    """
    finished: Finished[Result] | None = None
    with closing(events):
        for event in events:  # to the end, so that ZeroGPU releases the GPU
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Finished):
                finished = event
            else:
                on_step(event.done)
    if finished is None:
        raise EngineNotReady("ZeroGPU took the GPU back before the end of the run.", todo="Try again with fewer steps.")
    return finished.result
