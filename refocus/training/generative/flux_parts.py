"""What training needs of FLUX.1-dev: transformer, VAE, schedule, and one prompt, encoded once."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline

from refocus.models.generative_refocus.checkpoint import FLUX_WEIGHTS, find_flux
from refocus.models.generative_refocus.conditions import PromptEmbeds
from refocus.models.generative_refocus.loading import load_components
from refocus.models.generative_refocus.transformer import BranchedFlux
from refocus.models.weights.hub import Download

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class FluxParts:
    """The parts of FLUX.1-dev that stay in memory, on the training's device.

    Attributes:
        flux: with condition branches.
        vae: frozen.
        scheduler: only its configuration is used.
        prompt: encoded; the text encoders are freed.
        name: of the model, for the model's page.
    """

    flux: BranchedFlux
    vae: AutoencoderKL
    scheduler: FlowMatchEulerDiscreteScheduler
    prompt: PromptEmbeds
    name: str


def load_parts(flux: str, prompt: str, *, dtype: torch.dtype, device: torch.device) -> FluxParts:
    """Load FLUX.1-dev, encode the prompt on the CPU, and keep what training needs.

    Args:
        flux: folder in diffusers' layout, or its repository on the hub.
        prompt: the one prompt of the network.
        dtype: of weights and activations.
        device: of transformer and VAE.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model, or the hub refuses.
    """
    components = load_components(find_flux(flux, log_download), dtype=dtype)
    pipeline = FluxPipeline(**components)
    with torch.no_grad():
        tokens, pooled, _ = pipeline.encode_prompt(prompt, device=torch.device("cpu"))
    transformer = BranchedFlux(components["transformer"])
    vae = components["vae"]
    for model in (transformer, vae):
        model.requires_grad_(False).to(device)
    local = Path(flux).exists()
    return FluxParts(
        flux=transformer,
        vae=vae,
        scheduler=components["scheduler"],
        prompt=PromptEmbeds(tokens.to(device), pooled.to(device)),
        name=FLUX_WEIGHTS.repo if local else flux.partition("@")[0],
    )


def training_dtype(choice: str, device: torch.device) -> torch.dtype:
    """The dtype of the frozen weights for a setting; "auto" is bfloat16 except on a CPU."""
    if choice == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    return torch.bfloat16 if choice == "bfloat16" else torch.float32


def log_download(download: Download) -> None:
    """Say what is downloaded."""
    logger.warning("Downloading %s", download)
