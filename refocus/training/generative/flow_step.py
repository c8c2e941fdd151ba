"""One training step of flow matching with condition branches: noise levels, noisy latents, prediction, loss.

Rectified flow (Liu et al. 2023, arXiv 2209.03003) as in FLUX: x_sigma = (1 - sigma) x_0 + sigma eps, and the network
predicts eps - x_0.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux.pipeline_flux import calculate_shift
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from refocus.models.generative_refocus.branches import Branch, Modulation, position_ids
from refocus.models.generative_refocus.conditions import Condition, PromptEmbeds
from refocus.models.generative_refocus.loras import AdaptedLinear
from refocus.models.generative_refocus.transformer import BranchedFlux

SigmaScheme = Literal["shifted", "sigmoid"]
"""How noise levels are drawn: the sigmoid of a normal number (OminiControl), or that shifted to higher noise by the
number of tokens, as FLUX's sampling is (a reproduction's choice; the paper does not say)."""


class Noised(NamedTuple):
    """Noise level in (0, 1), noise, and the noisy latents, (1, tokens, channels) float32."""

    sigma: float
    noise: Tensor
    latents: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _TrainedModulation(Modulation):
    """Modulation without the cache of the projections, which a block whose activations are computed again would find
    filled the second time."""

    def project(self, linear: AdaptedLinear, embedding: Tensor, count: int) -> tuple[Tensor, ...]:
        return linear(nn.functional.silu(embedding), self.adapter)[:, None].chunk(count, dim=-1)


def draw_sigma(
    scheme: SigmaScheme, scheduler: FlowMatchEulerDiscreteScheduler, tokens: int, generator: torch.Generator
) -> float:
    """A noise level in (0, 1).

    Args:
        scheme: see `SigmaScheme`.
        scheduler: whose configuration has the shift.
        tokens: of the image, on which the shift depends.
        generator: on the CPU.
    """
    normal = float(torch.randn((), generator=generator, dtype=torch.float64))
    sigma = 1 / (1 + math.exp(-normal))
    if scheme == "sigmoid":
        return sigma
    config = scheduler.config
    mu = calculate_shift(
        tokens, config.base_image_seq_len, config.max_image_seq_len, config.base_shift, config.max_shift
    )
    return math.exp(mu) / (math.exp(mu) + 1 / sigma - 1)


def add_noise(target: Tensor, sigma: float, noise: Tensor) -> Noised:
    """Noise of a level on latents (1, tokens, channels)."""
    noise = noise.to(target.device)
    return Noised(sigma, noise, (1 - sigma) * target.float() + sigma * noise)


def predict_flow(
    network: Callable[..., Tensor],
    flux: BranchedFlux,
    noised: Noised,
    grid: tuple[int, int],
    conditions: Sequence[Condition],
    *,
    prompt: PromptEmbeds,
    guidance_scale: float,
    recompute: bool = False,
) -> Tensor:
    """The predicted flow of the image, (1, tokens, channels).

    Text and image run at the noise level and the guidance scale, without LoRA; conditions at noise 0 and guidance 1,
    with their LoRA, and blind to each other, as at inference.

    Args:
        network: `flux`, perhaps wrapped for several processes.
        flux: the network itself.
        noised: of the image.
        grid: (rows, columns) of the image in tokens.
        conditions: in the order of inference, each with its adapter.
        prompt: encoded.
        guidance_scale: an input of FLUX.1-dev.
        recompute: compute activations again in the backward pass instead of keeping them.
    """
    tokens = prompt.tokens
    device, dtype = tokens.device, tokens.dtype

    def modulation(sigma: float, guidance: float, adapter: str | None) -> Modulation:
        scale = torch.full([1], guidance, device=device)
        return _TrainedModulation(torch.full([1], sigma, device=device, dtype=dtype), scale, prompt.pooled, adapter)

    def rope(rows: int, columns: int, offset: int) -> Any:
        return flux.rope(position_ids(rows, columns, offset).to(device))

    main = modulation(noised.sigma, guidance_scale, None)
    branches = [
        Branch(tokens, flux.rope(torch.zeros(tokens.shape[1], 3, device=device)), main),
        Branch(noised.latents.to(dtype), rope(*grid, 0), main),
    ]
    for one in conditions:
        positions = rope(*(one.own_grid or grid), one.column_offset)
        branches.append(Branch(one.tokens.to(dtype), positions, modulation(0.0, 1.0, one.adapter)))
    return network(branches, run_block=partial(checkpoint, use_reentrant=False) if recompute else None)


def flow_loss(predicted: Tensor, target: Tensor, noised: Noised) -> Tensor:
    """The mean squared error of the flow, in float32."""
    return nn.functional.mse_loss(predicted.float(), noised.noise - target.float())
