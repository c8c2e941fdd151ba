"""The focal-stack pipeline: one photo in, nine frames focused from near to far out.

Learning to Refocus with Video Diffusion Models (Tedla et al., SIGGRAPH Asia 2025, arXiv 2512.19823) on Stable Video
Diffusion (Blattmann et al. 2023, arXiv 2311.15127). Inference only, on diffusers' own model classes.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from diffusers import (
    AutoencoderKLTemporalDecoder,
    DiffusionPipeline,
    EulerDiscreteScheduler,
    UNetSpatioTemporalConditionModel,
)
from diffusers.utils import BaseOutput
from diffusers.utils.torch_utils import randn_tensor
from numpy.typing import NDArray
from PIL import Image
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from refocus.core import EngineNotReady
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.models.focal_stack.decoding import decode_frames
from refocus.models.focal_stack.folders import check_pipeline_folder, find_focal_stack
from refocus.models.focal_stack.inputs import chosen_size
from refocus.models.focal_stack.photo import clip_pixels, photo_frame
from refocus.models.focal_stack.settings import (
    DEFAULT_DECODE_CHUNK,
    DEFAULT_FPS,
    DEFAULT_GUIDANCE_SCALE,
    DEFAULT_STEPS,
    ClipRange,
    FocalStackSettings,
    OutputType,
)
from refocus.models.noise import check_generator, check_latents
from refocus.models.photos import photo_srgb8

_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*")  # owner/name on the hub; everything else is a path
_DTYPES = {"dtype", "torch_dtype"}
StepCallback = Callable[["FocalStackPipeline", int, torch.Tensor, dict[str, torch.Tensor]], dict[str, Any] | None]


@dataclass
class FocalStackOutput(BaseOutput):
    """What a run gives back.

    Attributes:
        frames: frame 0 focused nearest. "pt": (frames, 3, height, width) float32 in [0, 1]; "np": (frames, height,
            width, 3) float32 in [0, 1]; "pil": a list of PIL images; "latent": (1, frames, 4, h, w) float32, what
            `FocalStackPipeline.decode` takes.
    """

    frames: torch.Tensor | NDArray[np.float32] | list[Image.Image]


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What the UNet is told besides the noise. With guidance index 0 is the unconditional half, 1 the conditional.

    Attributes:
        image_embeddings: (halves, 1, width of the embedding) float32.
        image_latents: (halves, frames, 4, h, w) float32, zero but for the photo's own frame.
        added_time_ids: (halves, 3) float32: frames a second less one, motion bucket, noise augmentation.
    """

    image_embeddings: torch.Tensor
    image_latents: torch.Tensor
    added_time_ids: torch.Tensor


class FocalStackPipeline(DiffusionPipeline):
    """Turns one photo into a focal stack.

    `from_pretrained` takes a Stable Video Diffusion folder whose UNet is the fine-tuned one. Latents and the scheduler
    stay in float32 whatever the models' dtype, and so does the VAE encoder, whose values overflow float16. One
    pipeline serves one call at a time: the scheduler keeps state.
    """

    # The VAE encodes first and decodes last; it comes last here since a model is only moved out by the one after it.
    model_cpu_offload_seq = "image_encoder->unet->vae"

    vae: AutoencoderKLTemporalDecoder
    image_encoder: CLIPVisionModelWithProjection
    unet: UNetSpatioTemporalConditionModel
    scheduler: EulerDiscreteScheduler
    feature_extractor: CLIPImageProcessor

    def __init__(
        self,
        vae: AutoencoderKLTemporalDecoder,
        image_encoder: CLIPVisionModelWithProjection,
        unet: UNetSpatioTemporalConditionModel,
        scheduler: EulerDiscreteScheduler,
        feature_extractor: CLIPImageProcessor,
    ) -> None:
        super().__init__()
        self.register_modules(
            vae=vae,
            image_encoder=image_encoder,
            unet=unet,
            scheduler=scheduler,
            feature_extractor=feature_extractor,
        )
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any) -> Self:
        """Load from a local folder or a hub repository; keywords as for `DiffusionPipeline.from_pretrained`.

        A folder of weights in the hub's layout (`find_focal_stack`) is understood too, with the keyword dtype alone.

        Raises:
            WeightsMissing: when a local folder does not exist, holds another model, lacks files or has truncated ones;
                nothing has been loaded by then.
        """
        folder = Path(pretrained_model_name_or_path)
        if folder.is_dir() and not (folder / "model_index.json").is_file() and not kwargs.keys() - _DTYPES:
            from refocus.models.focal_stack.loading import load_parts

            dtypes = [kwargs[name] for name in _DTYPES if kwargs.get(name) is not None]
            return cls(**load_parts(find_focal_stack(folder), dtype=dtypes[0] if dtypes else torch.float32))
        if folder.exists() or not _REPOSITORY.fullmatch(str(pretrained_model_name_or_path)):
            check_pipeline_folder(folder, given=frozenset(kwargs), variant=kwargs.get("variant") or "")
        return super().from_pretrained(pretrained_model_name_or_path, **kwargs)

    @torch.no_grad()
    def __call__(
        self,
        image: Any,
        *,
        input_position: int,
        num_frames: int = DEFAULT_FRAMES,
        num_inference_steps: int = DEFAULT_STEPS,
        guidance_scale: float = DEFAULT_GUIDANCE_SCALE,
        fps: int = DEFAULT_FPS,
        motion_bucket_id: int = 0,
        noise_aug_strength: float = 0.0,
        height: int | None = None,
        width: int | None = None,
        decode_chunk_size: int = DEFAULT_DECODE_CHUNK,
        decode_overlap: int = 0,
        batch_guidance: bool = True,
        clip_range: ClipRange = "published",
        generator: torch.Generator | None = None,
        latents: torch.Tensor | None = None,
        output_type: OutputType = "pt",
        callback_on_step_end: StepCallback | None = None,
    ) -> FocalStackOutput:
        """Make the focal stack of a photo. Defaults are the published inference.

        Args:
            image: the photo, upright sRGB: see `photo_srgb8`.
            input_position: the frame the photo itself is, 0 (nearest) to num_frames - 1 (farthest).
            num_frames: frames in the stack; the published weights know 9.
            num_inference_steps: denoising steps, 1 to 1000.
            guidance_scale: prediction = unconditional + scale x (conditional - unconditional), at every scale above
                0; at 0 only the conditional half is computed, in half the time.
            fps, motion_bucket_id, noise_aug_strength: what the UNet was told in training; they reach the model as
                numbers only, and no noise is added to the photo.
            height, width: working size, multiples of the VAE's factor (8); both or none. None: `working_size`.
            decode_chunk_size: frames decoded together; less takes less memory and gives frames less context.
            decode_overlap: frames two chunks share, see `decode_chunks`; above 0 the last frame gets context.
            batch_guidance: compute both halves in one UNet pass (faster), or one after the other (less memory).
            clip_range: see `clip_pixels`.
            generator: of the CPU, so that a seed means the same noise on every device.
            latents: (1, num_frames, 4, h, w), standard normal, in place of noise from `generator`.
            output_type: see `FocalStackOutput`.
            callback_on_step_end: called as callback(pipeline, step, timestep, {"latents": latents}) after each step;
                it may return a dict with other latents, and stops the run by raising (`refocus.core.Cancelled`).

        Raises:
            BadInput: on any argument out of range, before anything is computed.
            EngineNotReady: when the numbers overflow in the models' dtype.
        """
        # 1. Check everything
        settings = FocalStackSettings(
            input_position=input_position,
            num_frames=num_frames,
            num_inference_steps=num_inference_steps,
            guidance_scale=guidance_scale,
            fps=fps,
            motion_bucket_id=motion_bucket_id,
            noise_aug_strength=noise_aug_strength,
            decode_chunk_size=decode_chunk_size,
            decode_overlap=decode_overlap,
            batch_guidance=batch_guidance,
            clip_range=clip_range,
            output_type=output_type,
        )
        photo = photo_srgb8(image)  # (photo height, photo width, 3)
        photo_size = photo.shape[1], photo.shape[0]
        width, height = chosen_size(photo_size, width, height, multiple_px=self.vae_scale_factor)
        check_generator(generator)
        check_latents(latents, self._latents_shape(settings.num_frames, width, height))
        try:
            # 2. Encode the photo
            frame = photo_frame(photo, width, height)  # (3, height, width)
            conditions = self.encode(frame, settings)
            # 3. Set the steps, then draw the noise: its scale depends on them
            self.scheduler.set_timesteps(settings.num_inference_steps, device=self._execution_device)
            noisy = self.prepare_latents(settings.num_frames, width, height, generator, latents)
            # 4. Denoise
            clean = self._denoise(noisy, conditions, settings, callback_on_step_end)  # (1, frames, 4, h, w)
            # 5. Decode
            if settings.output_type == "latent":
                return FocalStackOutput(frames=clean)
            frames = self.decode(clean, settings.decode_chunk_size, settings.decode_overlap)
            return FocalStackOutput(frames=_as_output(frames, settings.output_type))
        finally:
            self.maybe_free_model_hooks()

    @torch.no_grad()
    def encode(self, frame: torch.Tensor, settings: FocalStackSettings) -> Conditions:
        """Encode the photo with CLIP and the VAE.

        Args:
            frame: (3, height, width) float32 in [-1, 1].
            settings: the run's; frames, position, time ids, guidance and CLIP range are read.
        """
        device = self._execution_device
        frame = frame.to(device)
        photo_latents = self.encode_frame(frame)  # (4, h, w)
        image_latents = photo_latents.new_zeros(1, settings.num_frames, *photo_latents.shape)
        image_latents[0, settings.input_position] = photo_latents
        image_embeddings = self.embed_frame(frame, settings.clip_range)[:, None]  # (1, 1, embedding)
        time_ids = [settings.fps - 1, settings.motion_bucket_id, settings.noise_aug_strength]
        added_time_ids = torch.tensor([time_ids], dtype=torch.float32, device=device)
        if not settings.guided:
            return Conditions(image_embeddings, image_latents, added_time_ids)
        return Conditions(
            torch.cat([torch.zeros_like(image_embeddings), image_embeddings]),
            torch.cat([torch.zeros_like(image_latents), image_latents]),
            added_time_ids.repeat(2, 1),
        )

    @torch.no_grad()
    def embed_frame(self, frame: torch.Tensor, clip_range: ClipRange = "published") -> torch.Tensor:
        """CLIP's embedding of a frame (3, height, width) in [-1, 1]: (1, width of the embedding) float32."""
        extractor, encoder = self.feature_extractor, self.image_encoder
        size_px = encoder.config.image_size
        pixels = clip_pixels(frame, size_px, extractor.image_mean, extractor.image_std, clip_range)
        return encoder(pixels.to(self._execution_device, encoder.dtype)).image_embeds.float()

    @torch.no_grad()
    def encode_frame(self, frame: torch.Tensor) -> torch.Tensor:
        """The VAE's mode for a frame (3, height, width) in [-1, 1]: (4, h, w) float32, not times its scaling factor."""
        with _in_float32(self.vae.encoder, self.vae.quant_conv):
            posterior = self.vae.encode(frame[None].to(self._execution_device)).latent_dist
        return posterior.mode()[0]

    def prepare_latents(
        self,
        num_frames: int,
        width: int,
        height: int,
        generator: torch.Generator | None = None,
        latents: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Initial noise at the scale of the first step: (1, num_frames, 4, h, w) float32. Set the steps before."""
        if latents is None:
            shape = self._latents_shape(num_frames, width, height)
            latents = randn_tensor(shape, generator=generator, device=torch.device("cpu"), dtype=torch.float32)
        return latents.to(self._execution_device, torch.float32) * self.scheduler.init_noise_sigma

    def frame_guidance(self, settings: FocalStackSettings) -> torch.Tensor:
        """The guidance scale of each frame: (frames,) float32. The published inference gives all the same."""
        return torch.full((settings.num_frames,), settings.guidance_scale, device=self._execution_device)

    def model_input(self, latents: torch.Tensor, timestep: torch.Tensor, conditions: Conditions) -> torch.Tensor:
        """What the UNet sees at a step: (halves, frames, 8, h, w) float32, noisy latents, then image latents."""
        scaled = self.scheduler.scale_model_input(latents, timestep)  # (1, frames, 4, h, w)
        return torch.cat([scaled.expand_as(conditions.image_latents), conditions.image_latents], dim=2)

    @torch.no_grad()
    def predict(
        self, model_input: torch.Tensor, timestep: torch.Tensor, conditions: Conditions, *, batched: bool = True
    ) -> torch.Tensor:
        """The UNet's output for every half: (halves, frames, 4, h, w) float32.

        Args:
            batched: all halves in one pass; otherwise one pass each, which gives the same numbers.
        """
        dtype = self.unet.dtype
        size = len(model_input) if batched else 1
        predictions = [
            self.unet(
                model_input[half : half + size].to(dtype),
                timestep,
                encoder_hidden_states=conditions.image_embeddings[half : half + size].to(dtype),
                added_time_ids=conditions.added_time_ids[half : half + size],
                return_dict=False,
            )[0].float()
            for half in range(0, len(model_input), size)
        ]
        return torch.cat(predictions)

    @torch.no_grad()
    def decode(self, latents: torch.Tensor, chunk_size: int = DEFAULT_DECODE_CHUNK, overlap: int = 0) -> torch.Tensor:
        """Latents (1, frames, 4, h, w) to frames (frames, 3, height, width) float32 in [0, 1]."""
        frames = decode_frames(self.vae, latents[0].to(self._execution_device), chunk_size, overlap)
        return _require_finite(frames, self.vae.dtype)

    def _denoise(
        self,
        latents: torch.Tensor,
        conditions: Conditions,
        settings: FocalStackSettings,
        callback: StepCallback | None,
    ) -> torch.Tensor:
        scale = self.frame_guidance(settings)
        with self.progress_bar(total=settings.num_inference_steps) as bar:
            for step, timestep in enumerate(self.scheduler.timesteps):
                model_input = self.model_input(latents, timestep, conditions)
                halves = self.predict(model_input, timestep, conditions, batched=settings.batch_guidance)
                prediction = guide(halves, scale)
                latents = self.scheduler.step(prediction, timestep, latents).prev_sample
                if callback is not None:
                    changed = callback(self, step, timestep, {"latents": latents})
                    latents = (changed or {}).get("latents", latents)
                bar.update()
        return _require_finite(latents, self.unet.dtype)

    def _latents_shape(self, num_frames: int, width: int, height: int) -> tuple[int, ...]:
        channels, factor = self.vae.config.latent_channels, self.vae_scale_factor
        return 1, num_frames, channels, height // factor, width // factor


def guide(predictions: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598, in the form of SVD).

    Args:
        predictions: (2, frames, 4, h, w), unconditional half first; or (1, ...), given back as it is.
        scale: (frames,), one value a frame.

    Returns:
        (1, frames, 4, h, w).
    """
    if len(predictions) == 1:
        return predictions
    unconditional, conditional = predictions.chunk(2)
    return unconditional + scale.view(1, -1, 1, 1, 1) * (conditional - unconditional)


@contextmanager
def _in_float32(*modules: torch.nn.Module) -> Iterator[None]:
    """Hold modules in float32; going up from 16 bits and back loses nothing."""
    dtypes = [next(module.parameters()).dtype for module in modules]
    try:
        for module in modules:
            module.to(torch.float32)
        yield
    finally:
        for module, dtype in zip(modules, dtypes, strict=True):
            module.to(dtype)


def _require_finite(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    if not torch.isfinite(values).all():
        raise EngineNotReady(
            f"The video model lost its numbers (NaN or infinity) in {dtype}.",
            todo="Load it in bfloat16 or float32.",
        )
    return values


def _as_output(frames: torch.Tensor, output_type: OutputType) -> torch.Tensor | NDArray[np.float32] | list[Image.Image]:
    if output_type == "pt":
        return frames
    array = frames.permute(0, 2, 3, 1).cpu().numpy()
    if output_type == "np":
        return array
    return [Image.fromarray(picture) for picture in np.round(array * 255.0).astype(np.uint8)]
