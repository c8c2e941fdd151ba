"""Load the components of the video model."""

from collections.abc import Collection
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder, EulerDiscreteScheduler, UNetSpatioTemporalConditionModel
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from refocus.models.focal_stack.checkpoint import FocalStackFolders, check_folders
from refocus.models.weights.components import load_model, weights_variant

_MODELS: dict[str, tuple[Any, str]] = {
    "unet": (UNetSpatioTemporalConditionModel, "diffusion_pytorch_model"),
    "vae": (AutoencoderKLTemporalDecoder, "diffusion_pytorch_model"),
    "image_encoder": (CLIPVisionModelWithProjection, "model"),
}


def load_components(
    folders: FocalStackFolders, *, dtype: torch.dtype, variant: str | None = None, given: Collection[str] = ()
) -> dict[str, Any]:
    """Load the components on the CPU.

    Args:
        folders: from `find_focal_stack` or `fetch_focal_stack`.
        dtype: of the models; float16 and bfloat16 halve the memory.
        variant: "fp16", or None for the plain weights where they are there, else fp16.
        given: names of components that are not loaded.

    Returns:
        Components by name in the pipeline.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    check_folders(folders, variant=variant, given=given)
    components: dict[str, Any] = {}
    for name, (model_class, stem) in _MODELS.items():
        if name not in given:
            folder = folders.unet if name == "unet" else folders.base / name
            chosen = variant or weights_variant(folder, stem)
            components[name] = load_model(model_class, folder, dtype=dtype, variant=chosen)
    if "scheduler" not in given:
        components["scheduler"] = EulerDiscreteScheduler.from_pretrained(folders.base / "scheduler")
    if "feature_extractor" not in given:
        extractor = folders.base / "feature_extractor"
        components["feature_extractor"] = CLIPImageProcessor.from_pretrained(extractor, local_files_only=True)
    return components
