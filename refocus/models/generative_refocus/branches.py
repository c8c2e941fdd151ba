"""Branches: the token sequences that run side by side through FLUX, and the inputs of their modulation.

The order is always text, image, then the condition images. Text and image run without LoRA, at the current timestep
and the run's guidance scale. Conditions run with LoRA weights, at timestep 0 and guidance 1.

Caching: the modulation (shift, scale, gate) depends on timestep, guidance and pooled text only. For the conditions it
is the same in all tiles and steps of a run, for text and image in all tiles of a step. Embedding, rotary factors and
the first block's queries, keys and values of a condition are constant, too. After the first block a condition depends
on the image, which changes, so later keys and values cannot be cached.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import torch
from diffusers import FluxPipeline
from torch import Tensor, nn

if TYPE_CHECKING:
    from refocus.models.generative_refocus.loras import AdaptedLinear

Cached = TypeVar("Cached")


class Rope(NamedTuple):
    """Factors of the rotary position embedding, each (tokens, head channels) float32."""

    cos: Tensor
    sin: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Modulation:
    """Inputs of the modulated norms of a branch, with a cache of the outputs.

    There is one object per run for the conditions, and one per step for text and image.

    Attributes:
        timestep: (1,) in [0, 1], where 1 is noise, in the dtype of the latents.
        guidance: (1,) float32.
        pooled_text: (1, channels) from CLIP.
        adapter: name of the LoRA, or None.
    """

    timestep: Tensor
    guidance: Tensor
    pooled_text: Tensor
    adapter: str | None = None
    _cache: dict[nn.Module, Tensor] = field(default_factory=dict)

    def embedding(self, time_text_embed: nn.Module, dtype: torch.dtype) -> Tensor:
        """Embedding of timestep, guidance and pooled text: (1, width).

        Timestep and guidance are cast before the multiplication by 1000, as in the published FLUX: in bfloat16 a
        guidance of 3.5 becomes 3504.
        """
        if time_text_embed not in self._cache:
            timestep = self.timestep.to(dtype) * 1000
            guidance = self.guidance.to(dtype) * 1000
            self._cache[time_text_embed] = time_text_embed(timestep, guidance, self.pooled_text)
        return self._cache[time_text_embed]

    def project(self, linear: AdaptedLinear, embedding: Tensor, count: int) -> tuple[Tensor, ...]:
        """The shifts, scales and gates of one norm, `count` in all, each (1, 1, width)."""
        if linear not in self._cache:
            self._cache[linear] = linear(nn.functional.silu(embedding), self.adapter)
        return self._cache[linear][:, None].chunk(count, dim=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A token sequence at the transformer's input.

    Attributes:
        tokens: (1, tokens, channels), before the embedding.
        rope: rotary factors of its positions.
        modulation: of its norms.
        constant: True for conditions, whose tokens are the same in every step.
    """

    tokens: Tensor
    rope: Rope
    modulation: Modulation
    constant: bool = False
    _cache: dict[str, Any] = field(default_factory=dict)

    def cached(self, key: str, compute: Callable[[], Cached]) -> Cached:
        """The cached result of a computation that depends on the tokens alone."""
        if key not in self._cache:
            self._cache[key] = compute()
        return self._cache[key]


def position_ids(rows: int, columns: int, column_offset: int = 0) -> Tensor:
    """Ids (0, row, column) of the tokens of a grid, row by row: (rows * columns, 3) float32."""
    ids = FluxPipeline._prepare_latent_image_ids(1, rows, columns, device=None, dtype=torch.float32)
    ids[:, 2] += column_offset
    return ids
