"""LoRA weights beside FLUX's own: read in full or refused, held by name, chosen per call.

No adapter is ever "active": a layer is told with each call which adapter to use, so several threads can run different
ones on the same weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from refocus.core import WeightsMissing

DEBLUR_ADAPTER = "deblurring"
BOKEH_ADAPTER = "bokeh"

_PREFIX = "transformer."
_DOWN, _UP = ".lora_A.weight", ".lora_B.weight"


class LowRank(nn.Module):
    """The product of two thin matrices: what a LoRA adds to a layer, at strength 1.

    Args:
        down: (rank, inputs).
        up: (outputs, rank).
    """

    def __init__(self, down: Tensor, up: Tensor) -> None:
        super().__init__()
        self.down, self.up = _linear(down), _linear(up)

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) to (..., outputs)."""
        return self.up(self.down(x))


class AdaptedLinear(nn.Module):
    """A linear layer (plain or quantised) with any number of named adapters beside it.

    Args:
        base: diffusers' own layer, untouched.
    """

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base = base
        self.adapters = nn.ModuleDict()

    def forward(self, x: Tensor, adapter: str | None) -> Tensor:
        """(..., inputs) to (..., outputs), with the named adapter or (None) without any."""
        plain = self.base(x)
        return plain if adapter is None else plain + self.adapters[adapter](x)


def add_adapter(
    layers: Mapping[str, AdaptedLinear], file: Path, name: str, *, dtype: torch.dtype, device: torch.device
) -> None:
    """Load a LoRA file beside the layers it was trained for: all of them, or none.

    Args:
        layers: every layer the LoRA must act on, by published name.
        file: safetensors with `transformer.<layer>.lora_A.weight` and `.lora_B.weight`. An alpha is ignored: the
            published strength is exactly 1.
        name: the adapter's name from now on.
        dtype, device: where it is held.

    Raises:
        WeightsMissing: when the file is unreadable, lacks a layer, holds one that FLUX lacks, or has another shape.
    """
    pairs = _pairs(read_weights(file), layers, file)
    for layer, (down, up) in pairs.items():
        layers[layer].adapters[name] = LowRank(down.to(device, dtype), up.to(device, dtype))


def save_adapter(layers: Mapping[str, AdaptedLinear], file: Path, name: str) -> None:
    """Write an adapter as `add_adapter` reads it."""
    halves: dict[str, Tensor] = {}
    for layer, linear in layers.items():
        low_rank = cast("LowRank", linear.adapters[name])
        halves[f"{_PREFIX}{layer}{_DOWN}"] = low_rank.down.weight.cpu().contiguous()
        halves[f"{_PREFIX}{layer}{_UP}"] = low_rank.up.weight.cpu().contiguous()
    save_file(halves, file)


def read_weights(file: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file. Raises WeightsMissing when it is absent, cut short or something else."""
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise WeightsMissing(
            f"The LoRA {file} cannot be read ({error}).", todo="Download the file again, in full."
        ) from error


def _pairs(
    weights: Mapping[str, Tensor], layers: Mapping[str, AdaptedLinear], file: Path
) -> dict[str, tuple[Tensor, Tensor]]:
    expected = {f"{_PREFIX}{layer}{half}" for layer in layers for half in (_DOWN, _UP)}
    found = {key for key in weights if not key.endswith(".alpha")}
    problems = _listed("lacks", expected - found) + _listed("holds unknown", found - expected)
    if problems:
        raise _wrong(file, problems)
    pairs = {layer: (weights[f"{_PREFIX}{layer}{_DOWN}"], weights[f"{_PREFIX}{layer}{_UP}"]) for layer in layers}
    misfits = [layer for layer, pair in pairs.items() if not _fits(layers[layer].base, *pair)]
    if misfits:
        raise _wrong(file, _listed("has the wrong shape at", misfits))
    broken = [layer for layer, pair in pairs.items() if not all(half.isfinite().all() for half in pair)]
    if broken:
        raise _wrong(file, _listed("holds NaN or infinity at", broken))
    return pairs


def _fits(base: nn.Module, down: Tensor, up: Tensor) -> bool:
    if down.ndim != 2 or up.ndim != 2:
        return False
    return (up.shape[0], down.shape[1]) == (base.out_features, base.in_features) and down.shape[0] == up.shape[1]


def _listed(what: str, names: Iterable[str]) -> list[str]:
    ordered = sorted(names)
    if not ordered:
        return []
    more = f" and {len(ordered) - 2} more" if len(ordered) > 2 else ""
    return [f"{what} {', '.join(ordered[:2])}{more}"]


def _wrong(file: Path, problems: list[str]) -> WeightsMissing:
    return WeightsMissing(
        f"The LoRA {file} does not fit this FLUX: it {' and '.join(problems)}.",
        todo="Use deblurNet.safetensors and bokehNet.safetensors of nycu-cplab/Genfocus-Model with FLUX.1-dev.",
    )


def _linear(weight: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    layer.weight = nn.Parameter(weight, requires_grad=False)
    return layer
