"""LoRA adapters beside the weights of FLUX, held by name and selected per call.

The adapter is an argument of each call, so several threads can use different adapters on the same weights. An adapter
is loaded for all of its layers, or refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from refocus.core import WeightsMissing
from refocus.models.generative_refocus.network_specs import NETWORKS

_PREFIX = "transformer."
_DOWN, _UP = ".lora_A.weight", ".lora_B.weight"


class LowRank(nn.Module):
    """The low-rank product that a LoRA adds to a linear layer, at strength 1.

    Args:
        down: (rank, inputs).
        up: (outputs, rank).
    """

    def __init__(self, down: Tensor, up: Tensor) -> None:
        super().__init__()
        self.down, self.up = (nn.Parameter(weight, requires_grad=False) for weight in (down, up))

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) to (..., outputs), in the dtype of `x`; training keeps the weights in float32."""
        return nn.functional.linear(nn.functional.linear(x, self.down.to(x.dtype)), self.up.to(x.dtype))


class AdaptedLinear(nn.Module):
    """A linear layer, plain or quantized, with any number of named adapters.

    Args:
        base: of diffusers; it is not changed.
    """

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base = base
        self.adapters = nn.ModuleDict()

    def forward(self, x: Tensor, adapter: str | None) -> Tensor:
        """(..., inputs) to (..., outputs), with the named adapter, or without any when None."""
        plain = self.base(x)
        return plain if adapter is None else plain + self.adapters[adapter](x)


def add_adapter(
    layers: Mapping[str, AdaptedLinear], file: Path, name: str, *, dtype: torch.dtype, device: torch.device
) -> None:
    """Load a LoRA file into all of its layers. Nothing is changed when it does not fit.

    Args:
        layers: all layers on which the LoRA acts, by published name.
        file: safetensors with `transformer.<layer>.lora_A.weight` and `.lora_B.weight`. An alpha is ignored: the
            published strength is exactly 1.
        name: of the adapter.
        dtype, device: of the adapter's weights.

    Raises:
        WeightsMissing: when the file cannot be read, lacks a layer, has an unknown layer, or has another shape.
    """
    try:
        weights = load_file(file)
    except (OSError, SafetensorError) as error:
        raise WeightsMissing(
            f"The LoRA {file} cannot be read ({error}).", todo="Download the file again, in full."
        ) from error
    for layer, (down, up) in _checked_pairs(weights, layers, file).items():
        layers[layer].adapters[name] = LowRank(down.to(device, dtype), up.to(device, dtype))


def lora_key(layer: str, half: Literal["down", "up"]) -> str:
    """The key of a matrix in a LoRA file, for the published name of its layer."""
    return f"{_PREFIX}{layer}{_DOWN if half == 'down' else _UP}"


def save_adapter(layers: Mapping[str, AdaptedLinear], file: Path, name: str) -> None:
    """Save an adapter to a file for `add_adapter`."""
    halves: dict[str, Tensor] = {}
    for layer, linear in layers.items():
        low_rank = cast("LowRank", linear.adapters[name])
        halves[f"{_PREFIX}{layer}{_DOWN}"] = low_rank.down.cpu().contiguous()
        halves[f"{_PREFIX}{layer}{_UP}"] = low_rank.up.cpu().contiguous()
    save_file(halves, file)


def _checked_pairs(
    weights: Mapping[str, Tensor], layers: Mapping[str, AdaptedLinear], file: Path
) -> dict[str, tuple[Tensor, Tensor]]:
    expected = {f"{_PREFIX}{layer}{half}" for layer in layers for half in (_DOWN, _UP)}
    found = {key for key in weights if not key.endswith(".alpha")}
    _refuse(file, "lacks", expected - found)
    _refuse(file, "has unknown", found - expected)
    pairs = {layer: (weights[f"{_PREFIX}{layer}{_DOWN}"], weights[f"{_PREFIX}{layer}{_UP}"]) for layer in layers}
    misshapen = [layer for layer, pair in pairs.items() if not _fits(layers[layer].base, *pair)]
    _refuse(file, "has the wrong shape at", misshapen)
    not_finite = [layer for layer, pair in pairs.items() if not all(half.isfinite().all() for half in pair)]
    _refuse(file, "has NaN or infinity at", not_finite)
    return pairs


def _fits(base: nn.Module, down: Tensor, up: Tensor) -> bool:
    if down.ndim != 2 or up.ndim != 2:
        return False
    return (up.shape[0], down.shape[1]) == (base.out_features, base.in_features) and down.shape[0] == up.shape[1]


def _refuse(file: Path, problem: str, names: Collection[str]) -> None:
    """Raise WeightsMissing when there are names that have the problem."""
    if not names:
        return
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    published = " and ".join(network.lora_file for network in NETWORKS)
    raise WeightsMissing(
        f"The LoRA {file} does not fit this FLUX: it {problem} {', '.join(sorted(names)[:2])}{more}.",
        todo=f"Use {published} of nycu-cplab/Genfocus-Model with FLUX.1-dev.",
    )
