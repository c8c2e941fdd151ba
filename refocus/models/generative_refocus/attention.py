"""Attention between branches: text and image attend to all branches, a condition to text, image and itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from diffusers.models.embeddings import apply_rotary_emb
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from refocus.models.generative_refocus.branches import Branch
from refocus.models.generative_refocus.loras import AdaptedLinear


class QKV(NamedTuple):
    """Queries, keys and values of one branch, each (1, tokens, heads, head channels)."""

    query: Tensor
    key: Tensor
    value: Tensor


class QKVProjection(nn.Module):
    """Projects hidden states to queries, keys and values, for text or image in an attention layer.

    Args:
        to_q, to_k, to_v: linear layers of diffusers.
        norm_q, norm_k: RMS norms over the head channels.
        head_channels: per head.
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

    def forward(self, hidden: Tensor, branch: Branch) -> QKV:
        """Project (1, tokens, width); queries and keys are normalized and get the rotary position embedding."""
        adapter = branch.modulation.adapter
        query, key, value = (
            linear(hidden, adapter).unflatten(-1, (-1, self.head_channels))
            for linear in (self.to_q, self.to_k, self.to_v)
        )
        return QKV(
            apply_rotary_emb(self.norm_q(query), branch.rope, sequence_dim=1),
            apply_rotary_emb(self.norm_k(key), branch.rope, sequence_dim=1),
            value,
        )


def attend(branches: Sequence[QKV]) -> list[Tensor]:
    """Attention of all branches.

    Args:
        branches: text, image, then the conditions.

    Returns:
        (1, tokens, width) for each branch.
    """
    text, image, *conditions = branches
    main_query = torch.cat([text.query, image.query], dim=1)
    main = _attend(main_query, branches)
    lengths = [text.query.shape[1], image.query.shape[1]]
    attended = [_attend(condition.query, [text, image, condition]) for condition in conditions]
    return [*main.split(lengths, dim=1), *attended]


def _attend(query: Tensor, attended: Sequence[QKV]) -> Tensor:
    key = torch.cat([branch.key for branch in attended], dim=1)
    value = torch.cat([branch.value for branch in attended], dim=1)
    result = scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    return result.transpose(1, 2).flatten(2)
