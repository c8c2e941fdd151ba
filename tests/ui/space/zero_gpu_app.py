"""`python app.py` on ZeroGPU, on a computer without a GPU: what the GPU's memory would hold stays in main memory.

Everything else is the package `spaces` itself. It imports only beside a CUDA build of torch; a CPU build gets the three
names that are read on import.
"""

import ctypes
import os
import runpy
import signal
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

if version("torch").endswith("+cpu"):
    import torch

    torch.version.cuda = "13.0"
    torch._C._cuda_init = lambda: None
    torch.cuda._is_in_bad_fork = bool  # a lambda in a CPU build, which cannot be sent to another process

import spaces.zero.torch as zero_torch


def _do_nothing(nvidia_uuid: str) -> None:
    """In place of `spaces`' initialization of CUDA."""


def _to_main_memory(callback: Callable[[int], Any] | None = None) -> None:
    """In place of `spaces`' transfer of the packed weights to a GPU."""
    from spaces.zero.torch import patching

    for pack in patching.tensor_packs:
        with open(pack.path(), "rb") as file:
            for tensor, size, aligned_size in [*(t for batch in pack.batches for t in batch), *pack.big_tensors]:
                _fill(pack.fakes[tensor], tensor, file.read(aligned_size)[:size])
    for fake, original in patching.cuda_aliases.items():
        if original is not None:
            fake.data = original


def _fill(fakes: list[Any], like: Any, content: bytes) -> None:
    """Give the placeholders on the "GPU" a tensor with this content."""
    import torch

    storage = torch.UntypedStorage(len(content))
    ctypes.memmove(storage.data_ptr(), content, len(content))
    filled = torch.tensor([], dtype=like.dtype).set_(storage, 0, like.shape, like.stride())
    for fake in fakes:
        fake.data = filled


def _end_with_workers(*_: object) -> None:
    """End the processes of GPU functions too, which outlive the app."""
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    os.setpgrp()
    signal.signal(signal.SIGTERM, _end_with_workers)
    zero_torch.init = _do_nothing
    zero_torch.move = _to_main_memory
    runpy.run_path(os.path.join(os.path.dirname(__file__), "..", "..", "..", "app.py"), run_name="__main__")
