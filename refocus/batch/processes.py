"""The processes that share a batch: started by `accelerate launch`, torchrun or mpirun, or a single one."""

import atexit
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_WORLD_SIZES = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")
_TIMEOUT = timedelta(days=30)  # the last process may finish hours after the first


def _single(values: list[Any]) -> list[Any]:
    return values


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among those that share the work.

    Attributes:
        index: 0 to count - 1.
        count: how many processes there are, on all machines.
        device: the device of this process, such as "cuda:1"; None for a single process, which may choose.
        run: a random identifier that is the same in every process of one run.
        gather: concatenates the lists of all processes by index, in every process; waits for the slowest.
    """

    index: int = 0
    count: int = 1
    device: str | None = None
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    gather: Callable[[list[Any]], list[Any]] = _single

    @property
    def is_first(self) -> bool:
        """Whether this process prints and writes for all."""
        return self.index == 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Processes":
        """Join the other processes if a launcher started several. Torch is imported only then."""
        if max(_number(environment.get(name)) for name in _WORLD_SIZES) <= 1:
            return cls()
        import torch
        from accelerate import PartialState
        from accelerate.utils import broadcast_object_list, gather_object

        on_cpu = environment.get("ACCELERATE_USE_CPU", "").lower() == "true" or not torch.accelerator.is_available()
        state = PartialState(cpu=on_cpu, timeout=_TIMEOUT)
        # Threads of the process group that still run at exit would abort the process.
        atexit.register(state.destroy_process_group)
        run = broadcast_object_list([secrets.token_hex(8)])[0]
        device = str(state.device) if state.device.type != "cpu" else None
        return cls(state.process_index, state.num_processes, device, run, gather_object)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 1
