"""Weights to models: every component loaded in full, plain or quantised, or an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import AutoencoderKL, BitsAndBytesConfig, FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel
from transformers import BitsAndBytesConfig as TransformersBitsAndBytesConfig
from transformers import CLIPTextModel, CLIPTokenizer, T5EncoderModel, T5TokenizerFast

from refocus.core import BadInput, EngineNotReady, WeightsMissing
from refocus.models.generative_refocus.quantising import OLDEST_BITSANDBYTES, has_bitsandbytes

Bits = Literal[16, 8, 4]
"""Bits a weight of the transformer and of T5 takes: 16 stands for "as `dtype` says", 8 and 4 for bitsandbytes."""


def load_components(folder: Path, *, dtype: torch.dtype, bits: Bits = 16) -> dict[str, Any]:
    """Load all components of FLUX.1-dev, by their names in the pipeline, on the CPU.

    Args:
        folder: checked before (`folders.check_flux_folder`).
        dtype: float32 or bfloat16; with `bits` below 16, of what is computed and of all that is not quantised.
        bits: of the transformer's and T5's weights.

    Raises:
        BadInput: on another dtype or number of bits.
        EngineNotReady: when quantised weights are asked for without bitsandbytes or without a graphics card.
        WeightsMissing: when weights of a model are missing or have other shapes.
    """
    if dtype not in (torch.float32, torch.bfloat16):
        raise BadInput(f"FLUX does not run in {dtype}.", todo="Choose torch.bfloat16, or torch.float32 on a CPU.")
    if bits not in (16, 8, 4):
        raise BadInput(f"{bits!r} bits a weight are not possible.", todo="Choose 16, 8 or 4.")
    if bits != 16:
        _check_quantising(bits)
    quantised = _settings(bits, dtype)
    t5 = _load(
        T5EncoderModel, folder / "text_encoder_2", dtype=dtype, **_with(TransformersBitsAndBytesConfig, quantised)
    )
    if bits != 16:
        t5.to("cpu")  # quantising put it on the card, where the transformer needs the room while it is loaded
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler.from_pretrained(folder / "scheduler"),
        "tokenizer": CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        "tokenizer_2": T5TokenizerFast.from_pretrained(folder / "tokenizer_2", local_files_only=True),
        "vae": _load(AutoencoderKL, folder / "vae", torch_dtype=dtype),
        "text_encoder": _load(CLIPTextModel, folder / "text_encoder", dtype=dtype),
        "text_encoder_2": t5,
        "transformer": _load(
            FluxTransformer2DModel, folder / "transformer", torch_dtype=dtype, **_with(BitsAndBytesConfig, quantised)
        ),
    }


def _check_quantising(bits: Bits) -> None:
    if not has_bitsandbytes():
        oldest = ".".join(map(str, OLDEST_BITSANDBYTES))
        raise EngineNotReady(
            f"Weights of {bits} bits need bitsandbytes {oldest} or later, which is not installed.",
            todo="Run pip install -U bitsandbytes, or choose 16 bits with offloading.",
        )
    if not torch.accelerator.is_available():
        raise EngineNotReady(
            f"Weights of {bits} bits are made on a graphics card, and none is here.", todo="Choose 16 bits."
        )


def _settings(bits: Bits, dtype: torch.dtype) -> dict[str, Any]:
    if bits == 8:
        return {"load_in_8bit": True}
    if bits == 4:
        return {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": dtype}
    return {}


def _with(config: type, settings: dict[str, Any]) -> dict[str, Any]:
    return {"quantization_config": config(**settings)} if settings else {}


def _load(model_class: Any, folder: Path, **options: Any) -> torch.nn.Module:
    """A model whose every weight came from the folder: the libraries themselves only warn, and make the rest up."""
    try:
        model, report = model_class.from_pretrained(folder, output_loading_info=True, local_files_only=True, **options)
    except (OSError, ValueError, RuntimeError) as error:
        raise WeightsMissing(
            f"{folder} cannot be loaded: {error}", todo="Download the weights again, in full."
        ) from error
    absent = [*report["missing_keys"], *report["mismatched_keys"]]
    if absent:
        raise WeightsMissing(
            f"{folder} lacks {len(absent)} weights of {model_class.__name__}, for one {absent[0]}.",
            todo="Download the weights again, in full.",
        )
    return model.eval()
