"""The weights of the generative model: where they come from, and whether a folder holds all of them. Needs no torch."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

from safetensors import safe_open

from refocus.core import WeightsMissing
from refocus.models.generative_refocus.network_specs import BOKEH_NET, DEBLUR_NET, PRE_DEBLUR_NET
from refocus.models.weights.components import ComponentSpec, Shapes, check_pipeline, missing_folder, tensor_shapes
from refocus.models.weights.hub import Announce, fetch
from refocus.models.weights.spec import WeightsSpec

FLUX_WEIGHTS = WeightsSpec(
    repo="black-forest-labs/FLUX.1-dev",
    revision="3de623fc3c33e44ffbe2bad470d0f45bccf2eb21",
    files=(
        "model_index.json",
        "scheduler/*",
        "text_encoder/*",
        "text_encoder_2/*",
        "tokenizer/*",
        "tokenizer_2/*",
        "transformer/*",
        "vae/*",
    ),
    licence="FLUX.1 [dev] Non-Commercial License",
    size_bytes=33_700_000_000,
    gated=True,
)
"""FLUX.1-dev in bfloat16 in diffusers' layout, without the single-file copies in the same repository."""

LORA_WEIGHTS = WeightsSpec(
    repo="nycu-cplab/Genfocus-Model",
    revision="main",
    files=(DEBLUR_NET.lora_file, BOKEH_NET.lora_file),
    licence="see the model page; FLUX.1 [dev] Non-Commercial License applies to what they adapt",
    size_bytes=1_000_000_000,
)
"""The two LoRAs; since 11 March 2026 DeblurNet takes one condition.

The size is estimated from their layers at rank 64; a download asks the hub for the actual size."""

PRE_DEBLUR_WEIGHTS = replace(LORA_WEIGHTS, files=(PRE_DEBLUR_NET.lora_file,), size_bytes=464_000_000)
"""DeblurNet with a pre-deblurred picture as its first condition; downloaded only when it is chosen."""

NETWORK_FACT = "network"
"""In the metadata of a LoRA file that `refocus train` wrote: what it is; the published files have none."""

_COMPONENTS = (
    ComponentSpec("scheduler", ("FlowMatchEulerDiscreteScheduler",), config="scheduler_config.json"),
    ComponentSpec("vae", ("AutoencoderKL",), weights="diffusion_pytorch_model"),
    ComponentSpec("text_encoder", ("CLIPTextModel",), weights="model"),
    ComponentSpec("text_encoder_2", ("T5EncoderModel",), weights="model"),
    ComponentSpec(
        "transformer",
        ("FluxTransformer2DModel",),
        weights="diffusion_pytorch_model",
        require={"guidance_embeds": True},
    ),
)
_TOKENIZERS = ("tokenizer", "tokenizer_2")


def find_flux(folder_or_repo: str | PathLike[str], announce: Announce) -> Path:
    """The checked folder of FLUX.1-dev, downloaded if a hub repository is named.

    Args:
        folder_or_repo: a pipeline folder in diffusers' layout, or owner/name or owner/name@revision on the hub.
        announce: called with size and licence before a download.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model, or the hub refuses.
    """
    folder = Path(folder_or_repo)
    if not folder.exists():
        folder = fetch(_at_repo(FLUX_WEIGHTS, folder_or_repo), announce)
    check_flux_folder(folder)
    return folder


def check_flux_folder(folder: Path) -> Shapes:
    """Check from configs and headers that a folder holds all of FLUX.1-dev.

    Returns:
        Shapes of the transformer's weights.

    Raises:
        WeightsMissing: when a file is missing, truncated or of another model.
    """
    shapes = check_pipeline(folder, ("FluxPipeline",), _COMPONENTS)
    for name in _TOKENIZERS:
        if not (folder / name).is_dir():
            raise WeightsMissing(f"{folder / name} is missing.", todo="Download the weights again.")
    return shapes["transformer"]


def find_lora(file_or_folder_or_repo: str | PathLike[str], file_name: str, announce: Announce) -> Path:
    """The checked file of a LoRA, downloaded if a hub repository is named.

    Args:
        file_or_folder_or_repo: the file, a folder that has it under its published name, or owner/name on the hub.
        file_name: the published name.
        announce: called with size and licence before a download.

    Raises:
        WeightsMissing: when it is missing or truncated, or the hub refuses.
    """
    path = Path(file_or_folder_or_repo)
    if not path.exists() and path.suffix != ".safetensors":
        path = fetch(replace(_at_repo(LORA_WEIGHTS, file_or_folder_or_repo), files=(file_name,)), announce)
    file = path / file_name if path.is_dir() else path
    tensor_shapes(file)
    return file


def is_own_lora(file: Path) -> bool:
    """Whether `refocus train` made a LoRA file, which `tensor_shapes` has checked before."""
    with safe_open(file, framework="np") as tensors:
        return NETWORK_FACT in (tensors.metadata() or {})


def _at_repo(spec: WeightsSpec, name: str | PathLike[str]) -> WeightsSpec:
    """The spec in the repository of that name, owner/name or owner/name@revision."""
    if not isinstance(name, str) or name.count("/") != 1 or name.startswith(("/", ".", "~")):
        raise missing_folder(name)
    repo, _, revision = name.partition("@")
    default = spec.revision if repo == spec.repo else "main"
    return replace(spec, repo=repo, revision=revision or default)
