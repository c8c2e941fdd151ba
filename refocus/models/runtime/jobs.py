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

_OR_THIN_LENS = "The thin-lens engine needs no GPU: choose it under “Engine”."
_ZERO_GPU_ADVICE = {
    "ZeroGPU quota exceeded": ("", "Fewer steps need less of it."),
    "ZeroGPU pending credits exceeded": ("", ""),
    "ZeroGPU illegal duration": ("", "Choose fewer steps or a smaller picture."),
    "ZeroGPU queue timeout": ("No GPU of ZeroGPU became free within a minute.", "Try again later."),
    "ZeroGPU client error": ("", "Try again later."),
    "ZeroGPU worker error": ("The run on ZeroGPU was aborted.", "Try again with fewer steps."),
}
"""By the title of an error of `spaces`: a sentence in place of its own, and what to do."""

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
    process, so its argument and its events must hold data on the CPU only. It asks for a `large` GPU of 48 GB, which
    holds every model in its best memory mode (see `refocus.models.memory`).

    Args:
        work: a generator function, see `as_events`.
        duration_s: longest duration of a job in seconds.

    Returns:
        The function; it raises `EngineNotReady` when ZeroGPU gives no GPU, or takes it back, and `Cancelled` when the
        visitor left while waiting for one.
    """
    import spaces

    decorated: Callable[[Job], Generator[Event[Result]]] = spaces.GPU(work, duration=duration_s)
    if decorated is work:
        return work

    def run(job: Job) -> Generator[Event[Result]]:
        try:
            yield from decorated(job)
        except Exception as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
            raise refusal from error

    return run


def _refusal(error: Exception) -> RefocusError | None:
    """What an exception of the package `spaces` means to the visitor; None for another exception.

    Its errors tell the cases apart by their title alone.
    """
    title, reason = getattr(error, "title", ""), str(getattr(error, "message", error)).strip()
    if title in _ZERO_GPU_ADVICE:
        own, advice = _ZERO_GPU_ADVICE[title]
        return EngineNotReady(own or reason, todo=f"{advice} {_OR_THIN_LENS}".strip())
    if type(error) is not RuntimeError:
        return None
    return Cancelled() if "closed by visitor" in reason else EngineNotReady(f"{reason}.", todo=_OR_THIN_LENS)


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
