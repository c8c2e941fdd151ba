"""Load the components of FLUX.1-dev, plain or quantized."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import AutoencoderKL, BitsAndBytesConfig, FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel
from transformers import BitsAndBytesConfig as TransformersBitsAndBytesConfig
from transformers import CLIPTextModel, CLIPTokenizer, T5EncoderModel, T5TokenizerFast

from refocus.core import BadInput, EngineNotReady
from refocus.models.generative_refocus.memory import MIN_BITSANDBYTES, has_bitsandbytes
from refocus.models.weights.components import load_model

Bits = Literal[16, 8, 4]
"""Bits per weight of transformer and T5: 16 means the `dtype`, 8 and 4 are quantized by bitsandbytes."""


def load_components(folder: Path, *, dtype: torch.dtype, bits: Bits = 16) -> dict[str, Any]:
    """Load all components of FLUX.1-dev on the CPU.

    Args:
        folder: checked by `check_flux_folder`.
        dtype: float32 or bfloat16, of activations and of all weights that are not quantized.
        bits: per weight of transformer and T5.

    Returns:
        Components by name in the pipeline.

    Raises:
        BadInput: on another dtype or number of bits.
        EngineNotReady: when quantized weights are requested without bitsandbytes or without a GPU.
        WeightsMissing: when weights are missing, or have other shapes than the model.
    """
    if dtype not in (torch.float32, torch.bfloat16):
        raise BadInput(f"FLUX does not run in {dtype}.", todo="Choose torch.bfloat16, or torch.float32 on a CPU.")
    if bits not in (16, 8, 4):
        raise BadInput(f"{bits!r} bits per weight are not supported.", todo="Choose 16, 8 or 4.")
    if bits != 16:
        _check_quantization(bits)
    t5_options = _quantization(TransformersBitsAndBytesConfig, bits, dtype)
    t5 = load_model(T5EncoderModel, folder / "text_encoder_2", dtype=dtype, **t5_options)
    if bits != 16:
        t5.to("cpu")  # quantization put it on the GPU, whose memory the transformer needs while it is loaded
    transformer_options = _quantization(BitsAndBytesConfig, bits, dtype)
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler.from_pretrained(folder / "scheduler"),
        "tokenizer": CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        "tokenizer_2": T5TokenizerFast.from_pretrained(folder / "tokenizer_2", local_files_only=True),
        "vae": load_model(AutoencoderKL, folder / "vae", torch_dtype=dtype),
        "text_encoder": load_model(CLIPTextModel, folder / "text_encoder", dtype=dtype),
        "text_encoder_2": t5,
        "transformer": load_model(
            FluxTransformer2DModel, folder / "transformer", torch_dtype=dtype, **transformer_options
        ),
    }


def _check_quantization(bits: Bits) -> None:
    if not has_bitsandbytes():
        oldest = ".".join(map(str, MIN_BITSANDBYTES))
        raise EngineNotReady(
            f"Weights of {bits} bits need bitsandbytes {oldest} or later, which is not installed.",
            todo="Run pip install -U bitsandbytes, or choose 16 bits with offloading.",
        )
    if not torch.accelerator.is_available():
        raise EngineNotReady(
            f"Weights of {bits} bits are quantized on a GPU, and there is none.", todo="Choose 16 bits."
        )


def _quantization(config: type, bits: Bits, dtype: torch.dtype) -> dict[str, Any]:
    """Keywords of `from_pretrained` for quantized weights; none for 16 bits."""
    if bits == 8:
        return {"quantization_config": config(load_in_8bit=True)}
    if bits == 4:
        nf4 = config(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
        return {"quantization_config": nf4}
    return {}
