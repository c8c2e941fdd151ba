"""Weights to pipeline: check, then load each part from where it lies."""

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler, UNetSpatioTemporalConditionModel
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from refocus.models.focal_stack.folders import (
    BASE_WEIGHTS,
    UNET_SUBFOLDER,
    UNET_WEIGHTS,
    FocalStackFolders,
    check_folders,
)
from refocus.models.focal_stack.pipeline import FocalStackPipeline
from refocus.models.hub import Announce, fetch
from refocus.models.weights import WeightsSpec, weights_variant


def load_focal_stack(folders: FocalStackFolders, *, dtype: torch.dtype = torch.float32) -> FocalStackPipeline:
    """Load the pipeline on the CPU.

    Args:
        folders: from `find_focal_stack` or `fetch_focal_stack`.
        dtype: of the models; float16 and bfloat16 halve the memory.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model; nothing has been loaded by then.
    """
    return FocalStackPipeline(**load_parts(folders, dtype=dtype))


def load_parts(folders: FocalStackFolders, *, dtype: torch.dtype) -> dict[str, Any]:
    """The components of `load_focal_stack`, by their names in the pipeline."""
    check_folders(folders)
    vae, clip = folders.base / "vae", folders.base / "image_encoder"
    return {
        "unet": UNetSpatioTemporalConditionModel.from_pretrained(
            folders.unet, dtype=dtype, variant=weights_variant(folders.unet, "diffusion_pytorch_model")
        ),
        "vae": AutoencoderKLTemporalDecoder.from_pretrained(
            vae, dtype=dtype, variant=weights_variant(vae, "diffusion_pytorch_model")
        ),
        "image_encoder": CLIPVisionModelWithProjection.from_pretrained(
            clip, dtype=dtype, variant=weights_variant(clip, "model"), local_files_only=True
        ),
        "scheduler": EulerDiscreteScheduler.from_pretrained(folders.base / "scheduler"),
        "feature_extractor": CLIPImageProcessor.from_pretrained(
            folders.base / "feature_extractor", local_files_only=True
        ),
    }


def fetch_focal_stack(
    announce: Announce,
    *,
    base: WeightsSpec = BASE_WEIGHTS,
    unet: WeightsSpec = UNET_WEIGHTS,
    cache_dir: Path | None = None,
    endpoint: str | None = None,
) -> FocalStackFolders:
    """Get the weights from the hub, or from its cache when they are there already.

    Args:
        announce: told size and licence before each download; it may raise `Cancelled`.
        base, unet: where from; at another revision: `revisions.pinned`.
        cache_dir, endpoint: huggingface_hub's own when None.

    Raises:
        WeightsMissing: when the hub does not answer or refuses.
    """
    return FocalStackFolders(
        base=fetch(base, announce, cache_dir=cache_dir, endpoint=endpoint),
        unet=fetch(unet, announce, cache_dir=cache_dir, endpoint=endpoint) / UNET_SUBFOLDER,
    )
