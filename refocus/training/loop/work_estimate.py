"""What a run will need: memory and time, counted on PyTorch's meta device, where tensors have shapes but no memory."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from refocus.training.loop.run_config import LoopConfig

GPU_FLOPS = 120e12
"""Operations a second in 16 bits that an A100 of 80 GB reaches in training: two fifths of its 312e12."""
_ADAM_BYTES = {"adamw": 8, "adamw8bit": 2}
_OVERHEAD = 1.1  # temporary tensors and fragmentation


@dataclass(frozen=True, slots=True)
class Work:
    """Counts of one pass with one sample.

    Attributes:
        parameters, trained: of the network.
        activation_bytes: peak of all that the passes hold beside the weights.
        flops: floating-point operations of both passes.
    """

    parameters: int
    trained: int
    activation_bytes: int
    flops: float


def count_work(network: torch.nn.Module, run: Callable[[], torch.Tensor]) -> Work:
    """Count a forward and a backward pass.

    Args:
        network: on the meta device, in the number format of the passes.
        run: the forward pass; returns a tensor whose sum is differentiated.
    """
    live, counter, attention = LiveBytes(), _Flops(), _FusedAttention()
    with counter, live, attention:
        _backward(run().float().sum())
    parameters = list(network.parameters())
    return Work(
        parameters=sum(one.numel() for one in parameters),
        trained=sum(one.numel() for one in parameters if one.requires_grad),
        activation_bytes=live.peak_bytes,
        flops=counter.flops + attention.flops,
    )


def describe(config: LoopConfig, work: Work, *, frozen_bytes: int, rows: int, processes: int, done: int = 0) -> str:
    """The lines of `--dry-run`.

    Args:
        config: of the run.
        work: counted for one sample.
        frozen_bytes: of the frozen weights as loaded, and of frozen models beside the network.
        rows: samples of an epoch.
        processes: GPUs.
        done: steps that a resumed run has taken.
    """
    samples = config.batch * config.accumulation * processes
    mixed_bytes = 0 if config.mixed_precision == "no" else 2 * work.parameters
    memory = {
        "frozen weights": frozen_bytes,
        "trained weights": 4 * work.trained,
        "gradients": 4 * work.trained,
        config.optimizer: _ADAM_BYTES[config.optimizer] * work.trained,
        "16-bit copies": mixed_bytes,
        "activations": work.activation_bytes * config.batch,
    }
    seconds = work.flops * config.batch * config.accumulation / GPU_FLOPS
    parts = ", ".join(f"{name} {size / 1e9:.1f}" for name, size in memory.items() if size)
    hours = seconds * (config.steps - done) / 3600
    return "\n".join(
        (
            f"network   {work.parameters / 1e6:.1f} million parameters, {work.trained / 1e6:.1f} million trained",
            f"memory    about {_OVERHEAD * sum(memory.values()) / 1e9:.0f} GB on each GPU: {parts}",
            f"data      {rows} rows, {samples} samples a step ({config.batch} x {config.accumulation} passes x "
            f"{processes} processes), {config.steps * samples / rows:.1f} epochs",
            f"steps     {config.steps}, {done} done; {work.flops * samples / 1e12:.0f} TFLOP each",
            f"time      {seconds:.2f} s a step and {hours:.0f} h on GPUs that reach {GPU_FLOPS / 1e12:.0f} TFLOP/s, "
            "without loading and encoding",
        )
    )


def _backward(value: torch.Tensor) -> None:
    """The backward pass. `torch.autograd.backward` would turn the modes off that count in it."""
    engine: Any = torch.autograd.Variable._execution_engine
    gradient = torch.ones_like(value)
    engine.run_backward((value,), (gradient,), False, False, (), allow_unreachable=True, accumulate_grad=True)


class _Flops(TorchDispatchMode):
    """Adds up PyTorch's formulas. `FlopCounterMode` does so by module, and keeps what checkpointing would free."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=result)
        return result


class LiveBytes(TorchDispatchMode):
    """Tracks the live storages that operations made, and the peak of their sum."""

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
    """Attention as in a fused kernel, without the attention matrix.

    Two products of queries x keys x channels forward, and five backward, which computes the matrix again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch.nn.functional.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        query, key, value = args[:3]
        return _Attention.apply(self, query, key, value)


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, counter: _FusedAttention, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
    ) -> torch.Tensor:
        output = query.new_empty(*query.shape[:-1], value.shape[-1])
        ctx.save_for_backward(query, key, value, output)
        ctx.counter, ctx.product_flops = counter, 2 * query.numel() * key.shape[-2]
        counter.flops += 2 * ctx.product_flops
        return output

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        ctx.counter.flops += 5 * ctx.product_flops
        return None, *(torch.empty_like(one) for one in ctx.saved_tensors[:3])
