import pickle
import time
from typing import Any

import pytest
import torch

from refocus.core import BadInput, Cancelled, EngineNotReady
from refocus.models.runtime.jobs import (
    Failed,
    Finished,
    OnStep,
    Step,
    as_events,
    on_zero_gpu,
    seeded,
    step_callback,
    wait_for_result,
)


def never(*_: object) -> Any:
    raise AssertionError("loaded again")


def three_steps(on_step: OnStep) -> str:
    for done in (1, 2, 3):
        on_step(done)
    return "frames"


def test_a_seed_means_the_same_noise_and_leaves_the_global_one_alone() -> None:
    before = torch.random.get_rng_state()
    first, second, other = (torch.randn(4, generator=seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_callback_counts_steps_and_returns_the_tensors() -> None:
    said: list[int] = []
    tensors = {"latents": torch.zeros(1)}
    callback = step_callback(said.append)
    assert callback(None, 0, None, tensors) is tensors
    callback(None, 1, None, tensors)
    assert said == [1, 2]


def test_events_come_in_order() -> None:
    first, second, third, last = as_events(three_steps)
    assert [first, second, third] == [Step(1), Step(2), Step(3)]
    assert isinstance(last, Finished)
    assert last.result == "frames"


def test_waiting_reports_steps_and_returns_the_result() -> None:
    said: list[int] = []
    assert wait_for_result(as_events(three_steps), said.append) == "frames"
    assert said == [1, 2, 3]


def test_errors_of_the_work_are_raised() -> None:
    def refuse(on_step: OnStep) -> str:
        raise BadInput("No.", todo="Yes.")

    def break_(on_step: OnStep) -> str:
        raise KeyError("broken")

    assert isinstance(next(as_events(refuse)), Failed)
    with pytest.raises(BadInput) as caught:
        wait_for_result(as_events(refuse), never)
    assert caught.value.todo == "Yes."
    with pytest.raises(KeyError, match="broken"):
        wait_for_result(as_events(break_), never)


def test_stopping_stops_the_work_at_its_next_step() -> None:
    seen: list[int] = []
    ended: list[BaseException] = []

    def endless(on_step: OnStep) -> str:
        try:
            for done in range(10_000):
                on_step(done)
                time.sleep(0.001)
        except BaseException as error:
            ended.append(error)
            raise
        return "never"

    def stop_at_two(done: int) -> None:
        seen.append(done)
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        wait_for_result(as_events(endless), stop_at_two)
    assert seen == [0, 1, 2]
    assert [type(error) for error in ended] == [Cancelled]  # and it has ended: the model is free for the next


def test_a_gpu_taken_back_is_an_error() -> None:
    with pytest.raises(EngineNotReady, match="took the GPU back"):
        wait_for_result((event for event in (Step(1),)), lambda done: None)


def test_errors_can_be_pickled() -> None:
    failed = pickle.loads(pickle.dumps(Failed(EngineNotReady("Short of memory.", todo="Choose less."))))
    assert type(failed.error) is EngineNotReady
    assert str(failed.error) == "Short of memory. Choose less."


def test_without_zero_gpu_the_function_is_unchanged() -> None:
    assert on_zero_gpu(as_events, lambda job: 60) is as_events
