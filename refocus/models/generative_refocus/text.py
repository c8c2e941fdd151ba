"""Prompts to embeddings, with FLUX's two text encoders."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

DEBLUR_PROMPT = "a sharp photo with everything in focus"
BOKEH_PROMPT = "an excellent photo with a large aperture"

T5_TOKENS = 512


@dataclass(frozen=True, slots=True, eq=False)
class PromptEmbeds:
    """A prompt as FLUX takes it.

    Attributes:
        tokens: (1, 512, channels) from T5.
        pooled: (1, channels) from CLIP.
    """

    tokens: Tensor
    pooled: Tensor

    def to(self, device: torch.device) -> PromptEmbeds:
        """The same on another device."""
        return PromptEmbeds(self.tokens.to(device), self.pooled.to(device))


def with_words(prompt: str, words: str | None) -> str:
    """One of the two prompts with a user's own words added, for text-guided restoration."""
    words = (words or "").strip()
    return f"{prompt}, {words}" if words else prompt


def encode_prompt(
    prompt: str,
    *,
    tokenizer: PreTrainedTokenizerBase,
    text_encoder: PreTrainedModel,
    tokenizer_2: PreTrainedTokenizerBase,
    text_encoder_2: PreTrainedModel,
    device: torch.device,
) -> PromptEmbeds:
    """Encode a prompt. CLIP reads the first 77 tokens, T5 the first 512; what is beyond is not seen."""
    clip_ids = _ids(tokenizer, prompt, tokenizer.model_max_length)
    t5_ids = _ids(tokenizer_2, prompt, T5_TOKENS)
    pooled = text_encoder(clip_ids.to(device)).pooler_output
    tokens = text_encoder_2(t5_ids.to(device))[0]
    return PromptEmbeds(tokens.to(device, text_encoder_2.dtype), pooled.to(device, text_encoder.dtype))


def _ids(tokenizer: PreTrainedTokenizerBase, prompt: str, length: int) -> Tensor:
    return tokenizer(prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
