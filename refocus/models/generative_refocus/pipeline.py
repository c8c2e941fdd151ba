"""The generative pipeline: DeblurNet and BokehNet as two modes of one FLUX.1-dev.

Generative Refocusing (arXiv 2512.16923) on FLUX.1-dev; inference only, exact to the published system.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import torch
from diffusers import (
    AutoencoderKL,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
)
from numpy.typing import ArrayLike
from PIL import Image
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from refocus.core import BadInput, WeightsMissing
from refocus.models.generative_refocus import checks
from refocus.models.generative_refocus.branches import pack
from refocus.models.generative_refocus.checks import Options, OutputType, Tiled
from refocus.models.generative_refocus.conditions import (
    PRE_DEBLURRED_OFFSET,
    Condition,
    decode,
    draw_noise,
    encode,
    map_pixels,
    photo_pixels,
    to_pil,
)
from refocus.models.generative_refocus.folders import BOKEH_LORA_FILE, DEBLUR_LORA_FILE, find_flux, find_lora
from refocus.models.generative_refocus.loading import Bits, load_components
from refocus.models.generative_refocus.loras import BOKEH_ADAPTER, DEBLUR_ADAPTER, add_adapter, save_adapter
from refocus.models.generative_refocus.placement import offload_in_groups
from refocus.models.generative_refocus.sampling import Denoiser, Grid, denoise, flow_schedule
from refocus.models.generative_refocus.settings import BOKEH_GUIDANCE, DEBLUR_GUIDANCE, DEFAULT_STEPS
from refocus.models.generative_refocus.sizing import fit_photo
from refocus.models.generative_refocus.text import BOKEH_PROMPT, DEBLUR_PROMPT, PromptEmbeds, encode_prompt
from refocus.models.generative_refocus.transformer import BranchedFlux
from refocus.models.hub import Announce, Download
from refocus.models.out_of_memory import out_of_memory_said

Callback = Callable[[float], None]
"""Told after every run of the transformer how much of the sampling is done, in (0, 1]; may raise to cancel."""

Offload = Literal["none", "model", "group"]
"""Which weights wait in main memory: none, all models but the one at work, or all blocks but the ones at work."""

VAE_TILE_PX = 2048
"""Photos with a longer side go through the VAE in tiles of this size. The published system has no such tiles; they
change the picture slightly, and are what lets a large photo be decoded at all."""

_LESS_MEMORY = 'Offload ("model", then "group"), take 8- or 4-bit weights, or a smaller picture.'
_KEPT_PROMPTS = 8
_LORA_FILES = {DEBLUR_ADAPTER: DEBLUR_LORA_FILE, BOKEH_ADAPTER: BOKEH_LORA_FILE}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """Pixels of one condition, (1, 3, height, width), and the offset of its column ids."""

    pixels: Tensor
    column_offset: int = 0


class GenerativeRefocusPipeline(DiffusionPipeline):
    """Deblurs a photo and renders bokeh, with FLUX.1-dev and the two Generative Refocusing LoRAs.

    Several threads may call `deblur` and `bokeh` of one pipeline: which LoRA is used travels with the call, and each
    run has a scheduler of its own. With offloading, where weights move while a run goes on, runs wait for each other.

    Args:
        scheduler: FLUX.1-dev's; only its configuration is used.
        vae, text_encoder, tokenizer, text_encoder_2, tokenizer_2: FLUX.1-dev's.
        transformer: FLUX.1-dev's, plain or quantised; its layers are taken over (`BranchedFlux`).
    """

    # The VAE also encodes before the transformer runs; it comes last, since a model is moved out by the one after it.
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
        self.tile_vae_above(VAE_TILE_PX)
        self._adapters: frozenset[str] = frozenset()
        self._prompts: dict[tuple[str, torch.dtype], PromptEmbeds] = {}
        self._turn: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()

    @classmethod
    def from_pretrained(
        cls,
        flux: str | os.PathLike[str],
        *,
        deblur_lora: str | os.PathLike[str] | None = None,
        bokeh_lora: str | os.PathLike[str] | None = None,
        dtype: torch.dtype | None = None,
        torch_dtype: torch.dtype | None = None,
        bits: Bits = 16,
        announce: Announce | None = None,
    ) -> Self:
        """Load the model on the CPU; `place` then brings it to a device.

        Args:
            flux: folder of FLUX.1-dev in diffusers' layout, or its repository on the hub.
            deblur_lora, bokeh_lora: the file, a folder that has it under its published name, or a repository on the
                hub. Without one, `deblur` or `bokeh` raises WeightsMissing.
            dtype: torch.bfloat16 on a GPU, torch.float32 (when None) on a CPU.
            torch_dtype: diffusers' older name of `dtype`.
            bits: 16 (weights in `dtype`), or 8 or 4 bits a weight for transformer and T5 (needs bitsandbytes).
            announce: told size and licence before a download; logged when None.

        Raises:
            WeightsMissing: when anything is missing, truncated or of another model, or a LoRA does not load fully.
            EngineNotReady: when `bits` needs a package that is not installed.
        """
        announce = announce or _log_download
        folder = find_flux(flux, announce)
        given = {DEBLUR_ADAPTER: deblur_lora, BOKEH_ADAPTER: bokeh_lora}
        loras = {
            adapter: find_lora(lora, _LORA_FILES[adapter], announce)
            for adapter, lora in given.items()
            if lora is not None
        }
        pipeline = cls(**load_components(folder, dtype=dtype or torch_dtype or torch.float32, bits=bits))
        for adapter, file in loras.items():
            pipeline.load_adapter(adapter, file)
        return pipeline

    def save_pretrained(self, save_directory: str | os.PathLike[str], **options: Any) -> None:
        """Write FLUX.1-dev in diffusers' layout, and the LoRAs beside it under their published names.

        Args:
            save_directory: `from_pretrained` takes it as FLUX.1-dev and as the place of each LoRA.
            options: as for `DiffusionPipeline.save_pretrained`.

        Raises:
            BadInput: when the weights are quantised: what was rounded away cannot be written again.
        """
        if self.transformer.is_loaded_in_8bit or self.transformer.is_loaded_in_4bit:
            raise BadInput("Quantised weights cannot be saved.", todo="Load the model with bits=16 first.")
        parts = {**self.components, "transformer": self.transformer.flux}
        FluxPipeline(**parts).save_pretrained(save_directory, **options)
        for adapter in sorted(self._adapters):
            save_adapter(self.transformer.adapted(), Path(save_directory) / _LORA_FILES[adapter], adapter)

    def load_adapter(self, adapter: str, file: str | os.PathLike[str]) -> None:
        """Load a LoRA beside the weights, in full, under a name: `DEBLUR_ADAPTER` or `BOKEH_ADAPTER`.

        Raises:
            WeightsMissing: when it does not fit in every layer; nothing has changed then.
        """
        flux = self.transformer
        add_adapter(flux.adapted(), Path(file), adapter, dtype=flux.dtype, device=flux.device)
        self._adapters |= {adapter}

    def place(self, device: str | torch.device, *, offload: Offload = "none") -> Self:
        """Bring the model to the device it runs on. To be called once, before the first run.

        Args:
            device: where to compute.
            offload: what waits in main memory meanwhile; `memory.estimate` says what each way needs.

        Raises:
            BadInput: on an unknown way of offloading, or one that does not go with the weights.
            EngineNotReady: when the device has too little memory.
        """
        if offload not in ("none", "model", "group"):
            raise BadInput(f"offload={offload!r} is unknown.", todo='Choose "none", "model" or "group".')
        if offload == "group" and (self.transformer.is_loaded_in_8bit or self.transformer.is_loaded_in_4bit):
            raise BadInput("Quantised weights cannot be offloaded in groups.", todo='Choose "model", or 16 bits.')
        with out_of_memory_said(_LESS_MEMORY):
            if offload == "model":
                self.enable_model_cpu_offload(device=device)
            elif offload == "group":
                offload_in_groups(
                    blocks=[self.transformer],
                    leaves=[self.text_encoder, self.text_encoder_2, self.vae],
                    device=torch.device(device),
                )
            else:
                self.to(device)
        self._turn = contextlib.nullcontext() if offload == "none" else threading.Lock()
        return self

    def tile_vae_above(self, side_px: int) -> None:
        """Let the VAE work in overlapping tiles of this size on pictures with a longer side."""
        self.vae.enable_tiling()
        self.vae.tile_sample_min_size = side_px
        self.vae.tile_latent_min_size = side_px // self._vae_scale

    @torch.no_grad()
    def deblur(
        self,
        image: Any,
        *,
        pre_deblurred: Any = None,
        prompt: str | None = None,
        num_inference_steps: int = DEFAULT_STEPS,
        guidance_scale: float = DEBLUR_GUIDANCE,
        tiled: Tiled = "auto",
        generator: torch.Generator | None = None,
        latents: Tensor | None = None,
        output_type: OutputType = "pil",
        callback: Callback | None = None,
    ) -> Image.Image | Tensor:
        """DeblurNet: an all-in-focus picture of a photo.

        Args:
            image: RGB photo (PIL, or (height, width, 3) uint8 sRGB), at least 64 px a side; sides that are not
                multiples of 16 are brought up to the next ones, and the result has that size (`working_size`).
            pre_deblurred: the photo as another method deblurred it, as a second condition; brought to the same size.
            prompt: the whole prompt; None takes the one DeblurNet was trained with (`text.with_words` adds to it).
            num_inference_steps: Euler steps, 1 to 1000.
            guidance_scale: an input of FLUX.1-dev, 0 or more.
            tiled: tiles of 512 px, "auto" for pictures of at least 512 px a side; True demands them.
            generator: of the CPU; PyTorch's own when None. Draws the latents first (unless given), then the VAE's
                noise of each condition (pre-deblurred, photo).
            latents: (1, tokens, channels) noise to start from.
            output_type: "pil"; "pt" for (1, 3, height, width) float32 in [0, 1]; "latent" for packed latents.
            callback: told how much is done after each step, in tiles after each tile; may raise `Cancelled`.

        Raises:
            BadInput: on anything out of range, before anything is computed.
            WeightsMissing: when the pipeline was made without this LoRA.
            EngineNotReady: when memory runs out.
        """
        options = Options(
            prompt=DEBLUR_PROMPT if prompt is None else prompt,
            num_inference_steps=num_inference_steps,
            guidance_scale=guidance_scale,
            tiled=tiled,
            generator=generator,
            latents=latents,
            output_type=output_type,
        )
        photo = fit_photo(checks.check_photo(image))
        pictures = [_Picture(photo_pixels(photo))]
        if pre_deblurred is not None:
            sharper = checks.fit_pre_deblurred(pre_deblurred, photo.size)
            pictures.insert(0, _Picture(photo_pixels(sharper), PRE_DEBLURRED_OFFSET))
        return self._run(DEBLUR_ADAPTER, pictures, options, callback)

    @torch.no_grad()
    def bokeh(
        self,
        image: Any,
        defocus_map: ArrayLike,
        *,
        prompt: str | None = None,
        num_inference_steps: int = DEFAULT_STEPS,
        guidance_scale: float = BOKEH_GUIDANCE,
        tiled: Tiled = "auto",
        generator: torch.Generator | None = None,
        latents: Tensor | None = None,
        output_type: OutputType = "pil",
        callback: Callback | None = None,
    ) -> Image.Image | Tensor:
        """BokehNet: the bokeh a defocus map asks for.

        Args:
            image: the all-in-focus photo, as for `deblur`.
            defocus_map: (height, width) in [0, 1] from `generative_refocus.defocus_map`, of the photo's size or of
                its working size.

        The rest, the noise's order (latents, photo, map), what is returned and raised: as for `deblur`.
        """
        options = Options(
            prompt=BOKEH_PROMPT if prompt is None else prompt,
            num_inference_steps=num_inference_steps,
            guidance_scale=guidance_scale,
            tiled=tiled,
            generator=generator,
            latents=latents,
            output_type=output_type,
        )
        photo = checks.check_photo(image)
        blur = checks.check_map(defocus_map, photo)
        pictures = [_Picture(photo_pixels(fit_photo(photo))), _Picture(map_pixels(blur))]
        return self._run(BOKEH_ADAPTER, pictures, options, callback)

    def _run(
        self, adapter: str, pictures: list[_Picture], options: Options, callback: Callback | None
    ) -> Image.Image | Tensor:
        height, width = pictures[0].pixels.shape[-2:]
        grid = options.grid(width, height)
        options.check_latents(grid, self.transformer.config.in_channels)
        if adapter not in self._adapters:
            raise WeightsMissing(
                f"This pipeline was made without the {adapter} LoRA.", todo="Load it with from_pretrained."
            )
        with self._turn, out_of_memory_said(_LESS_MEMORY):
            try:
                tokens = self._sample(adapter, pictures, grid, options, callback)
                if options.output_type == "latent":
                    return tokens
                picture = decode(self.vae, tokens, grid.rows, grid.columns)
                return picture if options.output_type == "pt" else to_pil(picture)
            finally:
                self.maybe_free_model_hooks()

    def _sample(
        self, adapter: str, pictures: list[_Picture], grid: Grid, options: Options, callback: Callback | None
    ) -> Tensor:
        device = self._execution_device
        prompt = self._encode_prompt(options.prompt, device)
        latents = self._start(grid, options, device, prompt.tokens.dtype)  # (1, tokens, channels)
        conditions = [
            Condition(encode(self.vae, picture.pixels, options.generator, device), picture.column_offset)
            for picture in pictures
        ]
        denoiser = Denoiser(
            self.transformer,
            grid,
            prompt=prompt,
            conditions=conditions,
            guidance_scale=options.guidance_scale,
            adapter=adapter,
        )
        scheduler = flow_schedule(self.scheduler, latents.shape[1], options.num_inference_steps, device)
        return denoise(denoiser, scheduler, latents, callback)

    def _start(self, grid: Grid, options: Options, device: torch.device, dtype: torch.dtype) -> Tensor:
        if options.latents is not None:
            return options.latents.to(device, dtype)
        shape = (1, self.transformer.config.in_channels // 4, 2 * grid.rows, 2 * grid.columns)
        return pack(draw_noise(shape, options.generator, device=device, dtype=dtype))

    def _encode_prompt(self, prompt: str, device: torch.device) -> PromptEmbeds:
        """Encode a prompt, or recall it: a stack asks for the same one in every frame, and T5 is large."""
        key = prompt, self.text_encoder_2.dtype
        embeds = self._prompts.get(key)
        if embeds is None:
            embeds = encode_prompt(
                prompt,
                tokenizer=self.tokenizer,
                text_encoder=self.text_encoder,
                tokenizer_2=self.tokenizer_2,
                text_encoder_2=self.text_encoder_2,
                device=device,
            )
            if len(self._prompts) >= _KEPT_PROMPTS:
                self._prompts.clear()
            self._prompts[key] = embeds
        return embeds.to(device)

    @property
    def _vae_scale(self) -> int:
        return 2 ** (len(self.vae.config.block_out_channels) - 1)


def _log_download(download: Download) -> None:
    logger.info("Downloading %s", download)
