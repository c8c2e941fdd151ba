"""A LoRA to be trained: added to the layers of the published one, and written in the published form."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from refocus.core import BadInput
from refocus.models.generative_refocus.loras import LowRank, add_adapter, lora_key
from refocus.models.generative_refocus.transformer import BranchedFlux


class NewLora:
    """A named LoRA in float32 on all adapted layers of a FLUX: 343 of FLUX.1-dev.

    The first matrix is Gaussian with standard deviation 1 / rank (peft's "gaussian"), the second one zero; the
    strength, alpha / rank, is 1.

    Three of the layers cannot learn: in the last block a condition's query, MLP and output go nowhere, since only the
    image is read after it. They are in the file, as published, and are not trained.

    Args:
        flux: gets the adapter; all its own weights are frozen.
        name: of the adapter.
        rank: of the matrices.
        seed: of the first matrix.
        start_from: a LoRA file to continue from in place of the Gaussian, of any rank; None for none.

    Raises:
        BadInput: when the rank is below 1.
        WeightsMissing: when the file does not fit.
    """

    def __init__(self, flux: BranchedFlux, name: str, *, rank: int, seed: int, start_from: Path | None = None) -> None:
        if rank < 1:
            raise BadInput(f"rank is {rank}.", todo="Choose 1 or more; the published files have 64.")
        flux.requires_grad_(False)
        layers = flux.adapted()
        if start_from is not None:
            add_adapter(layers, start_from, name, dtype=torch.float32, device=flux.device)
        else:
            generator = torch.Generator("cpu").manual_seed(seed)
            for layer in layers.values():
                base = cast("nn.Linear", layer.base)
                down = torch.randn(rank, base.in_features, generator=generator) / rank
                up = torch.zeros(base.out_features, rank)
                layer.adapters[name] = LowRank(down.to(flux.device), up.to(flux.device))
        without_effect = layers_without_effect(flux)
        for layer_name, layer in layers.items():
            layer.adapters[name].requires_grad_(layer_name not in without_effect)
        self._keys = _published_keys(flux, name)
        self.rank = int(cast("LowRank", next(iter(layers.values())).adapters[name]).down.shape[0])
        # Copied now, as frozen weights may be divided between processes later.
        self._fixed = {
            self._keys[own]: value.detach().cpu().clone()
            for own, value in flux.named_parameters()
            if own in self._keys and not value.requires_grad and not value.is_meta
        }

    def save(self, weights: Mapping[str, Tensor], file: Path, facts: Mapping[str, str]) -> None:
        """Write the LoRA for the engine.

        Args:
            weights: the trained ones, by their name in `BranchedFlux`.
            file: safetensors.
            facts: kept in the file's metadata.
        """
        trained = {self._keys[own]: value.contiguous() for own, value in weights.items() if own in self._keys}
        save_file({**self._fixed, **trained}, file, dict(facts))


def layers_without_effect(flux: BranchedFlux) -> frozenset[str]:
    """The adapted layers, by published name, whose output for a condition is not used by anything."""
    last = f"single_transformer_blocks.{len(flux.single_blocks) - 1}"
    return frozenset({f"{last}.attn.to_q", f"{last}.proj_mlp", f"{last}.proj_out"})


def _published_keys(flux: BranchedFlux, name: str) -> dict[str, str]:
    """The published key of each matrix of a LoRA, by the parameter's name in the network."""
    layers = {id(layer): published for published, layer in flux.adapted().items()}
    return {
        f"{own}.adapters.{name}.{half}": lora_key(layers[id(module)], half)
        for own, module in flux.named_modules()
        if id(module) in layers
        for half in ("down", "up")
    }
