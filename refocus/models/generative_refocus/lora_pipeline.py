"""FLUX.1-dev with named LoRAs: loading, saving, and placing it on a device."""

import contextlib
import logging
import os
import threading
from pathlib import Path
from typing import Any, Self

import torch
from diffusers import (
    AutoencoderKL,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
)
from diffusers.hooks import apply_group_offloading
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from refocus.core import BadInput
from refocus.models.generative_refocus.checkpoint import find_flux, find_lora
from refocus.models.generative_refocus.conditions import PromptEmbeds
from refocus.models.generative_refocus.loading import Bits, load_components
from refocus.models.generative_refocus.loras import add_adapter, save_adapter
from refocus.models.generative_refocus.memory import MODES
from refocus.models.generative_refocus.network_specs import (
    BOKEH_NET,
    DEBLUR_NET,
    NETWORKS,
    PRE_DEBLUR_NET,
    SHAPE_NET,
)
from refocus.models.generative_refocus.transformer import BranchedFlux
from refocus.models.memory import Offload, explain_out_of_memory
from refocus.models.weights.hub import Announce, Download

LESS_MEMORY = 'Offload ("model", then "group"), use 8- or 4-bit weights, or a smaller picture.'
_MAX_CACHED_PROMPTS = 8

logger = logging.getLogger(__name__)


class FluxLoraPipeline(DiffusionPipeline):
    """The components of FLUX.1-dev with the LoRAs of DeblurNet and BokehNet.

    Args:
        scheduler: only its configuration is used.
        vae, text_encoder, tokenizer, text_encoder_2, tokenizer_2: of FLUX.1-dev.
        transformer: of FLUX.1-dev, plain or quantized; it is converted to a `BranchedFlux` with the same layers.
    """

    # The VAE also encodes before the transformer runs. It comes last, since a model is only moved out by the next one.
    model_cpu_offload_seq = "text_encoder->text_encoder_2->transformer->vae"

    vae: AutoencoderKL
    transformer: BranchedFlux
    scheduler: FlowMatchEulerDiscreteScheduler

    def __init__(
        self,
        scheduler: FlowMatchEulerDiscreteScheduler,
        vae: AutoencoderKL,
        text_encoder: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        text_encoder_2: PreTrainedModel,
        tokenizer_2: PreTrainedTokenizerBase,
        transformer: FluxTransformer2DModel | BranchedFlux,
    ) -> None:
        super().__init__()
        self.register_modules(
            scheduler=scheduler,
            vae=vae,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            text_encoder_2=text_encoder_2,
            tokenizer_2=tokenizer_2,
            transformer=transformer if isinstance(transformer, BranchedFlux) else BranchedFlux(transformer),
        )
        self.tile_vae_above(MODES[0].vae_tile_px)
        self._prompt_cache: dict[tuple[str, torch.dtype], PromptEmbeds] = {}
        self._run_lock: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()

    @classmethod
    def from_pretrained(
        cls,
        flux: str | os.PathLike[str],
        *,
        deblur_lora: str | os.PathLike[str] | None = None,
        bokeh_lora: str | os.PathLike[str] | None = None,
        pre_deblur_lora: str | os.PathLike[str] | None = None,
        shape_lora: str | os.PathLike[str] | None = None,
        dtype: torch.dtype | None = None,
        torch_dtype: torch.dtype | None = None,
        bits: Bits = 16,
        announce: Announce | None = None,
    ) -> Self:
        """Load the model on the CPU; `place` then moves it to a device.

        Args:
            flux: folder of FLUX.1-dev in diffusers' layout, or its repository on the hub.
            deblur_lora, bokeh_lora: the file, a folder that has it under its published name, or a repository on the
                hub. Without it, `deblur` or `bokeh` raises WeightsMissing.
            pre_deblur_lora: likewise, DeblurNet with two conditions, for `deblur` with a pre-deblurred picture.
            shape_lora: likewise, for `bokeh` with an `opening`.
            dtype: torch.bfloat16 on a GPU, torch.float32 (when None) on a CPU.
            torch_dtype: diffusers' older name of `dtype`.
            bits: 16 (weights in `dtype`), or 8 or 4 bits per weight of transformer and T5 (needs bitsandbytes).
            announce: called with size and licence before a download; logged when None.

        Raises:
            WeightsMissing: when a file is missing, truncated or of another model, or a LoRA does not fit.
            EngineNotReady: when `bits` needs a package that is not installed.
        """
        announce = announce or _log_download
        folder = find_flux(flux, announce)
        loras = {
            network.adapter: find_lora(lora, network.lora_file, announce)
            for network, lora in (
                (DEBLUR_NET, deblur_lora),
                (BOKEH_NET, bokeh_lora),
                (PRE_DEBLUR_NET, pre_deblur_lora),
                (SHAPE_NET, shape_lora),
            )
            if lora is not None
        }
        pipeline = cls(**load_components(folder, dtype=dtype or torch_dtype or torch.float32, bits=bits))
        for adapter, file in loras.items():
            pipeline.load_adapter(adapter, file)
        return pipeline

    def save_pretrained(self, save_directory: str | os.PathLike[str], **options: Any) -> None:
        """Save FLUX.1-dev in diffusers' layout, and the LoRAs beside it under their published names.

        Args:
            save_directory: `from_pretrained` takes it as FLUX.1-dev and as the folder of each LoRA.
            options: as for `DiffusionPipeline.save_pretrained`.

        Raises:
            BadInput: when the weights are quantized, since the original weights are lost.
        """
        if self._quantized:
            raise BadInput("Quantized weights cannot be saved.", todo="Load the model with bits=16 first.")
        self._plain_pipeline().save_pretrained(save_directory, **options)
        for network in (*NETWORKS, SHAPE_NET):
            if self.has_adapter(network.adapter):
                save_adapter(self.transformer.adapted(), Path(save_directory) / network.lora_file, network.adapter)

    def load_adapter(self, adapter: str, file: str | os.PathLike[str]) -> None:
        """Load a LoRA under a name.

        Args:
            adapter: of a `NetworkSpec`.
            file: safetensors.

        Raises:
            WeightsMissing: when it does not fit every layer; nothing is changed then.
        """
        flux = self.transformer
        add_adapter(flux.adapted(), Path(file), adapter, dtype=flux.dtype, device=flux.device)

    def has_adapter(self, adapter: str) -> bool:
        """Whether a LoRA of that name is loaded."""
        return adapter in self.transformer.x_embedder.adapters

    def place(self, device: str | torch.device, *, offload: Offload = "none") -> Self:
        """Move the model to the device on which it runs. Call it once, before the first run.

        Args:
            device: of the computation.
            offload: weights kept in main memory meanwhile; `memory.estimate_memory` tells what each choice needs.

        Raises:
            BadInput: on an unknown `offload`, or one that quantized weights do not support.
            EngineNotReady: when the device has too little memory.
        """
        if offload not in ("none", "model", "group"):
            raise BadInput(f"offload is {offload!r}.", todo='Choose "none", "model" or "group".')
        if offload == "group" and self._quantized:
            raise BadInput("Quantized weights do not support group offload.", todo='Choose "model", or 16 bits.')
        with explain_out_of_memory(LESS_MEMORY):
            if offload == "model":
                self.enable_model_cpu_offload(device=device)
            elif offload == "group":
                self._offload_groups(torch.device(device))
            else:
                self.to(device)
        self._run_lock = contextlib.nullcontext() if offload == "none" else threading.Lock()
        return self

    def tile_vae_above(self, side_px: int) -> None:
        """Process pictures with a longer side in overlapping VAE tiles of this size.

        The published system has no VAE tiles. They change the picture slightly, but limit the memory of large photos.
        """
        self.vae.enable_tiling()
        self.vae.tile_sample_min_size = side_px
        self.vae.tile_latent_min_size = side_px // 2 ** (len(self.vae.config.block_out_channels) - 1)

    def _encode_prompt(self, prompt: str, device: torch.device) -> PromptEmbeds:
        """Encode a prompt, with a cache, since all frames of a stack have the same one and T5 is large."""
        key = prompt, self.text_encoder_2.dtype
        embeds = self._prompt_cache.get(key)
        if embeds is None:
            tokens, pooled, _ = self._plain_pipeline().encode_prompt(prompt, device=device)
            embeds = PromptEmbeds(tokens, pooled)
            if len(self._prompt_cache) >= _MAX_CACHED_PROMPTS:
                self._prompt_cache.clear()
            self._prompt_cache[key] = embeds
        return PromptEmbeds(embeds.tokens.to(device), embeds.pooled.to(device))

    def _plain_pipeline(self) -> FluxPipeline:
        """The same components as diffusers' pipeline, without the LoRAs."""
        return FluxPipeline(**{**self.components, "transformer": self.transformer.flux})

    def _offload_groups(self, device: torch.device) -> None:
        """Keep the weights in main memory; on CUDA the next group is loaded while the current one runs."""
        options = {
            "onload_device": device,
            "offload_device": torch.device("cpu"),
            "use_stream": device.type == "cuda",
        }
        apply_group_offloading(self.transformer, offload_type="block_level", num_blocks_per_group=1, **options)
        for model in (self.text_encoder, self.text_encoder_2, self.vae):
            apply_group_offloading(model, offload_type="leaf_level", **options)

    @property
    def _quantized(self) -> bool:
        return self.transformer.is_loaded_in_8bit or self.transformer.is_loaded_in_4bit


def _log_download(download: Download) -> None:
    logger.info("Downloading %s", download)
