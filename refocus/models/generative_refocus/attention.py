"""Attention among branches: text and image see everything; a condition sees text, image and itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from diffusers.models.embeddings import apply_rotary_emb
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from refocus.models.generative_refocus.branches import Branch
from refocus.models.generative_refocus.loras import AdaptedLinear


class Heads(NamedTuple):
    """Queries, keys and values of one branch, each (1, tokens, heads, head channels)."""

    query: Tensor
    key: Tensor
    value: Tensor


class HeadProjection(nn.Module):
    """Makes queries, keys and values of one side of an attention layer.

    Args:
        to_q, to_k, to_v: diffusers' projections.
        norm_q, norm_k: RMS norms over the head channels.
        head_channels: channels of a head.
    """

    def __init__(
        self,
        to_q: nn.Module,
        to_k: nn.Module,
        to_v: nn.Module,
        *,
        norm_q: nn.RMSNorm,
        norm_k: nn.RMSNorm,
        head_channels: int,
    ) -> None:
        super().__init__()
        self.to_q, self.to_k, self.to_v = AdaptedLinear(to_q), AdaptedLinear(to_k), AdaptedLinear(to_v)
        self.norm_q, self.norm_k = norm_q, norm_k
        self.head_channels = head_channels

    def forward(self, hidden: Tensor, branch: Branch) -> Heads:
        """Project (1, tokens, width); queries and keys are normed, then turned by the branch's positions."""
        adapter = branch.steering.adapter
        query, key, value = (
            linear(hidden, adapter).unflatten(-1, (-1, self.head_channels))
            for linear in (self.to_q, self.to_k, self.to_v)
        )
        return Heads(
            apply_rotary_emb(self.norm_q(query), branch.rope, sequence_dim=1),
            apply_rotary_emb(self.norm_k(key), branch.rope, sequence_dim=1),
            value,
        )


def attend(heads: Sequence[Heads]) -> list[Tensor]:
    """Attention of all branches at once.

    Args:
        heads: text, image, then the conditions.

    Returns:
        for each branch (1, tokens, width), in the same order.
    """
    text, image, *conditions = heads
    main_query = torch.cat([text.query, image.query], dim=1)
    main = _attend(main_query, list(heads))
    lengths = [text.query.shape[1], image.query.shape[1]]
    alone = [_attend(condition.query, [text, image, condition]) for condition in conditions]
    return [*main.split(lengths, dim=1), *alone]


def _attend(query: Tensor, seen: Sequence[Heads]) -> Tensor:
    key = torch.cat([heads.key for heads in seen], dim=1)
    value = torch.cat([heads.value for heads in seen], dim=1)
    attended = scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    return attended.transpose(1, 2).flatten(2)
