"""Encode prompts with the two text encoders of FLUX."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

T5_TOKENS = 512


@dataclass(frozen=True, slots=True, eq=False)
class PromptEmbeds:
    """An encoded prompt.

    Attributes:
        tokens: (1, 512, channels) from T5.
        pooled: (1, channels) from CLIP.
    """

    tokens: Tensor
    pooled: Tensor

    def to(self, device: torch.device) -> PromptEmbeds:
        """Move to a device."""
        return PromptEmbeds(self.tokens.to(device), self.pooled.to(device))


def encode_prompt(
    prompt: str,
    *,
    tokenizer: PreTrainedTokenizerBase,
    text_encoder: PreTrainedModel,
    tokenizer_2: PreTrainedTokenizerBase,
    text_encoder_2: PreTrainedModel,
    device: torch.device,
) -> PromptEmbeds:
    """Encode a prompt. It is truncated to 77 tokens for CLIP and to 512 tokens for T5."""
    clip_ids = _token_ids(tokenizer, prompt, tokenizer.model_max_length)
    t5_ids = _token_ids(tokenizer_2, prompt, T5_TOKENS)
    pooled = text_encoder(clip_ids.to(device)).pooler_output
    tokens = text_encoder_2(t5_ids.to(device))[0]
    return PromptEmbeds(tokens.to(device, text_encoder_2.dtype), pooled.to(device, text_encoder.dtype))


def _token_ids(tokenizer: PreTrainedTokenizerBase, prompt: str, length: int) -> Tensor:
    return tokenizer(prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
