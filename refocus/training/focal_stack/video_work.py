"""What a run of `train focal-stack` will need, for --dry-run: counted from configs, no weights are loaded."""

import os
from typing import Any

import torch
from diffusers import UNetSpatioTemporalConditionModel

from refocus.models.focal_stack.checkpoint import FocalStackFolders, check_folders
from refocus.models.focal_stack.memory import CLIP_PARAMETERS, VAE_PARAMETERS
from refocus.training.focal_stack.focal_stack_config import FocalStackConfig
from refocus.training.focal_stack.stack_index import rows_of
from refocus.training.focal_stack.video_recipe import is_trained
from refocus.training.loop.work_estimate import Work, count_work, describe

_LATENT_CHANNELS, _VAE_FACTOR, _FLOAT32_BYTES = 4, 8, 4


def describe_run(config: FocalStackConfig, folders: FocalStackFolders) -> str:
    """The lines of --dry-run.

    Raises:
        BadInput: when the index cannot be read.
        WeightsMissing: when the model is missing or incomplete.
    """
    check_folders(folders)
    work = count_video_work(config, UNetSpatioTemporalConditionModel.load_config(folders.unet))
    frozen = work.parameters - work.trained + VAE_PARAMETERS + CLIP_PARAMETERS
    return describe(
        config,
        work,
        frozen_bytes=_FLOAT32_BYTES * frozen,
        rows=len(rows_of(config.data, "train")),
        processes=int(os.environ.get("WORLD_SIZE", "1")),
    )


def count_video_work(config: FocalStackConfig, network_config: Any) -> Work:
    """Count one sample at the working size.

    Args:
        config: of the run.
        network_config: of the UNet.
    """
    dtype = torch.float32 if config.mixed_precision == "no" else torch.bfloat16
    with torch.device("meta"):
        network: Any = UNetSpatioTemporalConditionModel.from_config(network_config)
        torch.nn.Module.to(network, "meta", dtype)  # without the warning of diffusers, which is for real weights
        latents = config.frames, 2 * _LATENT_CHANNELS, config.height // _VAE_FACTOR, config.width // _VAE_FACTOR
        sample = torch.empty(1, *latents, dtype=dtype)
        embeddings = torch.empty(1, 1, network.config.cross_attention_dim, dtype=dtype)
        timestep, added_time_ids = torch.empty(1), torch.empty(1, 3)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(is_trained(name))
    if config.gradient_checkpointing:
        network.enable_gradient_checkpointing()
    return count_work(
        network,
        lambda: network(
            sample,
            timestep,
            encoder_hidden_states=embeddings,
            added_time_ids=added_time_ids,
            return_dict=False,
        )[0],
    )
