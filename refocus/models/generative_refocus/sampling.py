"""Sampling: the noise schedule, the prediction of a whole picture, blended from tiles if it is large, and the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux.pipeline_flux import calculate_shift
from torch import Tensor

from refocus.models.generative_refocus.branches import Branch, Modulation, Rope, position_ids
from refocus.models.generative_refocus.conditions import Condition, PromptEmbeds
from refocus.models.generative_refocus.token_grid import TILE_TOKENS, Grid, Tile
from refocus.models.generative_refocus.transformer import BranchedFlux


def flow_schedule(
    scheduler: FlowMatchEulerDiscreteScheduler, image_tokens: int, steps: int, device: torch.device | str = "cpu"
) -> FlowMatchEulerDiscreteScheduler:
    """A new scheduler for one run, since a scheduler counts its steps.

    Args:
        scheduler: with the configuration to use; it is not changed.
        image_tokens: of the whole picture; with more tokens, more steps are at high noise.
        steps: number of Euler steps.
        device: of its tensors.
    """
    config = scheduler.config
    mu = calculate_shift(
        image_tokens, config.base_image_seq_len, config.max_image_seq_len, config.base_shift, config.max_shift
    )
    own = type(scheduler).from_config(config)
    own.set_timesteps(sigmas=np.linspace(1.0, 1.0 / steps, steps), mu=mu, device=device)
    own.set_begin_index(0)
    return own


class Denoiser:
    """Predicts the flow of one picture at any timestep, and caches what is the same in all steps.

    Args:
        transformer: with branches.
        grid: size of the picture in tokens.
        prompt: encoded.
        conditions: in the order of training.
        guidance_scale: of text and image.
        adapter: name of the conditions' LoRA.
    """

    def __init__(
        self,
        transformer: BranchedFlux,
        grid: Grid,
        *,
        prompt: PromptEmbeds,
        conditions: Sequence[Condition],
        guidance_scale: float,
        adapter: str,
    ) -> None:
        self._transformer, self._grid, self._prompt = transformer, grid, prompt
        self._guidance = torch.full([1], guidance_scale, device=prompt.tokens.device)
        self.tiles = grid.tiles()
        self._image_rope = self._rope(0)
        self._text_rope = transformer.rope(torch.zeros(prompt.tokens.shape[1], 3, device=prompt.tokens.device))
        modulations = {
            name: Modulation(
                timestep=prompt.tokens.new_zeros(1),
                guidance=torch.ones_like(self._guidance),
                pooled_text=prompt.pooled,
                adapter=name,
            )
            for name in {adapter, *(condition.adapter or adapter for condition in conditions)}
        }
        ropes = [self._rope_of(condition) for condition in conditions]
        whole = {  # the same in each tile, so what is cached of them is computed once
            index: Branch(condition.tokens, ropes[index], modulations[condition.adapter or adapter], constant=True)
            for index, condition in enumerate(conditions)
            if condition.own_grid is not None
        }
        self._conditions = [
            [
                whole.get(index)
                or Branch(
                    tile.cut(condition.tokens, grid.columns),
                    ropes[index],
                    modulations[condition.adapter or adapter],
                    constant=True,
                )
                for index, condition in enumerate(conditions)
            ]
            for tile in self.tiles
        ]
        self._text = Branch(prompt.tokens, self._text_rope, modulations[adapter])

    @torch.no_grad()
    def predict(self, latents: Tensor, timestep: Tensor, after_tile: Callable[[], None]) -> Tensor:
        """The flow at a timestep.

        Args:
            latents: (1, rows * columns, channels).
            timestep: scalar, 0 to 1000, float32.
            after_tile: called after each pass of the transformer; may raise to stop.

        Returns:
            Same shape as `latents`.
        """
        modulation = Modulation(
            timestep=timestep.to(latents.dtype).expand(1) / 1000,
            guidance=self._guidance,
            pooled_text=self._prompt.pooled,
        )
        text = replace(self._text, modulation=modulation)
        blend = Blend(latents, self._grid.columns) if self._grid.tiled else None
        prediction = latents
        for tile, conditions in zip(self.tiles, self._conditions, strict=True):
            image = Branch(tile.cut(latents, self._grid.columns), self._image_rope, modulation)
            prediction = self._transformer([text, image, *conditions])
            if blend is not None:
                blend.add(tile, prediction)
            after_tile()
        return prediction if blend is None else blend.result()

    def _rope_of(self, condition: Condition) -> Rope:
        if condition.own_grid is not None:
            return self._rope(condition.column_offset, condition.own_grid)
        return self._image_rope if self._grid.tiled else self._rope(condition.column_offset)

    def _rope(self, column_offset: int, size: tuple[int, int] | None = None) -> Rope:
        rows, columns = size or (self.tiles[0].rows, self.tiles[0].columns)
        ids = position_ids(rows, columns, column_offset)
        return self._transformer.rope(ids.to(self._prompt.tokens.device))


def denoise(
    denoiser: Denoiser,
    scheduler: FlowMatchEulerDiscreteScheduler,
    latents: Tensor,
    callback: Callable[[float], None] | None,
) -> Tensor:
    """Denoise in Euler steps.

    Args:
        denoiser: of the picture.
        scheduler: from `flow_schedule`.
        latents: (1, rows * columns, channels), noise.
        callback: called with the share done, in (0, 1], after each pass of the transformer; may raise to stop.

    Returns:
        The picture's latents, same shape.
    """
    total = len(scheduler.timesteps) * len(denoiser.tiles)
    done = 0

    def after_tile() -> None:
        nonlocal done
        done += 1
        if callback is not None:
            callback(done / total)

    for timestep in scheduler.timesteps:
        prediction = denoiser.predict(latents, timestep, after_tile)
        latents = scheduler.step(prediction, timestep, latents, return_dict=False)[0]
    return latents


def tile_weights() -> Tensor:
    """Weights of a tile's tokens, largest at the centre: exp(-(x^2 + y^2)) on linspace(-2, 2, 32), (32, 32) float32."""
    axis = torch.linspace(-2.0, 2.0, TILE_TOKENS)
    return torch.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2))


class Blend:
    """Weighted mean of overlapping tile predictions over a grid of tokens, accumulated in float32.

    Args:
        like: (1, rows * columns, channels), with the result's shape, dtype and device.
        grid_columns: columns of the grid.
    """

    def __init__(self, like: Tensor, grid_columns: int) -> None:
        picture = like.unflatten(1, (-1, grid_columns))
        self._dtype = like.dtype
        self._sum = torch.zeros_like(picture, dtype=torch.float32)
        self._weight_sum = torch.zeros_like(self._sum[..., :1])
        self._weights = tile_weights().to(like.device)[None, :, :, None]

    def add(self, tile: Tile, prediction: Tensor) -> None:
        """Add the prediction of a tile, (1, 1024, channels)."""
        place = slice(tile.row, tile.row + tile.rows), slice(tile.column, tile.column + tile.columns)
        self._sum[:, *place] += prediction.unflatten(1, (tile.rows, tile.columns)).float() * self._weights
        self._weight_sum[:, *place] += self._weights

    def result(self) -> Tensor:
        """The blended prediction, (1, rows * columns, channels)."""
        return (self._sum / self._weight_sum).flatten(1, 2).to(self._dtype)
