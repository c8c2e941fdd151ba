"""The weights of the video model: where they come from, and whether a folder holds all of them. Needs no torch."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from refocus.core import WeightsMissing
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.models.weights.components import (
    ComponentSpec,
    check_component,
    check_pipeline,
    missing_folder,
    read_json,
)
from refocus.models.weights.hub import Announce, cached, fetch, find_repo
from refocus.models.weights.spec import WeightsSpec, weights_used

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
"""All components but the UNet: CLIP, VAE and scheduler."""

UNET_SUBFOLDER = "checkpoint-200000/unet"
UNET_WEIGHTS = WeightsSpec(
    repo="tedlasai/learn2refocus",
    revision="main",
    files=(f"{UNET_SUBFOLDER}/*.json", f"{UNET_SUBFOLDER}/*.safetensors"),
    licence="fine-tuned from Stable Video Diffusion, whose Stability AI Community License applies; see the model page",
    size_bytes=6_100_000_000,
)
"""The fine-tuned UNet, in float32."""

TRAINING_FILE = "focal_stack.json"
"""Beside the weights of a UNet that `refocus train focal-stack` trained: how; the published one has none."""

_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_PIPELINES = ("StableVideoDiffusionPipeline", "FocalStackPipeline")
_UNET = ComponentSpec(
    "unet", ("UNetSpatioTemporalConditionModel",), weights="diffusion_pytorch_model", require={"in_channels": 8}
)
_BASE = (
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
    """Where the two parts of the model are.

    Attributes:
        base: a Stable Video Diffusion pipeline folder; its own UNet is used only when `unet` is inside.
        unet: the folder of the fine-tuned UNet.
    """

    base: Path
    unet: Path

    @property
    def own_unet(self) -> bool:
        """Whether `refocus train focal-stack` made the UNet."""
        return (self.unet / TRAINING_FILE).is_file()

    @property
    def weights_used(self) -> dict[str, str | None]:
        """See `weights_used` of `refocus.models.weights.spec`."""
        if self.own_unet:
            return weights_used({BASE_WEIGHTS: self.base}, [self.unet])
        return weights_used({BASE_WEIGHTS: self.base, UNET_WEIGHTS: self.unet})


@dataclass(frozen=True, slots=True)
class TrainedAs:
    """How a UNet was trained, as far as it decides what can be asked of it.

    Attributes:
        frames: 9, or 10 where the ninth was repeated.
        several_inputs: whether up to three frames may be given.
    """

    frames: int = DEFAULT_FRAMES
    several_inputs: bool = False


def trained_as(unet: Path) -> TrainedAs:
    """How the UNet in a folder was trained. Raises WeightsMissing when its description is damaged."""
    path = unet / TRAINING_FILE
    if not path.is_file():
        return TrainedAs()
    described = read_json(path)
    frames, inputs = described.get("frames"), described.get("inputs")
    if frames not in (DEFAULT_FRAMES, DEFAULT_FRAMES + 1):
        raise WeightsMissing(f"{path} says that the model has {frames!r} frames.", todo="Export the weights again.")
    return TrainedAs(frames, inputs == "several")


def find_focal_stack(
    root: Path, *, base: WeightsSpec = BASE_WEIGHTS, unet: WeightsSpec = UNET_WEIGHTS
) -> FocalStackFolders:
    """Find the video model in a folder, which has one of three layouts.

    It is a complete pipeline with the fine-tuned UNet; or it holds Stable Video Diffusion and the fine-tuned UNet
    as two repositories (`find_repo`), where checkpoint-N/unet may also be directly in it; or it holds the UNet alone,
    as `refocus train` writes it (a run or one of its checkpoints), and Stable Video Diffusion is in the hub's cache.
    Of several checkpoints the one with the most steps is taken.

    Args:
        root: the folder.
        base, unet: repositories and revisions of the two parts.

    Raises:
        WeightsMissing: when the folder does not exist, or a part is not in it.
    """
    if not root.is_dir():
        raise missing_folder(root)
    if (root / "model_index.json").is_file():
        return FocalStackFolders(base=root, unet=_newest_unet(root) or root / "unet")
    base_folder = find_repo(root, base)
    if base_folder is None:
        alone = _newest_unet(root) or root / "unet"
        base_folder = cached(base) if (alone / TRAINING_FILE).is_file() else None
        if base_folder is None:
            raise _not_in(root, base)
        return FocalStackFolders(base=base_folder, unet=alone)
    for folder in (find_repo(root, unet), root):
        found = None if folder is None else _newest_unet(folder)
        if found is not None:
            return FocalStackFolders(base=base_folder, unet=found)
    raise _not_in(root, unet)


def _newest_unet(folder: Path) -> Path | None:
    """The UNet of the checkpoint with the most steps in a folder, or None."""
    found = [(int(match[1]), path / "unet") for path in folder.iterdir() if (match := _CHECKPOINT.fullmatch(path.name))]
    return max(((steps, unet) for steps, unet in found if unet.is_dir()), default=(0, None))[1]


def fetch_focal_stack(
    announce: Announce, *, base: WeightsSpec = BASE_WEIGHTS, unet: WeightsSpec = UNET_WEIGHTS
) -> FocalStackFolders:
    """Download the weights from the hub, unless they are in its cache.

    Args:
        announce: called with size and licence before each download; may raise `Cancelled`.
        base, unet: repositories and revisions of the two parts.

    Raises:
        WeightsMissing: when the hub does not answer or refuses.
    """
    return FocalStackFolders(base=fetch(base, announce), unet=fetch(unet, announce) / UNET_SUBFOLDER)


def check_folders(folders: FocalStackFolders, *, variant: str | None = None, given: Collection[str] = ()) -> int:
    """Check from configs and headers that both parts are complete and of the right model.

    Args:
        folders: of the two parts.
        variant: see `check_component`.
        given: names of components that are not loaded from the folders.

    Returns:
        Number of parameters of the UNet; 0 when it is given.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    check_pipeline(folders.base, _PIPELINES, [spec for spec in _BASE if spec.name not in given], variant=variant)
    shapes = {} if "unet" in given else check_component(folders.unet, _UNET, variant=variant)
    return sum(map(math.prod, shapes.values()))


def _not_in(root: Path, spec: WeightsSpec) -> WeightsMissing:
    return WeightsMissing(
        f"{root} has no {spec.repo}{f' at revision {spec.revision}' if spec.pinned else ''}.",
        todo=f"Download {spec.page} into {root / spec.repo}, or choose a complete pipeline folder.",
    )
