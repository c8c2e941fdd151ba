"""From noise to the picture: the schedule, one prediction of the whole picture (in tiles or not), the loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from refocus.models.generative_refocus.branches import Branch, Rope, Steering, position_ids
from refocus.models.generative_refocus.conditions import Condition
from refocus.models.generative_refocus.text import PromptEmbeds
from refocus.models.generative_refocus.tiling import TILE_TOKENS, Blend, Tile, tile_plan
from refocus.models.generative_refocus.transformer import BranchedFlux


@dataclass(frozen=True, slots=True)
class Grid:
    """The picture in tokens, and whether the transformer sees it in tiles."""

    rows: int
    columns: int
    tiled: bool

    def tiles(self) -> list[Tile]:
        """The rectangles the transformer sees, in processing order; one when not tiled."""
        if not self.tiled:
            return [Tile(0, 0, self.rows, self.columns)]
        plan = tile_plan(self.rows, self.columns)
        return [Tile(row, column, TILE_TOKENS, TILE_TOKENS) for row, column in plan]


def flow_schedule(
    settings: FlowMatchEulerDiscreteScheduler, image_tokens: int, steps: int, device: torch.device | str = "cpu"
) -> FlowMatchEulerDiscreteScheduler:
    """A scheduler of its own for one run, since schedulers count their steps.

    Args:
        settings: whose configuration is used; not changed.
        image_tokens: of the whole picture, tiled or not; the more, the longer a run stays at high noise.
        steps: number of Euler steps.
        device: where its tensors live.
    """
    config = settings.config
    slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len)
    mu = config.base_shift + slope * (image_tokens - config.base_image_seq_len)
    scheduler = type(settings).from_config(config)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1.0 / steps, steps), mu=mu, device=device)
    scheduler.set_begin_index(0)
    return scheduler


class Denoiser:
    """Predicts the flow of one picture at any timestep, and keeps what does not change between steps.

    Args:
        transformer: FLUX over branches.
        grid: size of the picture in tokens.
        prompt: encoded.
        conditions: in the order they were trained in.
        guidance_scale: for text and image.
        adapter: the LoRA of the conditions.
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
        steering = Steering(
            timestep=prompt.tokens.new_zeros(1),
            guidance=torch.ones_like(self._guidance),
            pooled_text=prompt.pooled,
            adapter=adapter,
        )
        ropes = [self._image_rope if grid.tiled else self._rope(condition.column_offset) for condition in conditions]
        self._conditions = [
            [
                Branch(tile.cut(condition.tokens, grid.columns), rope, steering, constant=True)
                for condition, rope in zip(conditions, ropes, strict=True)
            ]
            for tile in self.tiles
        ]
        self._text = Branch(prompt.tokens, self._text_rope, steering)

    @torch.no_grad()
    def predict(self, latents: Tensor, timestep: Tensor, after_tile: Callable[[], None]) -> Tensor:
        """The flow at a timestep.

        Args:
            latents: (1, rows * columns, channels).
            timestep: scalar, 0 to 1000, float32.
            after_tile: called after each run of the transformer; may raise to stop.

        Returns:
            same shape as `latents`.
        """
        steering = Steering(
            timestep=timestep.to(latents.dtype).expand(1) / 1000,
            guidance=self._guidance,
            pooled_text=self._prompt.pooled,
        )
        text = self._text.steered_by(steering)
        blend = Blend(latents, self._grid.columns) if self._grid.tiled else None
        prediction = latents
        for tile, conditions in zip(self.tiles, self._conditions, strict=True):
            image = Branch(tile.cut(latents, self._grid.columns), self._image_rope, steering)
            prediction = self._transformer([text, image, *conditions])
            if blend is not None:
                blend.add(tile, prediction)
            after_tile()
        return prediction if blend is None else blend.result()

    def _rope(self, column_offset: int) -> Rope:
        tile = self.tiles[0]
        ids = position_ids(tile.rows, tile.columns, column_offset)
        return self._transformer.rope(ids.to(self._prompt.tokens.device))


def denoise(
    denoiser: Denoiser,
    scheduler: FlowMatchEulerDiscreteScheduler,
    latents: Tensor,
    callback: Callable[[float], None] | None,
) -> Tensor:
    """Take all Euler steps.

    Args:
        denoiser: of this picture.
        scheduler: of this run, at its start.
        latents: (1, rows * columns, channels), noise.
        callback: told after every run of the transformer how much is done, in (0, 1]; may raise to stop.

    Returns:
        the picture's latents, same shape.
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
