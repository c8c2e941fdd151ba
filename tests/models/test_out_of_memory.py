"""Running out of memory is one clear error; every other error stays what it is."""

import pytest
import torch

from refocus.core import EngineNotReady, RefocusError
from refocus.models.out_of_memory import out_of_memory_said


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        RuntimeError("MPS backend out of memory"),
    ],
    ids=["cuda", "cpu", "mps"],
)
def test_out_of_memory_says_what_to_do(error: RuntimeError) -> None:
    with pytest.raises(EngineNotReady) as caught, out_of_memory_said("Choose less."):
        raise error
    assert caught.value.todo == "Choose less."
    assert caught.value.__cause__ is error


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes") as caught, out_of_memory_said("Choose less."):
        raise RuntimeError("shapes differ")
    assert not isinstance(caught.value, RefocusError)
