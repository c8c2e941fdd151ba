"""Folders of video-diffusion weights: which layouts are known, and whether everything is in them.

Finding folders needs no torch; checking them builds the models' outlines, and so does.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.models.weights import (
    ComponentSpec,
    WeightsSpec,
    check_component,
    check_tensors,
    find_repo,
    no_folder,
    read_json,
)

BASE_WEIGHTS = WeightsSpec(
    repo="stabilityai/stable-video-diffusion-img2vid",
    revision="9cf024d5bfa8f56622af86c884f26a52f6676f2e",
    files=(
        "model_index.json",
        "feature_extractor/preprocessor_config.json",
        "image_encoder/config.json",
        "image_encoder/model.fp16.safetensors",
        "scheduler/scheduler_config.json",
        "vae/config.json",
        "vae/diffusion_pytorch_model.fp16.safetensors",
    ),
    licence="Stability AI Community License (research and non-commercial use; commercial use under conditions)",
    size_bytes=1_460_000_000,
)
"""Everything but the UNet: CLIP, VAE and scheduler."""

UNET_SUBFOLDER = "checkpoint-200000/unet"
UNET_WEIGHTS = WeightsSpec(
    repo="tedlasai/learn2refocus",
    revision="main",
    files=(f"{UNET_SUBFOLDER}/*.json", f"{UNET_SUBFOLDER}/*.safetensors"),
    licence="fine-tuned from Stable Video Diffusion, whose Stability AI Community License applies; see the model page",
    size_bytes=6_100_000_000,
)
"""The fine-tuned UNet, in float32."""

_PIPELINES = {"StableVideoDiffusionPipeline", "FocalStackPipeline"}
_UNET = ComponentSpec(
    "unet", ("UNetSpatioTemporalConditionModel",), weights="diffusion_pytorch_model", require={"in_channels": 8}
)
_REST = (
    ComponentSpec("vae", ("AutoencoderKLTemporalDecoder",), weights="diffusion_pytorch_model"),
    ComponentSpec("image_encoder", ("CLIPVisionModelWithProjection",), weights="model"),
    ComponentSpec(
        "scheduler",
        ("EulerDiscreteScheduler",),
        config="scheduler_config.json",
        require={"prediction_type": "v_prediction", "timestep_type": "continuous"},
    ),
    ComponentSpec(
        "feature_extractor",
        ("CLIPImageProcessor", "CLIPImageProcessorPil", "CLIPImageProcessorFast"),
        config="preprocessor_config.json",
    ),
)


@dataclass(frozen=True, slots=True)
class FocalStackFolders:
    """Where the two parts of the model lie.

    Attributes:
        base: a Stable Video Diffusion pipeline folder; its own UNet is used only when `unet` lies inside.
        unet: the folder of the fine-tuned UNet.
    """

    base: Path
    unet: Path


def find_focal_stack(
    root: Path, *, base: WeightsSpec = BASE_WEIGHTS, unet: WeightsSpec = UNET_WEIGHTS
) -> FocalStackFolders:
    """Find the video model below a folder, in either layout.

    Either the folder is a complete pipeline whose UNet is the fine-tuned one, or it is a folder of weights: Stable
    Video Diffusion and the fine-tuned UNet each under its hub name (`find_repo`), or checkpoint-200000/unet directly
    in it.

    Args:
        root: the folder.
        base, unet: repositories and revisions of the two parts.

    Raises:
        WeightsMissing: when the folder does not exist, or a part is not in it; the message names the part.
    """
    if not root.is_dir():
        raise no_folder(root)
    if (root / "model_index.json").is_file():
        own = root / UNET_SUBFOLDER
        return FocalStackFolders(base=root, unet=own if own.is_dir() else root / "unet")
    base_folder = find_repo(root, base)
    if base_folder is None:
        raise _absent(root, base)
    for folder in (find_repo(root, unet), root):
        if folder is not None and (folder / UNET_SUBFOLDER).is_dir():
            return FocalStackFolders(base=base_folder, unet=folder / UNET_SUBFOLDER)
    raise _absent(root, unet)


def _absent(root: Path, spec: WeightsSpec) -> WeightsMissing:
    return WeightsMissing(
        f"{root} has no {spec.repo}{f' at revision {spec.revision}' if spec.pinned else ''}.",
        todo=f"Download {spec.page} into {root / spec.repo}, or choose a complete pipeline folder.",
    )


def check_folders(folders: FocalStackFolders) -> None:
    """Check that both parts are whole and of the right model, from configs and headers alone.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model.
    """
    check_pipeline_folder(folders.base, given=frozenset({"unet"}))
    _check_whole(folders.unet, _UNET, variant=None)


def check_headers(folders: FocalStackFolders) -> int:
    """Check configs, sizes and headers of both parts as `check_folders` does, but not each tensor's shape: no torch.

    Returns:
        How many parameters the UNet has.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model.
    """
    _check_kind(folders.base)
    for component in _REST:
        check_component(folders.base / component.name, component)
    return sum(math.prod(shape) for shape in check_component(folders.unet, _UNET).values())


def check_pipeline_folder(folder: Path, *, given: frozenset[str] = frozenset(), variant: str | None = None) -> None:
    """Check a pipeline folder in the same way.

    Args:
        folder: with model_index.json and a folder for each component.
        given: components that are not loaded from here, and not checked.
        variant: of the weights: "fp16", "" for the plain ones, None for whichever is there.

    Raises:
        WeightsMissing: when something is missing, truncated or of another model.
    """
    if not folder.is_dir():
        raise WeightsMissing(f"{folder} is not a folder.", todo="Choose the folder that holds model_index.json.")
    _check_kind(folder)
    for component in (_UNET, *_REST):
        if component.name not in given:
            _check_whole(folder / component.name, component, variant=variant)


def _check_kind(folder: Path) -> None:
    pipeline = read_json(folder / "model_index.json").get("_class_name")
    if pipeline not in _PIPELINES:
        raise WeightsMissing(
            f"{folder} holds a {pipeline}, but the video model is a StableVideoDiffusionPipeline.",
            todo="Choose the folder of the video model.",
        )


def _check_whole(folder: Path, component: ComponentSpec, *, variant: str | None) -> None:
    found = check_component(folder, component, variant=variant)
    if found:
        check_tensors(folder, found, _wanted_tensors(folder, component))


def _wanted_tensors(folder: Path, component: ComponentSpec) -> dict[str, tuple[int, ...]]:
    """Shape of each tensor the model of a config has; built on the meta device, so it takes no memory."""
    import diffusers
    import torch
    import transformers

    config = read_json(folder / component.config)
    with torch.device("meta"):
        if component.name == "image_encoder":
            clip = transformers.CLIPVisionConfig.from_dict(config)
            model: torch.nn.Module = transformers.CLIPVisionModelWithProjection(clip)
        else:
            model = getattr(diffusers, component.class_names[0]).from_config(config)
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
