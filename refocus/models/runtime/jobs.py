"""What the diffusion engines share: one model loaded once, seeds, steps that report and can be stopped, lent GPUs."""

import queue
import threading
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from refocus.core import Cancelled, EngineNotReady, RefocusError

if TYPE_CHECKING:
    import torch

Model = TypeVar("Model")
Job = TypeVar("Job")
Result = TypeVar("Result")

OnStep = Callable[[int], None]
"""Told how many steps are done; stops the run by raising."""

_LOOK_AGAIN_S = 0.2


class ModelSlot(Generic[Model]):
    """Holds one model for everybody and gives it to one run at a time: its scheduler keeps state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Hashable = None
        self._model: Model | None = None

    @property
    def model(self) -> Model | None:
        """The model held, or None."""
        return self._model

    @contextmanager
    def turn(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Wait until no other run has the model, and keep it until the end of the block.

        Args:
            waiting: called now and then meanwhile; may raise `Cancelled`.
        """
        while not self._lock.acquire(timeout=_LOOK_AGAIN_S):
            waiting()
        try:
            yield
        finally:
            self._lock.release()

    def get(self, key: Hashable, load: Callable[[], Model]) -> Model:
        """The model of that key, loaded now unless it is the one held. Call it within `turn`."""
        if self._model is None or key != self._key:
            self._model = None  # two at once may be more than the memory holds
            self._model = load()
            self._key = key
        return self._model


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Keep transformers' own bars and hints off the terminal while models are loaded; errors still come."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def seeded(seed: int) -> "torch.Generator":
    """A generator of the CPU, so that a seed means the same noise on every device."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def step_callback(on_step: OnStep) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """`on_step` in the form diffusers calls at the end of each denoising step."""

    def callback(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        on_step(step + 1)
        return tensors

    return callback


@dataclass(frozen=True, slots=True)
class Step:
    """So many steps are done."""

    done: int


@dataclass(frozen=True, slots=True, eq=False)
class Finished(Generic[Result]):
    """The run's result."""

    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    """An error the user can mend. It travels as data: a lent GPU's process passes on only the names of errors."""

    error: RefocusError


Event = Step | Finished[Result] | Failed


def on_zero_gpu(
    work: Callable[[Job], Generator[Event[Result]]], duration_s: Callable[[Job], int]
) -> Callable[[Job], Generator[Event[Result]]]:
    """Let a function borrow a GPU from ZeroGPU while it runs; elsewhere it stays as it is.

    Call it before torch is imported, and place the models afterwards. The function runs in another process, so only
    data of the CPU may go in and come out.

    Args:
        work: a generator function, see `as_events`.
        duration_s: how long a job may take, at most.
    """
    import spaces

    return spaces.GPU(work, duration=duration_s)


def as_events(work: Callable[[OnStep], Result]) -> Generator[Event[Result]]:
    """Run `work(on_step)` in a thread and yield what happens; closing the generator stops it at the next step."""
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
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            events.put(error)

    worker = threading.Thread(target=run, daemon=True, name="diffusion")
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
    """Pass steps on and give back the result of `as_events`.

    Raises:
        RefocusError: what the work raised, or `on_step`.
    """
    results: list[Result] = []
    with closing(events):
        for event in events:
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Finished):
                results.append(event.result)
            else:
                on_step(event.done)
    if not results:
        raise EngineNotReady("The borrowed GPU was taken back before the end.", todo="Try again with fewer steps.")
    return results[0]
