"""Branches: the token sequences that run side by side through FLUX, and what steers each of them.

Order everywhere: text, image, then the condition images. Text and image run plain, at the current timestep and the
run's guidance. Conditions run with LoRA weights, at timestep 0 and guidance 1.

What is computed once, and what cannot be: timestep, guidance and pooled text are all that the modulation (shift, scale,
gate) of a branch depends on, so it is the same for all conditions, tiles and steps of a run, and for text and image the
same for all tiles of one step. The embedding, the rotary angles and the first block's queries, keys and values of a
condition depend on nothing that changes, so they are kept as well. From the output of the first block on, a condition
has seen the changing image, and everything is computed anew in every step: keys and values cannot be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from refocus.models.generative_refocus.loras import AdaptedLinear

Kept = TypeVar("Kept")


class Rope(NamedTuple):
    """Rotary position factors, each (tokens, head channels) float32."""

    cos: Tensor
    sin: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Steering:
    """What the norms of a branch follow. One object per run for the conditions, one per step for text and image.

    Attributes:
        timestep: (1,) in [0, 1]; noise is 1. In the dtype of the latents.
        guidance: (1,) float32.
        pooled_text: (1, channels) from CLIP.
        adapter: name of the LoRA, or None for the plain weights.
    """

    timestep: Tensor
    guidance: Tensor
    pooled_text: Tensor
    adapter: str | None = None
    _kept: dict[nn.Module, Tensor] = field(default_factory=dict)

    def embedding(self, time_text_embed: nn.Module, dtype: torch.dtype) -> Tensor:
        """(1, width): time, guidance and text as one vector.

        Timestep and guidance are cast before they are multiplied by 1000, as FLUX was published: in bfloat16 a
        guidance of 3.5 becomes 3504.
        """
        if time_text_embed not in self._kept:
            timestep = self.timestep.to(dtype) * 1000
            guidance = self.guidance.to(dtype) * 1000
            self._kept[time_text_embed] = time_text_embed(timestep, guidance, self.pooled_text)
        return self._kept[time_text_embed]

    def modulation(self, linear: AdaptedLinear, embedding: Tensor) -> Tensor:
        """(1, n * width): what one norm's projection makes of the embedding."""
        if linear not in self._kept:
            self._kept[linear] = linear(nn.functional.silu(embedding), self.adapter)
        return self._kept[linear]


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One token sequence, as it enters the transformer.

    Attributes:
        tokens: (1, tokens, channels), not yet embedded.
        rope: rotary factors of its positions.
        steering: what its norms follow.
        constant: True for conditions, whose input is the same in every step.
    """

    tokens: Tensor
    rope: Rope
    steering: Steering
    constant: bool = False
    _kept: dict[str, Any] = field(default_factory=dict)

    def keep(self, what: str, compute: Callable[[], Kept]) -> Kept:
        """Compute something that follows from the tokens alone, or recall it."""
        if what not in self._kept:
            self._kept[what] = compute()
        return self._kept[what]

    def steered_by(self, steering: Steering) -> Branch:
        """The same tokens under another steering; what was kept of the tokens stays."""
        return replace(self, steering=steering)


def position_ids(rows: int, columns: int, column_offset: int = 0) -> Tensor:
    """(rows * columns, 3) float32: (0, row, column) of each token, row by row."""
    ids = torch.zeros(rows, columns, 3)
    ids[..., 1] = torch.arange(rows)[:, None]
    ids[..., 2] = torch.arange(columns)[None, :] + column_offset
    return ids.flatten(0, 1)


def pack(latents: Tensor) -> Tensor:
    """(1, channels, height, width) to tokens (1, height/2 * width/2, 4 * channels): each 2x2 patch is one token."""
    patches = latents.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))  # [1, channels, rows, 2, columns, 2]
    return patches.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


def unpack(tokens: Tensor, rows: int, columns: int) -> Tensor:
    """Tokens (1, rows * columns, 4 * channels) back to latents (1, channels, 2 * rows, 2 * columns)."""
    patches = tokens.unflatten(1, (rows, columns)).unflatten(3, (-1, 2, 2))  # [1, rows, columns, channels, 2, 2]
    return patches.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)
