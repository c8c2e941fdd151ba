"""Counts what a real model needs without its weights: parameters, live activations and floating-point operations.

Models are built from their published configs on PyTorch's meta device, where tensors have shapes but no memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from refocus.training.loop.work_estimate import LiveBytes


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
    memory, attention = LiveBytes(), _FusedAttention()
    with FlopCounterMode(display=False) as flops, memory, attention:
        run()
    return Work(memory.peak_bytes, flops.get_total_flops() + attention.flops)


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
