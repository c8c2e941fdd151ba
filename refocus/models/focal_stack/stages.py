"""The stages of a run of the video model, each as a method: encode, prepare latents, predict, decode."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from diffusers import StableVideoDiffusionPipeline
from diffusers.utils.torch_utils import randn_tensor

from refocus.core import EngineNotReady
from refocus.models.focal_stack.decoding import decode_frames
from refocus.models.focal_stack.preprocessing import clip_pixels
from refocus.models.focal_stack.run_settings import DEFAULT_DECODE_CHUNK, ClipRange, FocalStackSettings


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Inputs of the UNet besides the noisy latents. With guidance, half 0 is unconditional and half 1 conditional.

    Attributes:
        image_embeddings: (halves, 1, embedding width) float32.
        image_latents: (halves, frames, 4, h, w) float32, zero except for the frames of the photos.
        added_time_ids: (halves, 3) float32: frames per second minus 1, motion bucket, noise augmentation.
    """

    image_embeddings: torch.Tensor
    image_latents: torch.Tensor
    added_time_ids: torch.Tensor


class FocalStackStages(StableVideoDiffusionPipeline):
    """The stages of a run, with the components of Stable Video Diffusion.

    Latents and scheduler stay in float32 for any dtype of the models, and so does the VAE encoder, whose activations
    overflow float16.
    """

    @torch.no_grad()
    def encode(self, frames: Sequence[torch.Tensor], settings: FocalStackSettings) -> Conditions:
        """Encode the photos with the VAE, and the one focused nearest with CLIP.

        Args:
            frames: a photo for each input position of the settings, (3, height, width) float32 in [-1, 1].
            settings: of the run.
        """
        device = self._execution_device
        known = dict(zip(settings.input_positions, (frame.to(device) for frame in frames), strict=True))
        latents = {position: self.encode_frame(frame) for position, frame in known.items()}  # (4, h, w) each
        first = min(known)
        image_latents = latents[first].new_zeros(1, settings.num_frames, *latents[first].shape)
        for position, photo_latents in latents.items():
            image_latents[0, position] = photo_latents
        image_embeddings = self.embed_frame(known[first], settings.clip_range)[:, None]  # (1, 1, embedding)
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
        """CLIP embedding (1, embedding width) float32 of a frame (3, height, width) in [-1, 1]."""
        extractor, encoder = self.feature_extractor, self.image_encoder
        size_px = encoder.config.image_size
        pixels = clip_pixels(frame, size_px, extractor.image_mean, extractor.image_std, clip_range)
        return encoder(pixels.to(self._execution_device, encoder.dtype)).image_embeds.float()

    @torch.no_grad()
    def encode_frame(self, frame: torch.Tensor) -> torch.Tensor:
        """Mode of the VAE's posterior for a frame (3, height, width) in [-1, 1]: (4, h, w) float32, not scaled."""
        dtype = self.vae.dtype
        encoder = torch.nn.ModuleList([self.vae.encoder, self.vae.quant_conv])
        try:
            encoder.float()  # and back, which loses nothing for 16-bit weights
            return self.vae.encode(frame[None].to(self._execution_device)).latent_dist.mode()[0]
        finally:
            encoder.to(dtype)

    def prepare_latents(
        self,
        num_frames: int,
        width: int,
        height: int,
        generator: torch.Generator | None = None,
        latents: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Noise scaled for the first step: (1, num_frames, 4, h, w) float32. Call it after `set_timesteps`."""
        if latents is None:
            shape = self.latents_shape(num_frames, width, height)
            latents = randn_tensor(shape, generator=generator, device=torch.device("cpu"), dtype=torch.float32)
        return latents.to(self._execution_device, torch.float32) * self.scheduler.init_noise_sigma

    def latents_shape(self, num_frames: int, width: int, height: int) -> tuple[int, ...]:
        """(1, num_frames, 4, h, w)."""
        channels, factor = self.vae.config.latent_channels, self.vae_scale_factor
        return 1, num_frames, channels, height // factor, width // factor

    def model_input(self, latents: torch.Tensor, timestep: torch.Tensor, conditions: Conditions) -> torch.Tensor:
        """Input of the UNet: (halves, frames, 8, h, w) float32, noisy latents followed by image latents."""
        scaled = self.scheduler.scale_model_input(latents, timestep)  # (1, frames, 4, h, w)
        return torch.cat([scaled.expand_as(conditions.image_latents), conditions.image_latents], dim=2)

    @torch.no_grad()
    def predict(
        self, model_input: torch.Tensor, timestep: torch.Tensor, conditions: Conditions, *, batched: bool = True
    ) -> torch.Tensor:
        """Output of the UNet for each half: (halves, frames, 4, h, w) float32.

        Args:
            model_input: from `model_input`.
            timestep: of the step.
            conditions: from `encode`.
            batched: whether all halves go through the UNet in one pass; the result is the same.
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
        """Decode latents (1, frames, 4, h, w) to frames (frames, 3, height, width) float32 in [0, 1].

        Raises:
            EngineNotReady: when values overflowed in the VAE's dtype.
        """
        frames = decode_frames(self.vae, latents[0].to(self._execution_device), chunk_size, overlap)
        return require_finite(frames, self.vae.dtype)


def guide(predictions: torch.Tensor, scale: float) -> torch.Tensor:
    """Classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598, in the form of SVD).

    Args:
        predictions: (2, frames, 4, h, w), unconditional half first; or (1, ...), which is returned unchanged.
        scale: of all frames.

    Returns:
        (1, frames, 4, h, w).
    """
    if len(predictions) == 1:
        return predictions
    unconditional, conditional = predictions.chunk(2)
    return unconditional + scale * (conditional - unconditional)


def require_finite(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The values; raises EngineNotReady when they contain NaN or infinity, which the models' dtype then caused."""
    if not torch.isfinite(values).all():
        raise EngineNotReady(
            f"The video model produced NaN or infinity in {dtype}.", todo="Load it in bfloat16 or float32."
        )
    return values
