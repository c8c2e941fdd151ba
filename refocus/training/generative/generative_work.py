"""What a run of `train deblur` or `train bokeh` will need, for --dry-run: counted from configs, without weights."""

import os
from pathlib import Path
from typing import Any, cast

import torch
from diffusers import FluxTransformer2DModel

from refocus.models.generative_refocus.conditions import Condition, PromptEmbeds
from refocus.models.generative_refocus.loras import LowRank
from refocus.models.generative_refocus.memory import VAE_PARAMETERS
from refocus.models.generative_refocus.network_specs import BOKEH_NET, SHAPE_NET, NetworkSpec
from refocus.models.generative_refocus.token_grid import OPENING_PX, TOKEN_PX
from refocus.models.generative_refocus.transformer import BranchedFlux
from refocus.training.generative.flow_step import Noised, flow_loss, predict_flow
from refocus.training.generative.generative_config import GenerativeConfig
from refocus.training.generative.mixed_rows import MixedRows
from refocus.training.generative.new_lora import layers_without_effect
from refocus.training.loop.work_estimate import Work, count_work, describe

_TEXT_TOKENS = 512
_META = torch.device("meta")


def describe_run(
    flux: Path, config: GenerativeConfig, spec: NetworkSpec, rows: MixedRows, held_back: int, *, conditions: int
) -> str:
    """The lines of --dry-run.

    Args:
        flux: folder of FLUX.1-dev.
        config: of the run.
        spec: of the network.
        rows: for training.
        held_back: rows for validation.
        conditions: pictures beside the image, as large as it; the shape condition has the aperture besides.
    """
    work = count_generative_work(
        config, FluxTransformer2DModel.load_config(flux / "transformer"), spec, conditions=conditions
    )
    value_bytes = 4 if config.dtype == "float32" else 2
    routes = (
        f"{route}: {len(placed)} rows, {rows.shares[route]:.0%} of the samples" for route, placed in rows.rows.items()
    )
    needed = describe(
        config,
        work,
        frozen_bytes=value_bytes * (work.parameters - work.trained + VAE_PARAMETERS),
        rows=sum(map(len, rows.rows.values())),
        processes=int(os.environ.get("WORLD_SIZE", "1")),
    )
    return "\n".join((*routes, f"held back for validation: {held_back} rows", needed))


def count_generative_work(config: GenerativeConfig, network_config: Any, spec: NetworkSpec, *, conditions: int) -> Work:
    """Count one sample at the window's size.

    Args:
        config: of the run.
        network_config: of the transformer.
        spec, conditions: see `describe_run`.
    """
    dtype = torch.float32 if config.dtype == "float32" else torch.bfloat16
    with _META:
        flux = BranchedFlux(FluxTransformer2DModel.from_config(network_config))
        torch.nn.Module.to(flux, _META, dtype)
        flux.requires_grad_(False)
        adapter = BOKEH_NET.adapter if spec is SHAPE_NET else spec.adapter
        for name in {adapter, spec.adapter}:
            _add_lora(flux, name, config.rank, trained=name == spec.adapter)
        channels, width = flux.config.in_channels, flux.config.joint_attention_dim
        side, opening = config.window_px // TOKEN_PX, OPENING_PX // TOKEN_PX
        pictures = [Condition(_empty(side**2, channels), adapter=adapter) for _ in range(conditions)]
        if spec is SHAPE_NET:
            pictures.append(Condition(_empty(opening**2, channels), adapter=spec.adapter, own_grid=(opening, opening)))
        pooled = torch.empty(1, flux.config.pooled_projection_dim, dtype=dtype)
        prompt = PromptEmbeds(_empty(_TEXT_TOKENS, width).to(dtype), pooled)
        target = _empty(side**2, channels)
        noised = Noised(0.5, target, target)

    def run() -> torch.Tensor:
        predicted = predict_flow(
            flux,
            flux,
            noised,
            (side, side),
            pictures,
            prompt=prompt,
            guidance_scale=spec.guidance_scale,
            recompute=config.gradient_checkpointing,
        )
        return flow_loss(predicted, target, noised)

    return count_work(flux, run)


def _add_lora(flux: BranchedFlux, adapter: str, rank: int, *, trained: bool) -> None:
    fixed = layers_without_effect(flux)
    for name, layer in flux.adapted().items():
        base = cast("torch.nn.Linear", layer.base)
        layer.adapters[adapter] = LowRank(torch.empty(rank, base.in_features), torch.empty(base.out_features, rank))
        layer.adapters[adapter].requires_grad_(trained and name not in fixed)


def _empty(tokens: int, channels: int) -> torch.Tensor:
    return torch.empty(1, tokens, channels)
