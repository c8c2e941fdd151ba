"""The focal-stack pipeline: one photo in, nine frames focused from near to far out.

Learning to Refocus with Video Diffusion Models (Tedla et al., SIGGRAPH Asia 2025, arXiv 2512.19823) on Stable Video
Diffusion (Blattmann et al. 2023, arXiv 2311.15127). Inference only, with diffusers' own model classes.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from diffusers.image_processor import VaeImageProcessor
from diffusers.pipelines.stable_video_diffusion import StableVideoDiffusionPipelineOutput
from numpy.typing import NDArray
from PIL import Image

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.models.focal_stack.checkpoint import FocalStackFolders, find_focal_stack
from refocus.models.focal_stack.loading import load_components
from refocus.models.focal_stack.preprocessing import photo_frame
from refocus.models.focal_stack.run_settings import (
    DEFAULT_DECODE_CHUNK,
    DEFAULT_FPS,
    DEFAULT_GUIDANCE_SCALE,
    DEFAULT_STEPS,
    ClipRange,
    FocalStackSettings,
    OutputType,
)
from refocus.models.focal_stack.stages import Conditions, FocalStackStages, guide, require_finite
from refocus.models.focal_stack.working_size import chosen_size
from refocus.models.inputs import check_generator, check_latents, photo_srgb8

_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*")  # owner/name on the hub; everything else is a path
StepCallback = Callable[["FocalStackPipeline", int, torch.Tensor, dict[str, torch.Tensor]], dict[str, Any] | None]


class FocalStackPipeline(FocalStackStages):
    """Turns one photo into a focal stack.

    `from_pretrained` takes a Stable Video Diffusion folder with the fine-tuned UNet. A pipeline must not run in
    several threads at once, because its scheduler keeps state.
    """

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any) -> Self:
        """Load from a local folder or a hub repository; keywords as for `DiffusionPipeline.from_pretrained`.

        A local folder may have any layout of `find_focal_stack`. Its weights are all checked; those in fp16 are
        loaded where the plain ones are missing.

        Raises:
            WeightsMissing: when a local folder does not exist, holds another model, or has missing or truncated files.
        """
        path = Path(pretrained_model_name_or_path)
        if not path.exists() and _REPOSITORY.fullmatch(str(pretrained_model_name_or_path)):
            return super().from_pretrained(pretrained_model_name_or_path, **kwargs)
        folders = find_focal_stack(path)
        dtypes = [kwargs.pop(name, None) for name in ("dtype", "torch_dtype")]
        components = load_components(
            folders,
            dtype=dtypes[0] or dtypes[1] or torch.float32,
            variant=kwargs.pop("variant", None),
            given=kwargs.keys(),
        )
        return super().from_pretrained(folders.base, **components, **kwargs)

    @classmethod
    def from_folders(cls, folders: FocalStackFolders, *, dtype: torch.dtype = torch.float32) -> Self:
        """Load both parts of the model on the CPU.

        Args:
            folders: from `find_focal_stack` or `fetch_focal_stack`.
            dtype: of the models; float16 and bfloat16 halve the memory.

        Raises:
            WeightsMissing: when a file is missing, truncated or of another model.
        """
        return cls(**load_components(folders, dtype=dtype))

    @torch.no_grad()
    def __call__(
        self,
        image: Any,
        *,
        input_position: int | Sequence[int],
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
    ) -> StableVideoDiffusionPipelineOutput:
        """Generate the focal stack of a photo. The defaults are the published inference.

        Args:
            image: the photo, upright sRGB: see `photo_srgb8`. Or a list of photos of one scene and size, each focused
                elsewhere, for weights that were trained so (`trained_as`).
            input_position: the frame that the photo itself is, 0 (nearest) to num_frames - 1 (farthest); for a list of
                photos one for each.
            num_frames: frames in the stack; the published weights were trained on 9.
            num_inference_steps: denoising steps, 1 to 1000.
            guidance_scale: prediction = unconditional + scale x (conditional - unconditional), at every scale above
                0; at 0 only the conditional half is computed, in half the time.
            fps, motion_bucket_id, noise_aug_strength: micro-conditioning, as in training; no noise is added to the
                photo.
            height, width: working size, multiples of the VAE's factor (8); both or neither. None: `working_size`.
            decode_chunk_size: frames decoded together; fewer take less memory and give frames less context.
            decode_overlap: frames shared by two chunks, see `decode_chunks`; above 0 the last frame gets context.
            batch_guidance: compute both halves in one UNet pass (faster), or one after the other (less memory).
            clip_range: see `clip_pixels`.
            generator: on the CPU, so that a seed gives the same noise on every device.
            latents: (1, num_frames, 4, h, w), standard normal, in place of noise from `generator`.
            output_type: form of the frames.
            callback_on_step_end: called as callback(pipeline, step, timestep, {"latents": latents}) after each step;
                may return a dict with other latents, or raise to stop the run (`refocus.core.Cancelled`).

        Returns:
            Its `frames`, frame 0 focused nearest. "pt": (frames, 3, height, width) float32 in [0, 1]; "np": (frames,
            height, width, 3) float32 in [0, 1]; "pil": a list of PIL images; "latent": (1, frames, 4, h, w) float32
            for `decode`.

        Raises:
            BadInput: when an argument is out of range, before anything is computed.
            EngineNotReady: when values overflow in the models' dtype.
        """
        # 1. Check all arguments
        settings = FocalStackSettings(
            input_position=tuple(input_position) if isinstance(input_position, Sequence) else input_position,
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
        photos = _photos(image, settings)  # (photo height, photo width, 3) each
        photo_size = photos[0].shape[1], photos[0].shape[0]
        width, height = chosen_size(photo_size, width, height, multiple_px=self.vae_scale_factor)
        check_generator(generator)
        check_latents(latents, self.latents_shape(settings.num_frames, width, height))
        try:
            # 2. Encode the photos
            frames = [photo_frame(photo, width, height) for photo in photos]  # (3, height, width) each
            conditions = self.encode(frames, settings)
            # 3. Set the timesteps, then prepare the noise, whose scale depends on them
            self.scheduler.set_timesteps(settings.num_inference_steps, device=self._execution_device)
            noisy = self.prepare_latents(settings.num_frames, width, height, generator, latents)
            # 4. Denoise
            clean = self._denoise(noisy, conditions, settings, callback_on_step_end)  # (1, frames, 4, h, w)
            # 5. Decode
            if settings.output_type == "latent":
                return StableVideoDiffusionPipelineOutput(frames=clean)
            decoded = self.decode(clean, settings.decode_chunk_size, settings.decode_overlap)
            return StableVideoDiffusionPipelineOutput(frames=_as_output(decoded, settings.output_type))
        finally:
            self.maybe_free_model_hooks()

    def _denoise(
        self,
        latents: torch.Tensor,
        conditions: Conditions,
        settings: FocalStackSettings,
        callback: StepCallback | None,
    ) -> torch.Tensor:
        with self.progress_bar(total=settings.num_inference_steps) as bar:
            for step, timestep in enumerate(self.scheduler.timesteps):
                model_input = self.model_input(latents, timestep, conditions)
                halves = self.predict(model_input, timestep, conditions, batched=settings.batch_guidance)
                prediction = guide(halves, settings.guidance_scale)
                latents = self.scheduler.step(prediction, timestep, latents).prev_sample
                if callback is not None:
                    changed = callback(self, step, timestep, {"latents": latents})
                    latents = (changed or {}).get("latents", latents)
                bar.update()
        return require_finite(latents, self.unet.dtype)


def _photos(image: Any, settings: FocalStackSettings) -> list[NDArray[np.uint8]]:
    """The photos, one for each input position. Raises BadInput when their number or sizes do not match."""
    photos = [photo_srgb8(one) for one in (image if isinstance(image, list | tuple) else [image])]
    if len(photos) != len(settings.input_positions):
        raise BadInput(
            f"There are {len(photos)} photos, and {len(settings.input_positions)} input positions.",
            todo="Give one position for each photo.",
        )
    if len({photo.shape for photo in photos}) > 1:
        raise BadInput("The photos have several sizes.", todo="Bring them to one size.")
    return photos


def _as_output(frames: torch.Tensor, output_type: OutputType) -> torch.Tensor | NDArray[np.float32] | list[Image.Image]:
    if output_type == "pt":
        return frames
    array = VaeImageProcessor.pt_to_numpy(frames)
    return array if output_type == "np" else VaeImageProcessor.numpy_to_pil(array)
