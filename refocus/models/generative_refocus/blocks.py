"""FLUX's blocks over branches: diffusers' layers, our own way through them.

Every branch has its own hidden states, norms and gates; only attention lets them see each other. Layers are taken from
diffusers' blocks, which hold the weights; where the published LoRA acts, the layer is an `AdaptedLinear`, and the
branch decides whether it is used plain or adapted.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers.models.attention import FeedForward
from diffusers.models.normalization import AdaLayerNormZero
from diffusers.models.transformers.transformer_flux import (
    FluxAttention,
    FluxSingleTransformerBlock,
    FluxTransformerBlock,
)
from torch import Tensor, nn

from refocus.models.generative_refocus.attention import HeadProjection, Heads, attend
from refocus.models.generative_refocus.branches import Branch
from refocus.models.generative_refocus.loras import AdaptedLinear

FIRST_HEADS = "heads of the first block"


class Side(nn.Module):
    """One side (text or image) of a double block: norms, projections and feed-forward of its branches.

    Args:
        norm: diffusers' AdaLayerNormZero.
        heads: queries, keys and values of this side.
        out: projection after attention.
        second_norm: plain layer norm before the feed-forward.
        feed_forward: diffusers' FeedForward.
    """

    def __init__(
        self,
        *,
        norm: AdaLayerNormZero,
        heads: HeadProjection,
        out: nn.Module,
        second_norm: nn.Module,
        feed_forward: FeedForward,
    ) -> None:
        super().__init__()
        self.modulate = AdaptedLinear(norm.linear)
        self.norm, self.second_norm = norm.norm, second_norm
        self.heads = heads
        self.out = AdaptedLinear(out)
        self.widen, self.narrow = feed_forward.net[0], AdaptedLinear(feed_forward.net[2])

    def project(self, hidden: Tensor, branch: Branch, embedding: Tensor) -> Heads:
        """Norm and project (1, tokens, width) for attention."""
        shift, scale, *_ = self._modulation(branch, embedding)
        return self.heads(self.norm(hidden) * (1 + scale) + shift, branch)

    def finish(self, hidden: Tensor, attended: Tensor, branch: Branch, embedding: Tensor) -> Tensor:
        """Add what attention saw, then the feed-forward."""
        adapter = branch.steering.adapter
        _, _, gate, mlp_shift, mlp_scale, mlp_gate = self._modulation(branch, embedding)
        hidden = hidden + gate * self.out(attended, adapter)
        normed = self.second_norm(hidden) * (1 + mlp_scale) + mlp_shift
        return hidden + mlp_gate * self.narrow(self.widen(normed), adapter)

    def _modulation(self, branch: Branch, embedding: Tensor) -> tuple[Tensor, ...]:
        return branch.steering.modulation(self.modulate, embedding)[:, None].chunk(6, dim=-1)


class DoubleBlock(nn.Module):
    """A block in which text has weights of its own; image and conditions share the image side's.

    Args:
        block: diffusers' FluxTransformerBlock.
        first: whether it is the first block, where a condition's queries, keys and values never change.
    """

    def __init__(self, block: FluxTransformerBlock, *, first: bool) -> None:
        super().__init__()
        attention = block.attn
        self.first = first
        self.text = Side(
            norm=block.norm1_context,
            heads=HeadProjection(
                attention.add_q_proj,
                attention.add_k_proj,
                attention.add_v_proj,
                norm_q=attention.norm_added_q,
                norm_k=attention.norm_added_k,
                head_channels=attention.head_dim,
            ),
            out=attention.to_add_out,
            second_norm=block.norm2_context,
            feed_forward=block.ff_context,
        )
        self.image = Side(
            norm=block.norm1,
            heads=_own_heads(attention),
            out=attention.to_out[0],
            second_norm=block.norm2,
            feed_forward=block.ff,
        )

    def adapted(self) -> dict[str, AdaptedLinear]:
        """The layers the LoRA acts on, by their published names."""
        side = self.image
        return {
            "norm1.linear": side.modulate,
            **_adapted_heads(side.heads),
            "attn.to_out.0": side.out,
            "ff.net.2": side.narrow,
        }

    def forward(
        self, hidden: Sequence[Tensor], branches: Sequence[Branch], embeddings: Sequence[Tensor]
    ) -> list[Tensor]:
        """Advance every branch: hidden states (1, tokens, width) of text, image and the conditions."""
        sides = [self.text, *[self.image] * (len(branches) - 1)]
        lanes = list(zip(sides, hidden, branches, embeddings, strict=True))
        attended = attend([self._project(*lane) for lane in lanes])
        return [
            side.finish(states, seen, branch, embedding)
            for (side, states, branch, embedding), seen in zip(lanes, attended, strict=True)
        ]

    def _project(self, side: Side, states: Tensor, branch: Branch, embedding: Tensor) -> Heads:
        if self.first and branch.constant:
            return branch.keep(FIRST_HEADS, lambda: side.project(states, branch, embedding))
        return side.project(states, branch, embedding)


class SingleBlock(nn.Module):
    """A block in which all branches share weights, and attention and MLP run side by side.

    Args:
        block: diffusers' FluxSingleTransformerBlock.
    """

    def __init__(self, block: FluxSingleTransformerBlock) -> None:
        super().__init__()
        self.modulate, self.norm = AdaptedLinear(block.norm.linear), block.norm.norm
        self.heads = _own_heads(block.attn)
        self.widen, self.activation = AdaptedLinear(block.proj_mlp), block.act_mlp
        self.out = AdaptedLinear(block.proj_out)

    def adapted(self) -> dict[str, AdaptedLinear]:
        """The layers the LoRA acts on, by their published names."""
        return {
            "norm.linear": self.modulate,
            "proj_mlp": self.widen,
            "proj_out": self.out,
            **_adapted_heads(self.heads),
        }

    def forward(
        self, hidden: Sequence[Tensor], branches: Sequence[Branch], embeddings: Sequence[Tensor]
    ) -> list[Tensor]:
        """Advance every branch: hidden states (1, tokens, width) of text, image and the conditions."""
        modulations = [
            branch.steering.modulation(self.modulate, embedding)[:, None].chunk(3, dim=-1)
            for branch, embedding in zip(branches, embeddings, strict=True)
        ]
        normed = [
            self.norm(states) * (1 + scale) + shift
            for states, (shift, scale, _) in zip(hidden, modulations, strict=True)
        ]
        attended = attend([self.heads(states, branch) for states, branch in zip(normed, branches, strict=True)])
        return [
            states + gate * self._mix(seen, norm, branch)
            for states, seen, norm, branch, (_, _, gate) in zip(
                hidden, attended, normed, branches, modulations, strict=True
            )
        ]

    def _mix(self, attended: Tensor, normed: Tensor, branch: Branch) -> Tensor:
        adapter = branch.steering.adapter
        mlp = self.activation(self.widen(normed, adapter))
        return self.out(torch.cat([attended, mlp], dim=-1), adapter)


def _own_heads(attention: FluxAttention) -> HeadProjection:
    return HeadProjection(
        attention.to_q,
        attention.to_k,
        attention.to_v,
        norm_q=attention.norm_q,
        norm_k=attention.norm_k,
        head_channels=attention.head_dim,
    )


def _adapted_heads(heads: HeadProjection) -> dict[str, AdaptedLinear]:
    return {"attn.to_q": heads.to_q, "attn.to_k": heads.to_k, "attn.to_v": heads.to_v}
