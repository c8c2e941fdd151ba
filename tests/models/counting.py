"""Counts what a real model needs without its weights: parameters, live activations and floating-point operations.

Models are built from their published configs on PyTorch's meta device, where tensors have shapes but no memory.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True, slots=True)
class Work:
    """Peak bytes of activations and floating-point operations of one pass through a model."""

    peak_bytes: int
    flops: int


def parameters(model: torch.nn.Module) -> int:
    """Number of parameters of a model."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def count(run: Callable[[], Any]) -> Work:
    """Count a call whose tensors are on the meta device."""
    memory, attention = _LiveBytes(), _FusedAttention()
    with FlopCounterMode(display=False) as flops, memory, attention:
        run()
    return Work(memory.peak_bytes, flops.get_total_flops() + attention.flops)


class _LiveBytes(TorchDispatchMode):
    """Tracks the live storages and the peak of their sum."""

    def __init__(self) -> None:
        super().__init__()
        self.peak_bytes = 0
        self._alive_bytes = 0
        self._known: dict[int, weakref.ref] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        # Views of tensors that existed before, such as parameters, must not count.
        self._add(tree_leaves((args, kwargs)), counted=False)
        result = func(*args, **kwargs)
        self._add(tree_leaves(result), counted=True)
        return result

    def _add(self, values: list[Any], *, counted: bool) -> None:
        for value in values:
            if isinstance(value, torch.Tensor) and value.untyped_storage()._cdata not in self._known:
                self._track(value.untyped_storage(), counted)

    def _track(self, storage: torch.UntypedStorage, counted: bool) -> None:
        key = storage._cdata
        size_bytes = storage.nbytes() if counted else 0

        def gone(_reference: Any) -> None:
            self._alive_bytes -= size_bytes
            del self._known[key]

        self._known[key] = weakref.ref(storage, gone)
        self._alive_bytes += size_bytes
        self.peak_bytes = max(self.peak_bytes, self._alive_bytes)


class _FusedAttention(TorchFunctionMode):
    """Counts attention as in a fused kernel: its output without the attention matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch.nn.functional.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        query, key = args[0], args[1]
        self.flops += 4 * query.numel() * key.shape[-2]  # two products of queries x keys x channels
        return torch.empty_like(query)
