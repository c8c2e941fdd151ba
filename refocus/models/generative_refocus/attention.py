"""Attention between branches: text and image attend to all branches, a condition to text, image and itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_flux import FluxAttention
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
    """Projects hidden states to queries, keys and values.

    Args:
        attention: of diffusers.
        text: whether to use its layers for the text instead of those for images.
    """

    def __init__(self, attention: FluxAttention, *, text: bool = False) -> None:
        super().__init__()
        if text:
            layers = attention.add_q_proj, attention.add_k_proj, attention.add_v_proj
            self.norm_q, self.norm_k = attention.norm_added_q, attention.norm_added_k
        else:
            layers = attention.to_q, attention.to_k, attention.to_v
            self.norm_q, self.norm_k = attention.norm_q, attention.norm_k
        self.to_q, self.to_k, self.to_v = map(AdaptedLinear, layers)
        self.head_channels = attention.head_dim

    def forward(self, hidden: Tensor, branch: Branch) -> QKV:
        """Project (1, tokens, width); queries and keys are normalized and get the rotary position embedding."""
        query, key, value = (
            linear(hidden, branch.modulation.adapter).unflatten(-1, (-1, self.head_channels))
            for linear in (self.to_q, self.to_k, self.to_v)
        )
        query = apply_rotary_emb(self.norm_q(query), branch.rope, sequence_dim=1)
        return QKV(query, apply_rotary_emb(self.norm_k(key), branch.rope, sequence_dim=1), value)


def attend(branches: Sequence[QKV]) -> list[Tensor]:
    """Attention of all branches.

    Args:
        branches: text, image, then the conditions.

    Returns:
        (1, tokens, width) for each branch.
    """
    text, image, *conditions = branches
    main = _attend(torch.cat([text.query, image.query], dim=1), branches)
    lengths = [text.query.shape[1], image.query.shape[1]]
    attended = [_attend(condition.query, [text, image, condition]) for condition in conditions]
    return [*main.split(lengths, dim=1), *attended]


def _attend(query: Tensor, attended: Sequence[QKV]) -> Tensor:
    key = torch.cat([branch.key for branch in attended], dim=1)
    value = torch.cat([branch.value for branch in attended], dim=1)
    result = scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    return result.transpose(1, 2).flatten(2)
