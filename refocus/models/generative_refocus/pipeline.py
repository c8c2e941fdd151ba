"""The generative pipeline: DeblurNet and BokehNet as two modes of one FLUX.1-dev.

Generative Refocusing (arXiv 2512.16923) on FLUX.1-dev. Inference only, with the results of the published system.
"""

from collections.abc import Callable
from typing import Any

import torch
from diffusers.utils.torch_utils import randn_tensor
from numpy.typing import ArrayLike
from PIL import Image
from torch import Tensor

from refocus.core import WeightsMissing
from refocus.models.generative_refocus.conditions import (
    OPENING_OFFSET,
    PRE_DEBLURRED_OFFSET,
    Condition,
    ImageInput,
    decode,
    encode,
    map_pixels,
    opening_pixels,
    pack,
    photo_pixels,
    to_pil,
)
from refocus.models.generative_refocus.inputs import check_map, check_opening, check_photo, fit_pre_deblurred
from refocus.models.generative_refocus.lora_pipeline import LESS_MEMORY, FluxLoraPipeline
from refocus.models.generative_refocus.network_specs import (
    BOKEH_NET,
    DEBLUR_NET,
    DEFAULT_STEPS,
    PRE_DEBLUR_NET,
    SHAPE_NET,
)
from refocus.models.generative_refocus.run_settings import GenerativeSettings, OutputType, Tiled
from refocus.models.generative_refocus.sampling import Denoiser, denoise, flow_schedule
from refocus.models.generative_refocus.token_grid import Grid, fit_photo
from refocus.models.inputs import check_latents
from refocus.models.memory import explain_out_of_memory

Callback = Callable[[float], None]
"""Called with the share of the sampling done, in (0, 1], after each pass of the transformer; may raise to cancel."""


class GenerativeRefocusPipeline(FluxLoraPipeline):
    """Deblurs a photo and renders bokeh, with FLUX.1-dev and the two LoRAs of Generative Refocusing.

    Several threads may call `deblur` and `bokeh` of one pipeline: the LoRA is an argument of each call, and each run
    has its own scheduler. With offloading, which moves weights during a run, only one run proceeds at a time.
    """

    @torch.no_grad()
    def deblur(
        self,
        image: Any,
        *,
        pre_deblurred: Any = None,
        prompt: str | None = None,
        num_inference_steps: int = DEFAULT_STEPS,
        guidance_scale: float = DEBLUR_NET.guidance_scale,
        tiled: Tiled = "auto",
        generator: torch.Generator | None = None,
        latents: Tensor | None = None,
        output_type: OutputType = "pil",
        callback: Callback | None = None,
    ) -> Image.Image | Tensor:
        """DeblurNet: the all-in-focus picture of a photo.

        Args:
            image: RGB photo (PIL, or (height, width, 3) uint8 sRGB) with sides of at least 64 px. Sides that are not
                multiples of 16 are rounded up, and the result has that size (`working_size`).
            pre_deblurred: the photo as deblurred by another method, of its proportions: a condition before the photo.
                It needs weights trained so: `pre_deblur_lora`, or without that one `deblur_lora`, which must then be
                a file for two conditions. Neither file tells how many conditions it was trained with.
            prompt: the whole prompt; None is the one of the training (`network_specs.with_words` extends it).
            num_inference_steps: Euler steps, 1 to 1000.
            guidance_scale: an input of FLUX.1-dev, 0 to 100; there is no second pass.
            tiled: whether the transformer sees tiles of 512 px; "auto" for pictures with sides of at least 512 px.
            generator: on the CPU; PyTorch's global one when None. It draws the latents first (unless they are given),
                then the VAE's noise of each condition (pre-deblurred, photo).
            latents: (1, tokens, channels) noise to start from.
            output_type: "pil"; "pt" for (1, 3, height, width) float32 in [0, 1]; "latent" for packed latents.
            callback: called with the share done after each step, in tiles after each tile; may raise `Cancelled`.

        Raises:
            BadInput: when an argument is out of range, before anything is computed.
            WeightsMissing: when the pipeline was loaded without this LoRA.
            EngineNotReady: when memory runs out.
        """
        settings = GenerativeSettings(
            prompt=DEBLUR_NET.prompt if prompt is None else prompt,
            num_inference_steps=num_inference_steps,
            guidance_scale=guidance_scale,
            tiled=tiled,
            generator=generator,
            latents=latents,
            output_type=output_type,
        )
        photo = check_photo(image)
        images, adapter = [ImageInput(photo_pixels(fit_photo(photo)))], DEBLUR_NET.adapter
        if pre_deblurred is not None:
            adapter = PRE_DEBLUR_NET.adapter if self.has_adapter(PRE_DEBLUR_NET.adapter) else adapter
            sharper = fit_pre_deblurred(pre_deblurred, photo)
            images.insert(0, ImageInput(photo_pixels(sharper), PRE_DEBLURRED_OFFSET))
        return self._run(adapter, images, settings, callback)

    @torch.no_grad()
    def bokeh(
        self,
        image: Any,
        defocus_map: ArrayLike,
        *,
        opening: ArrayLike | None = None,
        prompt: str | None = None,
        num_inference_steps: int = DEFAULT_STEPS,
        guidance_scale: float = BOKEH_NET.guidance_scale,
        tiled: Tiled = "auto",
        generator: torch.Generator | None = None,
        latents: Tensor | None = None,
        output_type: OutputType = "pil",
        callback: Callback | None = None,
    ) -> Image.Image | Tensor:
        """BokehNet: the bokeh of a defocus map.

        Args:
            image: the all-in-focus photo, as for `deblur`.
            defocus_map: (height, width) in [0, 1] from `defocus.defocus_map`, of the photo's size or of its working
                size.
            opening: (256, 256) in [0, 1] from `Aperture.opening`, the shape that points of light take; None for a round
                aperture. It needs the LoRA of the shape condition.

        The other arguments, result and errors are as for `deblur`; the noise is drawn for latents, photo, map, opening.
        """
        settings = GenerativeSettings(
            prompt=BOKEH_NET.prompt if prompt is None else prompt,
            num_inference_steps=num_inference_steps,
            guidance_scale=guidance_scale,
            tiled=tiled,
            generator=generator,
            latents=latents,
            output_type=output_type,
        )
        photo = check_photo(image)
        blur = check_map(defocus_map, photo)
        images = [ImageInput(photo_pixels(fit_photo(photo))), ImageInput(map_pixels(blur))]
        if opening is not None:
            self._check_adapter(SHAPE_NET.adapter)
            pixels = opening_pixels(check_opening(opening))
            images.append(ImageInput(pixels, OPENING_OFFSET, SHAPE_NET.adapter, beside=True))
        return self._run(BOKEH_NET.adapter, images, settings, callback)

    def _run(
        self, adapter: str, images: list[ImageInput], settings: GenerativeSettings, callback: Callback | None
    ) -> Image.Image | Tensor:
        """Sample and decode."""
        height, width = images[0].pixels.shape[-2:]
        grid = settings.grid(width, height)
        check_latents(settings.latents, (1, grid.rows * grid.columns, self.transformer.config.in_channels))
        self._check_adapter(adapter)
        with self._run_lock, explain_out_of_memory(LESS_MEMORY):
            try:
                tokens = self._sample(adapter, images, grid, settings, callback)
                if settings.output_type == "latent":
                    return tokens
                picture = decode(self.vae, tokens, grid.rows, grid.columns)
                return picture if settings.output_type == "pt" else to_pil(picture)
            finally:
                self.maybe_free_model_hooks()

    def _check_adapter(self, adapter: str) -> None:
        if not self.has_adapter(adapter):
            raise WeightsMissing(
                f"This pipeline was loaded without the {adapter} LoRA.", todo="Load it with from_pretrained."
            )

    def _sample(
        self,
        adapter: str,
        images: list[ImageInput],
        grid: Grid,
        settings: GenerativeSettings,
        callback: Callback | None,
    ) -> Tensor:
        device = self._execution_device
        prompt = self._encode_prompt(settings.prompt, device)
        latents = self._prepare_latents(grid, settings, device, prompt.tokens.dtype)  # (1, tokens, channels)
        conditions = [
            Condition(
                encode(self.vae, one.pixels, settings.generator, device),
                one.column_offset,
                adapter=one.adapter,
                own_grid=one.grid if one.beside else None,
            )
            for one in images
        ]
        denoiser = Denoiser(
            self.transformer,
            grid,
            prompt=prompt,
            conditions=conditions,
            guidance_scale=settings.guidance_scale,
            adapter=adapter,
        )
        scheduler = flow_schedule(self.scheduler, latents.shape[1], settings.num_inference_steps, device)
        return denoise(denoiser, scheduler, latents, callback)

    def _prepare_latents(
        self, grid: Grid, settings: GenerativeSettings, device: torch.device, dtype: torch.dtype
    ) -> Tensor:
        if settings.latents is not None:
            return settings.latents.to(device, dtype)
        shape = (1, self.transformer.config.in_channels // 4, 2 * grid.rows, 2 * grid.columns)
        return pack(randn_tensor(shape, generator=settings.generator, device=device, dtype=dtype))
