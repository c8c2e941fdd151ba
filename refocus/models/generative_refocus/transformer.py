"""The FLUX transformer with branches for text, image and conditions, from the layers of diffusers' transformer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from refocus.core import WeightsMissing
from refocus.models.generative_refocus.blocks import DoubleBlock, SingleBlock
from refocus.models.generative_refocus.branches import Branch, Rope
from refocus.models.generative_refocus.loras import AdaptedLinear

if TYPE_CHECKING:
    from diffusers import FluxTransformer2DModel


class BranchedFlux(nn.Module):
    """FLUX.1-dev with any number of condition branches.

    It shares the layers, and so the weights, of the diffusers transformer, whose own forward is not used.

    Args:
        flux: a guidance-distilled FLUX transformer, plain or quantized.

    Raises:
        WeightsMissing: when the transformer has no guidance embedding (FLUX.1-schnell).
    """

    def __init__(self, flux: FluxTransformer2DModel) -> None:
        super().__init__()
        if not flux.config.guidance_embeds:
            raise WeightsMissing(
                "This FLUX has no guidance embedding, so it is not FLUX.1-dev, on which the LoRAs were trained.",
                todo="Use the weights of black-forest-labs/FLUX.1-dev.",
            )
        self.config = flux.config
        self._flux = (flux,)  # in a tuple, so that its layers are not registered twice
        self.is_loaded_in_8bit = getattr(flux, "is_loaded_in_8bit", False)
        self.is_loaded_in_4bit = getattr(flux, "is_loaded_in_4bit", False)
        self.pos_embed = flux.pos_embed
        self.time_text_embed = flux.time_text_embed
        self.context_embedder = flux.context_embedder
        self.x_embedder = AdaptedLinear(flux.x_embedder)
        self.double_blocks = nn.ModuleList(
            DoubleBlock(block, first=index == 0) for index, block in enumerate(flux.transformer_blocks)
        )
        self.single_blocks = nn.ModuleList(SingleBlock(block) for block in flux.single_transformer_blocks)
        self.norm_out = flux.norm_out
        self.proj_out = flux.proj_out

    def adapted(self) -> dict[str, AdaptedLinear]:
        """The layers on which the LoRA acts, by their published names (`transformer_blocks.0.attn.to_q`)."""
        names = {module: name for name, module in self.flux.named_modules()}
        text_layers = {module for block in self.double_blocks for module in cast("DoubleBlock", block).text.modules()}
        adapted = (module for module in self.modules() if isinstance(module, AdaptedLinear))
        return {names[layer.base]: layer for layer in adapted if layer not in text_layers}

    @property
    def flux(self) -> FluxTransformer2DModel:
        """The diffusers transformer; it shares the weights, without the LoRAs."""
        return self._flux[0]

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the activations, which is that of the norms: they are never quantized."""
        return cast("DoubleBlock", self.double_blocks[0]).image.qkv.norm_q.weight.dtype

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return next(self.parameters()).device

    def rope(self, ids: Tensor) -> Rope:
        """Rotary factors of position ids (tokens, 3)."""
        return Rope(*self.pos_embed(ids))

    def forward(self, branches: Sequence[Branch], run_block: Callable[..., Any] | None = None) -> Tensor:
        """Predict the flow of the image branch.

        Args:
            branches: text, image, then the conditions.
            run_block: called as run_block(block, hidden, branches, embeddings) in place of block(...), by which
                training computes activations again; None for a plain call.

        Returns:
            (1, image tokens, channels).
        """
        text = branches[0]
        hidden = [text.cached("embedded", lambda: self.context_embedder(text.tokens))]
        hidden += [self._embed(branch) for branch in branches[1:]]
        embeddings = [branch.modulation.embedding(self.time_text_embed, hidden[1].dtype) for branch in branches]
        for block in (*self.double_blocks, *self.single_blocks):
            if run_block is None:
                hidden = block(hidden, branches, embeddings)
            else:
                hidden = run_block(block, hidden, branches, embeddings)
        return self.proj_out(self.norm_out(hidden[1], embeddings[1]))

    def _embed(self, branch: Branch) -> Tensor:
        return branch.cached("embedded", lambda: self.x_embedder(branch.tokens, branch.modulation.adapter))
