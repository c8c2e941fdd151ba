"""The transformer blocks of FLUX with branches, built from the layers of diffusers' blocks.

Every branch has its own hidden states and modulation; branches are connected only by attention. Layers on which the
published LoRA acts are `AdaptedLinear`, and the branch selects the LoRA.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers.models.transformers.transformer_flux import FluxSingleTransformerBlock, FluxTransformerBlock
from torch import Tensor, nn

from refocus.models.generative_refocus.attention import QKV, QKVProjection, attend
from refocus.models.generative_refocus.branches import Branch
from refocus.models.generative_refocus.loras import AdaptedLinear


class Stream(nn.Module):
    """The text or image stream of a double-stream block: norms, projections and feed-forward.

    Args:
        block: of diffusers.
        text: whether it is the text stream.
    """

    def __init__(self, block: FluxTransformerBlock, *, text: bool = False) -> None:
        super().__init__()
        attention = block.attn
        if text:
            norm, self.second_norm = block.norm1_context, block.norm2_context
            out, feed_forward = attention.to_add_out, block.ff_context
        else:
            norm, self.second_norm = block.norm1, block.norm2
            out, feed_forward = attention.to_out[0], block.ff
        self.modulate, self.norm = AdaptedLinear(norm.linear), norm.norm
        self.qkv = QKVProjection(attention, text=text)
        self.out = AdaptedLinear(out)
        self.mlp_in, self.mlp_out = feed_forward.net[0], AdaptedLinear(feed_forward.net[2])

    def project(self, hidden: Tensor, branch: Branch, embedding: Tensor) -> QKV:
        """Normalize and project hidden states (1, tokens, width) for attention."""
        shift, scale, *_ = branch.modulation.project(self.modulate, embedding, 6)
        return self.qkv(self.norm(hidden) * (1 + scale) + shift, branch)

    def update(self, hidden: Tensor, attended: Tensor, branch: Branch, embedding: Tensor) -> Tensor:
        """Add the attention output, then the feed-forward output, to the hidden states."""
        adapter = branch.modulation.adapter
        _, _, gate, mlp_shift, mlp_scale, mlp_gate = branch.modulation.project(self.modulate, embedding, 6)
        hidden = hidden + gate * self.out(attended, adapter)
        normed = self.second_norm(hidden) * (1 + mlp_scale) + mlp_shift
        return hidden + mlp_gate * self.mlp_out(self.mlp_in(normed), adapter)


class DoubleBlock(nn.Module):
    """A double-stream block: text has its own weights; image and conditions share the image stream.

    Args:
        block: of diffusers.
        first: whether it is the first block, in which queries, keys and values of a condition are constant.
    """

    def __init__(self, block: FluxTransformerBlock, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.text, self.image = Stream(block, text=True), Stream(block)

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
            return branch.cached("qkv of the first block", lambda: stream.project(states, branch, embedding))
        return stream.project(states, branch, embedding)


class SingleBlock(nn.Module):
    """A single-stream block: all branches share the weights, and attention and MLP run in parallel.

    Args:
        block: of diffusers.
    """

    def __init__(self, block: FluxSingleTransformerBlock) -> None:
        super().__init__()
        self.modulate, self.norm = AdaptedLinear(block.norm.linear), block.norm.norm
        self.qkv = QKVProjection(block.attn)
        self.mlp_in, self.activation = AdaptedLinear(block.proj_mlp), block.act_mlp
        self.out = AdaptedLinear(block.proj_out)

    def forward(
        self, hidden: Sequence[Tensor], branches: Sequence[Branch], embeddings: Sequence[Tensor]
    ) -> list[Tensor]:
        """Update the hidden states (1, tokens, width) of text, image and the conditions."""
        normed, gates = [], []
        for states, branch, embedding in zip(hidden, branches, embeddings, strict=True):
            shift, scale, gate = branch.modulation.project(self.modulate, embedding, 3)
            normed.append(self.norm(states) * (1 + scale) + shift)
            gates.append(gate)
        attended = attend([self.qkv(states, branch) for states, branch in zip(normed, branches, strict=True)])
        return [
            states + gate * self._output(attention, norm, branch.modulation.adapter)
            for states, attention, norm, branch, gate in zip(hidden, attended, normed, branches, gates, strict=True)
        ]

    def _output(self, attended: Tensor, normed: Tensor, adapter: str | None) -> Tensor:
        mlp = self.activation(self.mlp_in(normed, adapter))
        return self.out(torch.cat([attended, mlp], dim=-1), adapter)
