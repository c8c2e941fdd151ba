"""The recipe of the video model: which layers are trained, the loss of a batch, and the files that are written."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.models.focal_stack.checkpoint import BASE_WEIGHTS, TRAINING_FILE, FocalStackFolders, check_folders
from refocus.models.focal_stack.pipeline import FocalStackPipeline
from refocus.models.weights.components import hide_loading_messages
from refocus.training.focal_stack.denoising_step import denoised, draw, network_input, weighted_loss
from refocus.training.focal_stack.focal_stack_config import FocalStackConfig
from refocus.training.focal_stack.stack_index import StackRow, rows_of
from refocus.training.focal_stack.stack_samples import StackSamples, as_pixels, read_frames
from refocus.training.focal_stack.stack_validation import StackValidation
from refocus.training.focal_stack.stored_encodings import StoredEncodings
from refocus.training.loop.recipe import Batch, ModelCard, Recipe, Validated
from refocus.training.loop.run_log import say
from refocus.training.picture_numbers import PictureNumbers


class VideoRecipe(Recipe):
    """Trains the temporal transformer blocks of Stable Video Diffusion's UNet; VAE and CLIP are frozen.

    Args:
        config: of the run.
        folders: of the model to start from.
        device: of this process.
        numbers: of the validation.

    Raises:
        BadInput: when the index has no scene to train on.
        WeightsMissing: when a part of the model is missing, damaged or of another model.
    """

    export_frozen = True  # the published layout holds the whole UNet

    def __init__(
        self, config: FocalStackConfig, folders: FocalStackFolders, device: torch.device, numbers: PictureNumbers
    ) -> None:
        self._config, self._device = config, device
        self._rows = tuple(rows_of(config.data, "train"))
        if not self._rows:
            raise BadInput(f"{config.data} has no scene to train on.", todo="Prepare more scenes.")
        self._encoders = {"weights": check_folders(folders), "base": str(folders.base.resolve())}
        hide_loading_messages()
        self._pipeline: Any = FocalStackPipeline.from_folders(folders)
        self._pipeline.set_progress_bar_config(disable=True)
        self._pipeline.vae.requires_grad_(False).to(device)
        self._pipeline.image_encoder.requires_grad_(False).to(device)
        self._unet: Any = self._pipeline.unet
        self.network = self._unet
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(is_trained(name))
        if config.gradient_checkpointing:
            self._unet.enable_gradient_checkpointing()
        self.examples = StackSamples(self._rows, config.data.parent, config)
        self._validation = StackValidation(self._pipeline, config, numbers)

    def store_encodings(self, accelerator: Accelerator) -> None:
        """Encode all scenes once, shared between the processes; later runs find them."""
        config = self._config
        if config.cache is None:
            return
        scenes = {row.scene: [config.data.parent / photo for photo in row.photos] for row in self._rows}
        key = {**self._encoders, "size": [config.width, config.height], "clip": self._clip_range}
        stored = StoredEncodings.plan(config.cache, scenes, key)
        mine = list(scenes)[accelerator.process_index :: accelerator.num_processes]
        if accelerator.is_main_process:
            say(f"Encodes the frames of {len(scenes)} scenes that are not in {config.cache} yet.")
        stored.fill(mine, lambda scene: self._encoded(scenes[scene]))
        accelerator.wait_for_everyone()
        self.examples = StackSamples(self._rows, config.data.parent, config, stored)

    @property
    def _clip_range(self) -> str:
        return "published" if "clip" in self._config.as_used else "corrected"

    def _encoded(self, photos: list[Path]) -> dict[str, torch.Tensor]:
        frames = torch.from_numpy(read_frames(photos, self._config.width, self._config.height)).to(self._device)
        pixels = as_pixels(frames)
        moments = torch.stack([self._moments(frame) for frame in pixels])
        return {"moments": moments, "embeddings": torch.cat([self._embedding(frame) for frame in pixels])}

    @torch.no_grad()
    def _moments(self, frame: torch.Tensor) -> torch.Tensor:
        """Mean and logarithm of the variance of the VAE's posterior, one after the other: (8, h, w)."""
        posterior = self._pipeline.vae.encode(frame[None]).latent_dist
        return torch.cat([posterior.mean, posterior.logvar], dim=1)[0]

    def _embedding(self, frame: torch.Tensor) -> torch.Tensor:
        embedding: torch.Tensor = self._pipeline.embed_frame(frame, self._clip_range)
        return embedding

    def loss(self, network: torch.nn.Module, batch: Batch, noise: Sequence[torch.Generator]) -> torch.Tensor:
        """See `Recipe.loss`: the published training step."""
        draws = [draw(generator, self._config.dropout) for generator in noise]
        pixels, known = as_pixels(batch["frames"]), batch["known"]  # (batch, 9, 3, height, width), (batch, frames)
        moments = batch.get("moments")
        if moments is None:
            moments = torch.stack([torch.stack([self._moments(frame) for frame in stack]) for stack in pixels])
        target = torch.stack([self._target(one, generator) for one, generator in zip(moments, noise, strict=True)])
        known_latents = torch.zeros_like(target)
        embeddings = []
        for index, generator in enumerate(noise):
            for position in known[index].nonzero().flatten().tolist():
                frame = pixels[index, position]
                noisy_frame = frame + draws[index].noise_strength * _normal(frame, generator)
                known_latents[index, position] = self._sampled(self._moments(noisy_frame), generator, use="known")
            first = int(known[index].nonzero()[0])  # of several inputs, CLIP sees the one focused nearest
            stored = batch.get("embeddings")
            embeddings.append(self._embedding(pixels[index, first])[0] if stored is None else stored[index, first])
        sigma = torch.tensor([one.sigma for one in draws], device=target.device).view(-1, 1, 1, 1, 1)
        epsilon = torch.stack([_normal(one, generator) for one, generator in zip(target, noise, strict=True)])
        noisy = target + sigma * epsilon
        inputs = network_input(noisy, known_latents, torch.stack(embeddings), draws, self._config.as_used)
        output = network(
            inputs.sample,
            inputs.timestep,
            encoder_hidden_states=inputs.embeddings,
            added_time_ids=inputs.added_time_ids,
            return_dict=False,
        )[0]
        return weighted_loss(denoised(output.float(), noisy, draws), target, draws)

    def _target(self, moments: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Scaled latents of a stack, (frames, 4, h, w), from (9, 8, h, w); a tenth frame repeats the ninth."""
        latents = torch.stack([self._sampled(one, generator, use="target") for one in moments])
        latents = latents * self._pipeline.vae.config.scaling_factor
        return torch.cat([latents, latents[-1:].expand(self._config.frames - DEFAULT_FRAMES, -1, -1, -1)])

    def _sampled(self, moments: torch.Tensor, generator: torch.Generator, *, use: str) -> torch.Tensor:
        """A sample of the VAE's posterior, or its mode for known frames that are encoded as in use."""
        mean, log_variance = moments.chunk(2)
        if use == "known" and "latents" in self._config.as_used:
            return mean
        return mean + torch.exp(0.5 * log_variance) * _normal(mean, generator)

    def export(self, weights: Mapping[str, torch.Tensor], folder: Path) -> None:
        """Write unet/ as `FocalStackPipeline` loads it, with a file that says how it was trained."""
        unet = folder / "unet"
        self._unet.save_pretrained(unet, state_dict=dict(weights), max_shard_size="10GB")
        described = {
            "frames": self._config.frames,
            "inputs": self._config.inputs,
            "as_used": list(self._config.as_used),
            "size": [self._config.width, self._config.height],
        }
        (unet / TRAINING_FILE).write_text(json.dumps(described), encoding="utf-8")

    def card(self) -> ModelCard:
        """See `Recipe.card`."""
        return ModelCard(
            title="A video model that refocuses a photo",
            summary="Stable Video Diffusion, fine-tuned to turn one photo into nine frames focused from near to far, "
            "by the method of Learning to Refocus with Video Diffusion Models (arXiv 2512.19823). The Stability AI "
            "Community License applies.",
            licence="other",
            base_model=BASE_WEIGHTS.repo,
            usage="`python -m refocus stack PHOTO --out DIR --engine video-diffusion --model FOLDER`, where FOLDER "
            f"holds these files; {BASE_WEIGHTS.repo} must be in the hub's cache.",
            tags=("refocus", "image-to-video", "focal-stack"),
            data=tuple(_data_lines(self._rows)),
        )

    def validation_count(self) -> int:
        """See `Recipe.validation_count`."""
        return len(self._validation)

    def validate(self, network: torch.nn.Module, item: int) -> Validated:
        """See `Recipe.validate`."""
        return self._validation.measure(network, item)


def is_trained(name: str) -> bool:
    """Whether a parameter of the UNet is trained: those of attention over frames, as published."""
    return "temporal_transformer_block" in name


def _normal(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Standard normal noise of the same shape, drawn on the CPU."""
    return torch.randn(like.shape, generator=generator).to(like.device)


def _data_lines(rows: Sequence[StackRow]) -> Iterator[str]:
    licences = dict.fromkeys(row.licence for row in rows)
    for licence in licences:
        count = sum(row.licence == licence for row in rows)
        yield f"{count} focal stacks, licence: {licence or 'not stated'}"
