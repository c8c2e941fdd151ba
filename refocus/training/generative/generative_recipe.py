"""The recipe that DeblurNet, BokehNet and the shape condition share: only their conditions and targets differ."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from refocus.models.generative_refocus.conditions import Condition, ImageInput, decode, encode
from refocus.models.generative_refocus.network_specs import NetworkSpec
from refocus.models.generative_refocus.sampling import Denoiser, denoise, flow_schedule
from refocus.models.generative_refocus.token_grid import TOKEN_PX, Grid
from refocus.training.generative.flow_step import Noised, add_noise, draw_sigma, flow_loss, predict_flow
from refocus.training.generative.flux_parts import FluxParts
from refocus.training.generative.generative_config import GenerativeConfig
from refocus.training.generative.mixed_rows import PlacedRow
from refocus.training.generative.new_lora import NewLora
from refocus.training.loop.recipe import Batch, Examples, Recipe, Validated
from refocus.training.picture_numbers import PictureNumbers


class NoisedSample(NamedTuple):
    """A sample as the network sees it: noisy latents, the clean ones (1, tokens, channels), and the conditions."""

    noised: Noised
    target: Tensor
    conditions: list[Condition]


class GenerativeRecipe(Recipe):
    """A LoRA on the condition branches of FLUX.1-dev, trained by flow matching.

    Args:
        config: of the run.
        parts: of FLUX.1-dev, on the device; its transformer gets the LoRA.
        spec: the network's adapter, file, prompt and guidance.
        examples: the training data.
        held_back: rows for validation.
        numbers: of the validation.
    """

    def __init__(
        self,
        config: GenerativeConfig,
        parts: FluxParts,
        spec: NetworkSpec,
        examples: Examples,
        held_back: Sequence[PlacedRow],
        numbers: PictureNumbers,
    ) -> None:
        self.config, self.parts, self.spec, self.examples, self.held_back = config, parts, spec, examples, held_back
        self._numbers = numbers
        self._lora = NewLora(parts.flux, spec.adapter, rank=config.rank, seed=config.seed, start_from=config.start_from)
        self.network = parts.flux
        self._window = config.window_px // TOKEN_PX

    @abstractmethod
    def conditions(self, sample: Mapping[str, Tensor]) -> list[ImageInput]:
        """The conditions of a sample, in the order of inference.

        Args:
            sample: of `examples`, on any device, without the first axis of a batch.
        """

    @abstractmethod
    def validation_sample(self, placed: PlacedRow, random: np.random.Generator) -> dict[str, Tensor]:
        """The sample of a row that was held back."""

    @abstractmethod
    def facts(self) -> dict[str, str]:
        """What the metadata of the file says, beside rank and alpha."""

    @torch.no_grad()
    def noised_sample(self, sample: Mapping[str, Tensor], generator: torch.Generator) -> NoisedSample:
        """Draw the noise of a sample and encode its pictures.

        The order of the noise: level, noise of the target, the VAE's noise of the target, then of each condition.
        """
        tokens, device = self._window**2, self.parts.prompt.tokens.device
        sigma = draw_sigma(self.config.sigma, self.parts.scheduler, tokens, generator)
        noise = torch.randn((1, tokens, self.parts.flux.config.in_channels), generator=generator)
        target = encode(self.parts.vae, photo_tensor(sample["target"]), generator, device)
        return NoisedSample(add_noise(target, sigma, noise), target, self.encoded_conditions(sample, generator))

    def predict(self, network: torch.nn.Module, sample: NoisedSample) -> Tensor:
        """The flow that the network predicts, (1, tokens, channels)."""
        return predict_flow(
            network,
            self.parts.flux,
            sample.noised,
            (self._window, self._window),
            sample.conditions,
            prompt=self.parts.prompt,
            guidance_scale=self.spec.guidance_scale,
            recompute=self.config.gradient_checkpointing,
        )

    def loss(self, network: torch.nn.Module, batch: Batch, noise: Sequence[torch.Generator]) -> Tensor:
        """See `Recipe.loss`. A batch has one sample."""
        sample = self.noised_sample({name: value[0] for name, value in batch.items()}, noise[0])
        return flow_loss(self.predict(network, sample), sample.target, sample.noised)

    def export(self, weights: Mapping[str, Tensor], folder: Path) -> None:
        """See `Recipe.export`: one file, named as the published one, which the engine loads."""
        facts = {"rank": str(self._lora.rank), "alpha": str(self._lora.rank), "base_model": self.parts.name}
        self._lora.save(weights, folder / self.spec.lora_file, {**facts, **self.facts()})

    def validation_count(self) -> int:
        """See `Recipe.validation_count`."""
        return len(self.held_back)

    def validate(self, network: torch.nn.Module, item: int) -> Validated:
        """See `Recipe.validate`: a picture from fixed noise, by the engine's sampling, measured against the truth."""
        placed = self.held_back[item]
        sample = self.validation_sample(placed, np.random.default_rng(item))
        predicted = self.sample_picture(sample, torch.Generator("cpu").manual_seed(item))
        truth = sample["target"].numpy()
        shown = [picture for name in ("photo", "sharp") if name in sample for picture in [sample[name].numpy()]]
        pictures = np.concatenate([*shown, predicted, truth], axis=1)
        name = f"{item:03d}-{Path(placed.row.name).name}"
        return Validated(name, self._numbers.measure(predicted, truth), pictures)

    @torch.no_grad()
    def sample_picture(self, sample: Mapping[str, Tensor], generator: torch.Generator) -> NDArray[np.uint8]:
        """The network's picture for a sample: (height, width, 3) uint8 sRGB."""
        device, dtype = self.parts.prompt.tokens.device, self.parts.prompt.tokens.dtype
        grid = Grid(self._window, self._window, tiled=False)
        shape = (1, grid.rows * grid.columns, self.parts.flux.config.in_channels)
        latents = torch.randn(shape, generator=generator).to(device, dtype)
        conditions = self.encoded_conditions(sample, generator)
        denoiser = Denoiser(
            self.parts.flux,
            grid,
            prompt=self.parts.prompt,
            conditions=conditions,
            guidance_scale=self.spec.guidance_scale,
            adapter=self.spec.adapter,
        )
        scheduler = flow_schedule(self.parts.scheduler, latents.shape[1], self.config.validation_steps, device)
        tokens = denoise(denoiser, scheduler, latents, None)
        picture = decode(self.parts.vae, tokens, grid.rows, grid.columns)[0].permute(1, 2, 0)
        return np.asarray((picture * 255).round().byte().cpu())

    def encoded_conditions(self, sample: Mapping[str, Tensor], generator: torch.Generator) -> list[Condition]:
        """The conditions of a sample as tokens on the device; the VAE's noise is drawn from the generator in order."""
        device = self.parts.prompt.tokens.device
        return [
            Condition(
                encode(self.parts.vae, one.pixels, generator, device),
                one.column_offset,
                adapter=one.adapter,
                own_grid=one.grid if one.beside else None,
            )
            for one in self.conditions(sample)
        ]


def photo_tensor(picture_srgb: Tensor) -> Tensor:
    """(height, width, 3) uint8 sRGB to (1, 3, height, width) float32 in [-1, 1]."""
    return picture_srgb.permute(2, 0, 1)[None].float() / 127.5 - 1
