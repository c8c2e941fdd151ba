"""The transformer blocks of FLUX with branches, built from the layers of diffusers' blocks.

Every branch has its own hidden states and modulation; branches are connected only by attention. Layers on which the
published LoRA acts are `AdaptedLinear`, and the branch selects the LoRA.
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

from refocus.models.generative_refocus.attention import QKV, QKVProjection, attend
from refocus.models.generative_refocus.branches import Branch
from refocus.models.generative_refocus.loras import AdaptedLinear

_FIRST_QKV = "qkv of the first block"


class Stream(nn.Module):
    """The text or image stream of a double-stream block: norms, projections and feed-forward.

    Args:
        norm: adaptive layer norm before attention.
        qkv: projection to queries, keys and values.
        out: projection after attention.
        second_norm: layer norm before the feed-forward.
        feed_forward: of diffusers.
    """

    def __init__(
        self,
        *,
        norm: AdaLayerNormZero,
        qkv: QKVProjection,
        out: nn.Module,
        second_norm: nn.Module,
        feed_forward: FeedForward,
    ) -> None:
        super().__init__()
        self.modulate = AdaptedLinear(norm.linear)
        self.norm, self.second_norm = norm.norm, second_norm
        self.qkv = qkv
        self.out = AdaptedLinear(out)
        self.mlp_in, self.mlp_out = feed_forward.net[0], AdaptedLinear(feed_forward.net[2])

    def project(self, hidden: Tensor, branch: Branch, embedding: Tensor) -> QKV:
        """Normalize and project hidden states (1, tokens, width) for attention."""
        shift, scale, *_ = self._modulation(branch, embedding)
        return self.qkv(self.norm(hidden) * (1 + scale) + shift, branch)

    def update(self, hidden: Tensor, attended: Tensor, branch: Branch, embedding: Tensor) -> Tensor:
        """Add the attention output, then the feed-forward output, to the hidden states."""
        adapter = branch.modulation.adapter
        _, _, gate, mlp_shift, mlp_scale, mlp_gate = self._modulation(branch, embedding)
        hidden = hidden + gate * self.out(attended, adapter)
        normed = self.second_norm(hidden) * (1 + mlp_scale) + mlp_shift
        return hidden + mlp_gate * self.mlp_out(self.mlp_in(normed), adapter)

    def _modulation(self, branch: Branch, embedding: Tensor) -> tuple[Tensor, ...]:
        return branch.modulation.project(self.modulate, embedding)[:, None].chunk(6, dim=-1)


class DoubleBlock(nn.Module):
    """A double-stream block: text has its own weights; image and conditions share the image stream.

    Args:
        block: of diffusers.
        first: whether it is the first block, in which queries, keys and values of a condition are constant.
    """

    def __init__(self, block: FluxTransformerBlock, *, first: bool) -> None:
        super().__init__()
        attention = block.attn
        self.first = first
        self.text = Stream(
            norm=block.norm1_context,
            qkv=QKVProjection(
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
        self.image = Stream(
            norm=block.norm1,
            qkv=_shared_qkv(attention),
            out=attention.to_out[0],
            second_norm=block.norm2,
            feed_forward=block.ff,
        )

    def adapted(self) -> dict[str, AdaptedLinear]:
        """The layers on which the LoRA acts, by their published names."""
        stream = self.image
        return {
            "norm1.linear": stream.modulate,
            **_adapted_qkv(stream.qkv),
            "attn.to_out.0": stream.out,
            "ff.net.2": stream.mlp_out,
        }

    def forward(
        self, hidden: Sequence[Tensor], branches: Sequence[Branch], embeddings: Sequence[Tensor]
    ) -> list[Tensor]:
        """Update the hidden states (1, tokens, width) of text, image and the conditions."""
        streams = [self.text, *[self.image] * (len(branches) - 1)]
        inputs = list(zip(streams, hidden, branches, embeddings, strict=True))
        attended = attend([self._project(*each) for each in inputs])
        return [
            stream.update(states, attention, branch, embedding)
            for (stream, states, branch, embedding), attention in zip(inputs, attended, strict=True)
        ]

    def _project(self, stream: Stream, states: Tensor, branch: Branch, embedding: Tensor) -> QKV:
        if self.first and branch.constant:
            return branch.cached(_FIRST_QKV, lambda: stream.project(states, branch, embedding))
        return stream.project(states, branch, embedding)


class SingleBlock(nn.Module):
    """A single-stream block: all branches share the weights, and attention and MLP run in parallel.

    Args:
        block: of diffusers.
    """

    def __init__(self, block: FluxSingleTransformerBlock) -> None:
        super().__init__()
        self.modulate, self.norm = AdaptedLinear(block.norm.linear), block.norm.norm
        self.qkv = _shared_qkv(block.attn)
        self.mlp_in, self.activation = AdaptedLinear(block.proj_mlp), block.act_mlp
        self.out = AdaptedLinear(block.proj_out)

    def adapted(self) -> dict[str, AdaptedLinear]:
        """The layers on which the LoRA acts, by their published names."""
        return {
            "norm.linear": self.modulate,
            "proj_mlp": self.mlp_in,
            "proj_out": self.out,
            **_adapted_qkv(self.qkv),
        }

    def forward(
        self, hidden: Sequence[Tensor], branches: Sequence[Branch], embeddings: Sequence[Tensor]
    ) -> list[Tensor]:
        """Update the hidden states (1, tokens, width) of text, image and the conditions."""
        modulations = [
            branch.modulation.project(self.modulate, embedding)[:, None].chunk(3, dim=-1)
            for branch, embedding in zip(branches, embeddings, strict=True)
        ]
        normed = [
            self.norm(states) * (1 + scale) + shift
            for states, (shift, scale, _) in zip(hidden, modulations, strict=True)
        ]
        attended = attend([self.qkv(states, branch) for states, branch in zip(normed, branches, strict=True)])
        return [
            states + gate * self._output(attention, norm, branch)
            for states, attention, norm, branch, (_, _, gate) in zip(
                hidden, attended, normed, branches, modulations, strict=True
            )
        ]

    def _output(self, attended: Tensor, normed: Tensor, branch: Branch) -> Tensor:
        adapter = branch.modulation.adapter
        mlp = self.activation(self.mlp_in(normed, adapter))
        return self.out(torch.cat([attended, mlp], dim=-1), adapter)


def _shared_qkv(attention: FluxAttention) -> QKVProjection:
    return QKVProjection(
        attention.to_q,
        attention.to_k,
        attention.to_v,
        norm_q=attention.norm_q,
        norm_k=attention.norm_k,
        head_channels=attention.head_dim,
    )


def _adapted_qkv(qkv: QKVProjection) -> dict[str, AdaptedLinear]:
    return {"attn.to_q": qkv.to_q, "attn.to_k": qkv.to_k, "attn.to_v": qkv.to_v}
